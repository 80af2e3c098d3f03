"""Owns how the list of runs is shown: its columns, what it is sorted by, both in the link, and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from analytics_dash.runs.list_page import on_page, page_of
from analytics_dash.runs.order import NEWEST_FIRST, order_of
from analytics_dash.runs.view import COLUMNS, SORTABLE, View
from analytics_dash.store.listing import PAGE
from analytics_dash.ui import controls, state
from analytics_dash.ui.words import count

LABELS: Final[Mapping[str, str]] = {
    "date": "Time",
    "outcome": "Outcome",
    "state": "State",
    "latency": "Latency (s)",
    "total_tokens": "Tokens",
    "user_id": "User",
    "ran_by_display_name": "Started by",
    "ran_by_type": "Started as",
    "run_type": "Run type",
    "models": "Models",
    "error": "Error",
    "feedback": "Feedback",
    "inputs": "Inputs",
    "outputs": "Outputs",
    "parent_project_name": "Parent workflow",
    "parent_run_id": "Parent run",
    "conversation_id": "Conversation",
    "run_id": "Run ID",
}
USUAL: Final = tuple(c for c in COLUMNS if c not in {"state", "ran_by_type", "feedback", "parent_run_id"})
DIRECTIONS: Final[Mapping[str, str]] = {"-": "Highest first", "": "Lowest first"}
TIMES: Final[Mapping[str, str]] = {"-": "Newest first", "": "Oldest first"}
COLUMNS_HELP: Final = "In the order in which they are chosen. The link keeps them. Inputs, outputs and errors are cut."
SORT_HELP: Final = "Runs without a value come last; among equals the newest comes first."


def columns_of(view: View) -> tuple[str, ...]:
    """The columns that the view asks for, or the usual ones."""
    return view.columns or USUAL


def draw(view: View) -> None:
    """The choices above the table."""
    order = order_of(view)
    by, direction, columns = st.columns([2, 2, 6], gap="small", vertical_alignment="bottom")
    with by:
        st.selectbox(
            "Sort by",
            SORTABLE,
            format_func=LABELS.__getitem__,
            help=SORT_HELP,
            **controls.tied("runs_sort", order.column, _sorted, index=SORTABLE.index(order.column)),
        )
    with direction:
        sign, words = "-" if order.descending else "", TIMES if order.column == "date" else DIRECTIONS
        st.selectbox(
            "Direction",
            list(words),
            format_func=words.__getitem__,
            **controls.tied(f"runs_direction_{words is TIMES}", sign, _turned, index=list(words).index(sign)),
        )
    with columns, st.popover(f"Columns ({len(columns_of(view))})", icon=":material/view_column:"):
        chosen = list(columns_of(view))
        st.multiselect(
            "Columns",
            COLUMNS,
            format_func=LABELS.__getitem__,
            help=COLUMNS_HELP,
            **controls.tied("runs_columns", chosen, _columned, default=chosen),
        )


def _sorted() -> None:
    """Sort by another column: times and numbers from the highest, texts from A on."""
    view, _ = state.current_view()
    column = str(st.session_state[controls.key("runs_sort")])
    sign = "-" if column in {"date", "latency", "total_tokens"} else ""
    state.show(_with_sort(view, f"{sign}{column}"))


def _turned() -> None:
    view, _ = state.current_view()
    order = order_of(view)
    chosen = str(st.session_state[controls.key(f"runs_direction_{order.column == 'date'}")])
    state.show(_with_sort(view, f"{chosen}{order.column}"))


def _with_sort(view: View, sort: str) -> View:
    return replace(view, sort=None if sort == NEWEST_FIRST else sort)


def _columned() -> None:
    view, _ = state.current_view()
    chosen: Sequence[str] = st.session_state[controls.key("runs_columns")]
    state.show(replace(view, columns=() if tuple(chosen) == USUAL else tuple(chosen)))


def page_number(view: View, total: int) -> int:
    """The page of the list that the view asks for, from 0; the last where it asks for one beyond."""
    return page_of(view, last_page(total) + 1) - 1


def last_page(total: int) -> int:
    """The number of the last page, from 0."""
    return max(0, -(-total // PAGE) - 1)


def shown(number: int, total: int) -> str:
    """Which rows of how many a page shows, in words."""
    if total <= PAGE:
        return f"all {count(total, 'run')}" if total != 1 else "1 run"
    return f"rows {number * PAGE + 1:,}–{min((number + 1) * PAGE, total):,} of {total:,}"


def draw_pages(number: int, total: int) -> None:
    """The buttons from page to page; nothing where one page holds all."""
    last = last_page(total)
    if not last:
        return
    ways = (
        ("First", ":material/first_page:", 0, number == 0),
        ("Previous", ":material/chevron_left:", number - 1, number == 0),
        ("Next", ":material/chevron_right:", number + 1, number >= last),
        ("Last", ":material/last_page:", last, number >= last),
    )
    with st.container(horizontal=True, gap="small", key="runs_pages", vertical_alignment="center"):
        for label, icon, to, disabled in ways:
            st.button(
                label,
                icon=icon,
                key=f"runs_{label.lower()}",
                disabled=disabled,
                on_click=_turn_to,
                args=(to,),
            )
        st.markdown(f":small[page {number + 1:,} of {last + 1:,}]")


def _turn_to(number: int) -> None:
    view, _ = state.current_view()
    state.show(on_page(view, number + 1))
