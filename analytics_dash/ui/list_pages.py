"""Owns the numbers below a list, which turn to another page of it; the link keeps the page."""

from __future__ import annotations

import streamlit as st

from analytics_dash.runs.list_page import on_page, page_of
from analytics_dash.runs.view import View
from analytics_dash.ui import controls, state


def offset(view: View, *, of: int, at_a_time: int) -> int:
    """How many rows come before the page that the view asks for; the last page where it asks for one beyond."""
    return (page_of(view, _pages(of, at_a_time)) - 1) * at_a_time


def draw(name: str, view: View, *, of: int, at_a_time: int) -> None:
    """The pages, in the current container; nothing where one holds all."""
    pages = _pages(of, at_a_time)
    if pages < 2:
        return
    control, page = f"{name}_page_{pages}", page_of(view, pages)
    st.pagination(pages, **controls.tied(control, page, lambda: _turn(control), default=page))


def _pages(of: int, at_a_time: int) -> int:
    return -(-of // at_a_time)


def _turn(control: str) -> None:
    """The page that was chosen; a run that the link asked for lies on another."""
    view, _ = state.current_view()
    state.show(on_page(view.at_large(), int(st.session_state[controls.key(control)])))
