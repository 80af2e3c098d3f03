"""Owns what the conversations page gets from the store, and its words where that is nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import duckdb
import pandas as pd
import streamlit as st

from analytics_dash.metrics.thread import RUN_KEY
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.pattern import only_value
from analytics_dash.runs.view import View
from analytics_dash.store import thread as stored
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.thread import Texts
from analytics_dash.ui import loading, state
from analytics_dash.ui.conversation_thread import FETCHED
from analytics_dash.ui.words import count, moment, plain

DAY: Final = timedelta(days=1)
KNOWN: Final = "Runs from {low} to {high} are read; turns before or after are not known."
NO_CONVERSATION: Final = DIMENSIONS["conversation"].none_label


def is_one(view: View) -> bool:
    """Whether the view asks for just one conversation; runs without one are none."""
    return only_value(view.conversation) not in {None, NO_CONVERSATION}


def thread(dataset: Dataset, view: View, conversation: str) -> duckdb.DuckDBPyRelation:
    """The conversation's runs of any time, with what the view takes of them."""
    return stored.thread(dataset, view, conversation)


def every_turn(dataset: Dataset, view: View) -> duckdb.DuckDBPyRelation:
    """The runs of any time, with what the view's filters take of them."""
    return stored.every_turn(dataset, view)


def spans(dataset: Dataset) -> list[tuple[datetime, datetime]]:
    """The times of which every run is known."""
    return stored.spans_read(dataset)


def texts(dataset: Dataset, rows: pd.DataFrame) -> dict[int, Texts]:
    """By run key the texts of a page of turns, long ones cut."""
    return stored.texts_of(dataset, [int(key) for key in rows[RUN_KEY]], most=FETCHED)


def whole(dataset: Dataset, run_key: int) -> Texts | None:
    """The texts of one run, as long as a page can bear."""
    return stored.texts_of(dataset, [run_key], most=stored.ALL).get(run_key)


def say_not_stored(dataset: Dataset, view: View) -> None:
    """Say that no turn of the asked for conversation is here, and what to do."""
    low, high = spans(dataset)[0][0], spans(dataset)[-1][1]
    asked = only_value(view.conversation) or NO_CONVERSATION
    st.info(
        f"No turn of the conversation {plain(asked)} is stored. Runs from {_told(low, view)} to "
        f"{_told(high, view)} are; choose a range in the sidebar that reaches to its time.",
        icon=":material/event_busy:",
    )


def say_what_is_read(dataset: Dataset, view: View) -> None:
    """Say how far the thread can be known, with a way to read more of it."""
    low, high = spans(dataset)[0][0], spans(dataset)[-1][1]
    start, end = dataset.interval
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="thread_known"):
        st.markdown(f":small[{KNOWN.format(low=_told(low, view), high=_told(high, view))}]")
        st.button(
            "A day more on both sides", key="thread_wider", icon=":material/unfold_more:", type="tertiary",
            on_click=state.show, args=(view.narrowed(start - DAY, min(end + DAY, state.now())),),
        )  # fmt: skip


def _told(instant: datetime, view: View) -> str:
    return plain(moment(instant, state.zone(view)))


def say_none(dataset: Dataset, view: View, *, runs: int) -> None:
    """Say why no conversation is listed."""
    if not runs:
        loading.nothing_found(dataset, view)
        return
    st.info(
        f"None of the {count(runs, 'run')} in view belongs to a conversation: they have no conversation_id.",
        icon=":material/forum:",
    )
