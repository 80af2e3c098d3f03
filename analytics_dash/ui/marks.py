"""Owns charts whose marks do something else than narrow the view: a click is taken once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.ui.charts import CONFIG

CLICKS: Final = "mark_clicks"  # session key: how many clicks were taken, so that a taken one is not seen again


def draw(figure: Figure, *, name: str, alt: str, clicked: Callable[[object], bool]) -> None:
    """The chart; `clicked` gets what the browser selected, and says whether that was anything."""
    key = _key(name)
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        on_select=lambda: _take(name, key, clicked),
        selection_mode="points",
        config=CONFIG,
        alt=alt,
    )


def _key(name: str) -> str:
    return f"marks_{name}_{st.session_state.get(CLICKS, 0)}"


def _take(name: str, key: str, clicked: Callable[[object], bool]) -> None:
    """Take the click once; the browser may repeat it until it has drawn the chart anew."""
    if key == _key(name) and clicked(st.session_state.get(key)):
        st.session_state[CLICKS] = st.session_state.get(CLICKS, 0) + 1
