"""Owns the table of conversations: which are listed, in which order, and the one that a row opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.columns import FAILED, TOKENS, USERS
from analytics_dash.metrics.conversations import (
    ABANDONED,
    AT_A_TIME,
    CONVERSATION,
    DURATION,
    FIRST,
    IN_VIEW,
    LAST,
    LAST_OUTCOME,
    TURNS,
    ConversationFigures,
    Only,
)
from analytics_dash.runs.order import CONVERSATION_SORTS, sort_of, with_sort
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.ui import controls, list_pages, row_choice, state
from analytics_dash.ui.conversation_cards import ABANDONED_HELP, duration
from analytics_dash.ui.tables import MARKS
from analytics_dash.ui.words import count

LABELS: Final = {
    LAST: "Last turn", FIRST: "First turn", TURNS: "Turns", DURATION: "Duration", FAILED: "Failed turns",
    TOKENS: "Tokens",
}  # fmt: skip
NAMES: Final = {Only.EVERY: "All", Only.FAILING: "Only with failures", Only.ABANDONED: "Only abandoned"}
ONLY: Final = "conversations_only"
SORT: Final = "conversations_sort"
LASTED: Final = "lasted"
MARK: Final = "mark"


def choose(view: View) -> tuple[Only, str]:
    """Which conversations are listed, and by which column, as the link has them; the controls for both are drawn."""
    only, sort = Only(view.only or Only.EVERY), sort_of(view, CONVERSATION_SORTS)
    with st.container(horizontal=True, gap="small", key="conversation_controls"):
        st.segmented_control(
            "Listed", list(Only), required=True, format_func=lambda value: NAMES[Only(value)],
            **controls.tied(ONLY, only, _narrowed, default=only),
        )  # fmt: skip
        st.selectbox(
            "Sorted by, highest first", CONVERSATION_SORTS, width=200,
            format_func=lambda name: LABELS[name.removeprefix("-")],
            **controls.tied(SORT, sort, _sorted, index=CONVERSATION_SORTS.index(sort)),
        )  # fmt: skip
    return only, sort.removeprefix("-")


def _narrowed() -> None:
    view, _ = state.current_view()
    only = Only(st.session_state[controls.key(ONLY)] or Only.EVERY)
    state.show(replace(view, only=None if only is Only.EVERY else str(only)))


def _sorted() -> None:
    view, _ = state.current_view()
    state.show(with_sort(view, str(st.session_state[controls.key(SORT)]), CONVERSATION_SORTS))


def listed(figures: ConversationFigures, only: Only) -> int:
    """How many conversations the list has."""
    held = {Only.FAILING: figures.failing, Only.ABANDONED: figures.abandoned}
    return held.get(only, figures.conversations)


def draw(rows: pd.DataFrame, *, first: int, of: int, view: View, zone: str) -> None:
    """The page's rows, of `of` in all, and the ways to the others; a chosen one opens its conversation."""
    shown = f"{first + 1:,} to {first + len(rows):,} of {of:,}" if of > len(rows) else count(of, "conversation")
    st.markdown(f":small[{shown} · select a row to read it whole]")
    names = [exactly(str(name)) for name in rows[CONVERSATION]]
    row_choice.draw(
        _written(rows),
        name="conversations",
        chosen=None,
        on_choice=lambda row: None if row is None else state.show(replace(view, conversation=(names[row],))),
        column_order=(
            LAST, FIRST, LASTED, TURNS, IN_VIEW, FAILED, LAST_OUTCOME, MARK, USERS, TOKENS, CONVERSATION,
        ),
        column_config=_columns(zone),
        placeholder="–",
        alt=f"Table of conversations, {shown}: times, turns, failures, users, tokens, how the last turn ended.",
    )  # fmt: skip
    list_pages.draw("conversations", view, of=of, at_a_time=AT_A_TIME)


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with durations, outcomes and what was abandoned in words."""
    words = {
        LASTED: [duration(float(value)) for value in rows[DURATION]],
        LAST_OUTCOME: [MARKS.get(value, value) for value in rows[LAST_OUTCOME]],
        MARK: ["abandoned" if is_left else None for is_left in rows[ABANDONED]],
    }
    return rows.assign(**{name: pd.Series(texts, index=rows.index, dtype="object") for name, texts in words.items()})


def _columns(zone: str) -> dict[str, ColumnConfig]:
    column, time = st.column_config, "YYYY-MM-DD HH:mm"
    return {
        LAST: column.DatetimeColumn(f"Last turn ({zone})", format=time, timezone=zone, width=150),
        FIRST: column.DatetimeColumn("First turn", format=time, timezone=zone, width=130),
        LASTED: column.TextColumn("Duration", width=75, help="From the first turn's start to the last one's."),
        TURNS: column.NumberColumn("Turns", format="localized", width=60),
        IN_VIEW: column.NumberColumn(
            "In view", format="localized", width=65, help="Turns that lie in the range and fit the filters."
        ),
        FAILED: column.NumberColumn("Failed", format="localized", width=60),
        LAST_OUTCOME: column.TextColumn("Last outcome", width=110),
        MARK: column.TextColumn("Abandoned", width=95, help=ABANDONED_HELP),
        USERS: column.NumberColumn("Users", format="localized", width=60, help="Distinct user_id of its turns."),
        TOKENS: column.NumberColumn("Tokens", format="localized", width=80),
        CONVERSATION: column.TextColumn("Conversation", width=290),
    }
