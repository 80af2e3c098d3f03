"""Owns the table of newest runs: what a person reads first about each, text shown as it came."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd
import streamlit as st

from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import run_opening
from analytics_dash.ui.run_columns import run_columns

NEWEST: Final = 100
ORDER: Final = "date DESC, run_id"
COLUMNS: Final = (
    "date", "outcome", "state", "latency", "total_tokens", "user_id", "run_type", "llms", "error", "inputs",
    "outputs", "run_id",
)  # fmt: skip
MARKS: Final = {
    "failed": "✕ failed",
    "succeeded": "✓ succeeded",
    "cancelled": "– cancelled",
    "unfinished": "… unfinished",
}
PREVIEW_CHARS: Final = 200  # of a text in the table: a page of runs must not weigh megabytes


def newest_runs(dataset: Dataset, runs: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """The newest of the runs, `date` in UTC and texts cut to a preview."""
    texts = ", ".join(f'left("{c}", {PREVIEW_CHARS}) AS "{c}"' for c in ("error", "inputs", "outputs"))
    plain = ", ".join(f'"{c}"' for c in COLUMNS if c not in {"error", "inputs", "outputs"})
    newest = dataset.reader.with_texts(runs.order(ORDER).limit(NEWEST))
    return newest.order(ORDER).project(f"{plain}, {texts}").df()


def draw(rows: pd.DataFrame, *, total: int, zone: str) -> None:
    """The table, titled with how many of how many it shows."""
    shown = f"the newest {len(rows)} of {total:,}" if total > len(rows) else f"all {total:,}"
    st.subheader(
        "Newest runs", anchor=False, help="Times are in the zone of the sidebar. Download CSV takes every run."
    )
    st.markdown(f":small[{shown} · select a row to read its run]")
    local = rows.assign(
        date=rows["date"].dt.tz_localize("UTC").dt.tz_convert(zone),
        outcome=rows["outcome"].map(lambda value: MARKS.get(value, value)),
    )
    run_opening.draw_table(
        local,
        ids=rows["run_id"].tolist(),
        keeps_place=True,
        name="newest_runs",
        column_order=COLUMNS,
        height=420,
        column_config={**run_columns(zone), "llms": st.column_config.TextColumn("Models", width=160)},
        alt=f"Table of {shown} runs in view, newest first.",
    )
