"""Owns the table of the slowest runs: how long, who and what, text shown as it came."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.ui import run_opening
from analytics_dash.ui.tables import MARKS

COLUMNS: Final = (
    "latency", "date", "outcome", "total_tokens", "models", "run_type", "user_id", "ran_by_display_name",
    "parent_project_name", "conversation_id", "error", "run_id",
)  # fmt: skip
HELP: Final = "The runs with the highest latency in view, the newest first among equals. Download CSV takes every run."


def draw(rows: pd.DataFrame, *, timed: int, zone: str) -> None:
    """The rows of `metrics.slow.slowest`, titled with how many of the timed runs they are."""
    shown = f"the slowest {len(rows)} of {timed:,}" if timed > len(rows) else f"all {timed:,}, slowest first"
    st.subheader("Slowest runs", anchor=False, help=HELP)
    st.markdown(f":small[{shown} · select a row to read its run]")
    local = rows.assign(
        date=rows["date"].dt.tz_convert(zone), outcome=rows["outcome"].map(lambda value: MARKS.get(value, value))
    )
    run_opening.draw_table(
        local,
        ids=rows["run_id"].tolist(),
        keeps_place=True,
        name="slowest_runs",
        column_order=COLUMNS,
        column_config=_columns(zone, slowest_s=float(rows["latency"].max()) if len(rows) else 0.0),
        alt=f"Table of {shown} runs in view.",
    )


def _columns(zone: str, *, slowest_s: float) -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        "latency": column.ProgressColumn(
            "Latency (s)", format="%.2f", min_value=0.0, max_value=slowest_s or 1.0, width=150
        ),
        "date": column.DatetimeColumn(f"Time ({zone})", format="YYYY-MM-DD HH:mm:ss", timezone=zone, width=170),
        "outcome": column.TextColumn("Outcome", width=110),
        "total_tokens": column.NumberColumn("Tokens", format="localized", width=80),
        "models": column.TextColumn("Models", width=180),
        "run_type": column.TextColumn("Run type", width=120),
        "user_id": column.TextColumn("User", width=140),
        "ran_by_display_name": column.TextColumn("Started by", width=140),
        "parent_project_name": column.TextColumn("Parent workflow", width=160),
        "conversation_id": column.TextColumn("Conversation", width=160),
        "error": column.TextColumn("Error", width=260),
        "run_id": column.TextColumn("Run ID", width=290),
    }
