"""Owns the chips above a page: what narrows it, each removed by a click."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.runs.view import MULTIPLE, View
from analytics_dash.ui import state
from analytics_dash.ui.words import plain, span

LABELS: Final = {
    "state": "State",
    "outcome": "Outcome",
    "user": "User",
    "run_type": "Run type",
    "ran_by": "Started by",
    "ran_by_type": "Started as",
    "model": "Model",
    "parent": "Parent",
    "conversation": "Conversation",
    "feedback": "Feedback",
    "q": "Text",
}
CLEAR_FROM: Final = 2  # with a single chip “clear all” would say the same twice


def draw(view: View) -> None:
    """A row of chips; nothing where the view is not narrowed."""
    filters = [(name, value) for name in MULTIPLE for value in getattr(view, name)]
    filters += [("q", view.q)] if view.q else []
    if not filters and not view.is_custom:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        if view.start is not None and view.end is not None:
            label = span(view.start, view.end, state.zone(view))
            _chip(f"{label}", "range", help_text="Back to the range before", on_click=state.widen, args=(view,))
        for number, (name, value) in enumerate(filters):
            label = f"{LABELS[name]}: {plain(value, limit=40)}"
            _chip(label, f"{name}_{number}", help_text="Remove", on_click=_remove, args=(view, name, value))
        if len(filters) + view.is_custom >= CLEAR_FROM:
            st.button("Clear all", key="chip_clear", type="tertiary", on_click=_clear, args=(view,))


def _chip(label: str, name: str, *, help_text: str, on_click: object, args: tuple[object, ...]) -> None:
    st.button(
        label,
        key=f"chip_{name}",
        icon=":material/close:",
        icon_position="right",
        help=help_text,
        on_click=on_click,  # type: ignore[arg-type]  # a callable with these arguments
        args=args,
    )


def _remove(view: View, name: str, value: str) -> None:
    state.show(view.less(name, value))


def _clear(view: View) -> None:
    state.show(
        View(
            org=view.org,
            flow=view.flow,
            range=view.range,
            tz=view.tz,
            tests=view.tests,
            latency_without_failed=view.latency_without_failed,
        )
    )
