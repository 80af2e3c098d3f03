"""Owns the legend that can be clicked: the values that a chart's traces stand for, and whether a click leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.runs.drilldown import Pick, picked
from analytics_dash.runs.view import MULTIPLE, View
from analytics_dash.ui.words import plain

MOST: Final = 8  # values side by side; more would be a list, and those are in the sidebar
KEEPS, LEAVES_OUT = "Show only", "Leave out"
"""What a click on a value does, on the chart or in the line above it."""
VALUE_LENGTH: Final = 30  # characters of a value, of which several stand in a line


def values(figure: Figure) -> Mapping[str, Pick]:
    """By value what the figure's traces stand for, in the legend's order, those that a filter takes."""
    metas = (trace.meta for trace in figure.data if isinstance(trace.meta, (list, tuple)))
    picks = (picked({"points": [{"customdata": list(meta)}]}) for meta in metas)
    return {pick.value[1]: pick for pick in picks if pick is not None and pick.value is not None}


def draw(name: str, offered: Mapping[str, Pick], *, pills: str, on_change: Callable[[], None]) -> None:
    """What a click does and, where traces stand for values, these, under the session key `pills`."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"legend_{name}"):
        st.segmented_control(
            "A click on a value",
            (KEEPS, LEAVES_OUT),
            default=KEEPS,
            required=True,
            label_visibility="collapsed",
            key=_mode(name),
            width="content",
        )
        if offered:
            st.pills(
                "Value",
                list(offered)[:MOST],
                format_func=lambda value: plain(value, limit=VALUE_LENGTH),
                label_visibility="collapsed",
                key=pills,
                on_change=on_change,
                width="content",
                wrap=True,  # where a chart is half a page wide they go on in a second line
            )


def applied(name: str, pick: Pick, view: View) -> View:
    """The view narrowed to what was picked on this chart, or without it where its clicks leave out."""
    leaves_out = st.session_state.get(_mode(name)) == LEAVES_OUT
    if leaves_out and pick.value is not None and pick.value[0] in MULTIPLE:
        return view.left_out(*pick.value)
    return pick.applied(view)


def _mode(name: str) -> str:
    return f"click_{name}"
