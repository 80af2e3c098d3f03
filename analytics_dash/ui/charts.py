"""Owns how a chart is put on a page: its title and help, a click that narrows the range, and its sentence in words."""

from __future__ import annotations

from typing import Final

import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.runs.drilldown import clicked_bucket
from analytics_dash.runs.view import View
from analytics_dash.ui import state

CLICKS: Final = "chart_clicks"  # session key: how many clicks were taken, so that a taken one is not seen again
CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


TIME_HELP: Final = (
    "Buckets are calendar hours, days or weeks of the time zone; dashed or hatched ones are partial, because the range "
    "cuts them or they have not ended. Click one to narrow the range to it."
)


def draw(figure: Figure, *, name: str, title: str, help_text: str, alt: str, view: View, note: str = "") -> None:
    """A time chart; a click on one of its buckets narrows the view's range to it."""
    st.subheader(title, anchor=False, help=help_text)
    if note:
        st.markdown(f":small[{note}]")
    key = f"chart_{name}_{st.session_state.get(CLICKS, 0)}"
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        on_select=lambda: _narrow(key, view),
        selection_mode="points",
        config=CONFIG,
        alt=alt,
    )


def _narrow(key: str, view: View) -> None:
    bucket = clicked_bucket(st.session_state.get(key) or {})
    if bucket is None:
        return
    st.session_state[CLICKS] = st.session_state.get(CLICKS, 0) + 1
    start, end = bucket.start, bucket.end
    if view.start is not None and view.end is not None:
        start, end = max(start, view.start), min(end, view.end)
    if (start, end) != (view.start, view.end):
        state.narrow(view, start, end)
