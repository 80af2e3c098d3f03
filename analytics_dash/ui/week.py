"""Owns how the hours of the week are put on a page: which figure colours them, and the picture."""

from __future__ import annotations

from typing import Final

import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.ui import charts

FIGURES: Final = {"RUNS": "Runs", "FAILURE_RATE": "Failure rate", "P95": "Latency p95"}
HELP: Final = (
    "Every hour of the week on the clocks of the time zone, over all its occurrences in the range: runs per hour that "
    "the range holds, the failure rate of the runs started in it, or their exact p95 latency. Hatched: fewer than 20 "
    "runs. Outlined: nothing to tell it from."
)


def choose() -> str:
    """What colours the hours (a key of FIGURES), as chosen in the current container."""
    chosen = st.segmented_control(
        "Coloured by",
        list(FIGURES),
        format_func=FIGURES.__getitem__,
        default="RUNS",
        required=True,
        key="week_shows",
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen or "RUNS"


def draw(figure: Figure, *, alt: str) -> None:
    """The picture; its cells are not instants, so that a click on one narrows nothing."""
    figure.update_layout(clickmode="event")
    st.plotly_chart(figure, theme=None, key="chart_week", config=charts.CONFIG, alt=alt)
