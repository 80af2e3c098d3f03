"""Owns how the columns of a run look in every table of runs: their names, widths and units."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.ui.runs_controls import LABELS

WIDTHS: Final = {
    "date": 165, "outcome": 110, "state": 105, "latency": 90, "total_tokens": 80, "user_id": 130,
    "ran_by_display_name": 130, "ran_by_type": 100, "run_type": 120, "models": 160, "error": 260, "feedback": 90,
    "inputs": 260, "outputs": 260, "parent_project_name": 160, "parent_run_id": 290, "conversation_id": 180,
    "run_id": 290,
}  # fmt: skip


def run_columns(zone: str) -> dict[str, ColumnConfig]:
    """For each column that a table of runs can show; times are in the zone."""
    column = st.column_config
    texts = {name: column.TextColumn(LABELS[name], width=width) for name, width in WIDTHS.items()}
    return {
        **texts,
        "date": column.DatetimeColumn(
            f"Time ({zone})", format="YYYY-MM-DD HH:mm:ss", timezone=zone, width=WIDTHS["date"]
        ),
        "latency": column.NumberColumn(LABELS["latency"], format="%.2f", width=WIDTHS["latency"]),
        "total_tokens": column.NumberColumn(LABELS["total_tokens"], format="localized", width=WIDTHS["total_tokens"]),
    }
