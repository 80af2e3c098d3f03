"""Owns the figures above conversations, and above one: each with what is behind it and its definition."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.metrics.conversations import ABANDONED_AFTER, ConversationFigures
from analytics_dash.metrics.thread import Thread
from analytics_dash.quantities import NOTHING
from analytics_dash.ui.cards import Card, draw_row
from analytics_dash.ui.words import age, compact, count, percent, seconds

OVERLAP_HELP: Final = (
    "Conversations that overlap the range: their runs that fit the filters begin before its end and do not end before "
    "its start. Each is shown whole, with all its turns that are stored; test runs only where they are included."
)
FAILING_HELP: Final = "Conversations with at least one turn that failed, of all conversations."
ABANDONED_HELP: Final = (
    f"Conversations whose last turn failed, was cancelled or is unfinished, and after which no other turn followed for "
    f"{age(ABANDONED_AFTER)}. One whose last turn is younger than that, or lies where what followed is not read, is "
    "not called abandoned."
)
TURNS_HELP: Final = "The median of turns over the conversations; a turn is a run."
DURATION_HELP: Final = (
    "The median time from the start of a conversation's first turn to the start of its last; 0 for one turn."
)
ONE_HELP: Final = "Runs of this conversation that are stored, of any time and whatever the filters."
ONE_FAILED_HELP: Final = "Turns whose state is FAILED or whose success flag is false."
ONE_DURATION_HELP: Final = "From the start of the first turn to the start of the last."
ONE_TOKENS_HELP: Final = "The sum of total_tokens of the turns."
ONE_USERS_HELP: Final = "Distinct user_id of the turns."


def draw(figures: ConversationFigures, *, alone: int) -> None:
    """Five figures; `alone` is how many runs of the view belong to no conversation."""
    every = figures.conversations
    _row(
        ("Conversations", f"{every:,}", count(figures.turns, "turn"), OVERLAP_HELP),
        ("With failures", f"{figures.failing:,}", _share(figures.failing, every), FAILING_HELP),
        ("Abandoned", f"{figures.abandoned:,}", _share(figures.abandoned, every), ABANDONED_HELP),
        ("Median turns", _turns(figures.median_turns), _behind(every), TURNS_HELP),
        ("Median duration", duration(figures.median_duration_s), _behind(every), DURATION_HELP),
    )
    if alone:
        st.markdown(
            f":small[{count(alone, 'run')} in view {'belongs' if alone == 1 else 'belong'} to no conversation: without "
            "a conversation_id, counted here and not listed.]"
        )


def draw_one(thread: Thread) -> None:
    """Five figures of one conversation."""
    left = f"{thread.outside:,} outside the view" if thread.outside else "all in view"
    _row(
        ("Turns", f"{thread.turns:,}", left, ONE_HELP),
        ("Failed turns", f"{thread.failed:,}", _share(thread.failed, thread.turns, of="turns"), ONE_FAILED_HELP),
        ("Duration", duration(thread.duration_s), _last(thread), ONE_DURATION_HELP),
        ("Tokens", compact(thread.tokens), f"over {count(thread.token_turns, 'turn')}", ONE_TOKENS_HELP),
        ("Users", f"{thread.users:,}", "none named" if not thread.users else "of its turns", ONE_USERS_HELP),
    )


def duration(value_s: float | None) -> str:
    """A time in its fitting unit, days too."""
    if value_s is None or value_s != value_s:
        return NOTHING
    return f"{value_s / 86400:.1f} d" if value_s >= 2 * 86400 else seconds(value_s) if value_s else "0 s"


def _row(*figures: tuple[str, str, str, str]) -> None:
    draw_row([Card(*figure) for figure in figures], key="card_conversations")


def _share(part: int, every: int, *, of: str = "") -> str:
    return f"{percent(part / every)} of {every:,}{' ' if of else ''}{of}" if every else NOTHING


def _behind(every: int) -> str:
    return f"over {every:,}" if every else NOTHING


def _turns(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}"


def _last(thread: Thread) -> str:
    return f"last turn {thread.last_outcome}" if thread.last_outcome else NOTHING
