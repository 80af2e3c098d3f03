"""Owns the table of the runs that one parent called: failures first or newest first, a row opens the run."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.ui import choices, run_opening
from analytics_dash.ui.tables import MARKS
from analytics_dash.ui.words import count

MOST: Final = 100
ORDERS: Final = {"newest": "Newest first", "failures": "Failures first", "slowest": "Slowest first"}
ORDER_SQL: Final = {
    "newest": "date DESC, run_id",
    "failures": "outcome = 'failed' DESC, date DESC, run_id",
    "slowest": "latency DESC NULLS LAST, date DESC, run_id",
}
ERROR_CHARS: Final = 200
COLUMNS: Final = (
    "date", "outcome", "latency", "total_tokens", "user_id", "error", "parent_run_id", "run_id",
)  # fmt: skip


def draw(runs: duckdb.DuckDBPyRelation, *, total: int, zone: str) -> None:
    """The runs in view, at most MOST of `total`; a row opens its run."""
    order = choices.buttons("called_sort", "Order", ORDERS, is_labelled=False)
    rows = _rows(runs, ORDER_SQL[order])
    shown = f"{len(rows)} of {count(total, 'run')}" if total > len(rows) else f"all {count(total, 'run')}"
    st.markdown(f":small[{shown} · select a row to open the run, with its parent and its sub-workflows]")
    run_opening.draw_table(
        rows.assign(outcome=rows["outcome"].map(lambda value: MARKS.get(value, value))),
        name="called_runs",
        ids=rows["run_id"].tolist(),
        column_order=COLUMNS,
        column_config=_columns(zone),
        height="content" if len(rows) <= 10 else 380,
        alt=f"Table of {shown} that this parent called.",
    )


def _rows(runs: duckdb.DuckDBPyRelation, order: str) -> pd.DataFrame:
    plain = ", ".join(name for name in COLUMNS if name != "error")
    found = runs.order(order).limit(MOST).project(f"{plain}, left(error, {ERROR_CHARS}) AS error").df()
    return found.assign(date=found["date"].dt.tz_localize("UTC"))


def _columns(zone: str) -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        "date": column.DatetimeColumn(f"Time ({zone})", format="YYYY-MM-DD HH:mm:ss", timezone=zone, width=170),
        "outcome": column.TextColumn("Outcome", width=110),
        "latency": column.NumberColumn("Latency (s)", format="%.2f", width=90),
        "total_tokens": column.NumberColumn("Tokens", format="localized", width=80),
        "user_id": column.TextColumn("User", width=120),
        "error": column.TextColumn("Error", width=300),
        "parent_run_id": column.TextColumn("Parent's run", width=290),
        "run_id": column.TextColumn("Run ID", width=290),
    }
