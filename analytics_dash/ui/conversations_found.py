"""Owns what the conversations page gets from the store, and its words where that is nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import duckdb
import pandas as pd
import streamlit as st

from analytics_dash.metrics.thread import RUN_KEY
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.view import View
from analytics_dash.store import thread as stored
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.thread import Texts
from analytics_dash.ui import loading, state
from analytics_dash.ui.conversation_thread import FETCHED
from analytics_dash.ui.words import count, moment, plain

NO_CONVERSATION: Final = DIMENSIONS["conversation"].none_label


def is_one(view: View) -> bool:
    """Whether the view asks for just one conversation; runs without one are none."""
    return len(view.conversation) == 1 and view.conversation != (NO_CONVERSATION,)


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
    zone = state.zone(view)
    low, high = spans(dataset)[0][0], spans(dataset)[-1][1]
    st.info(
        f"No turn of the conversation {plain(view.conversation[0])} is stored. Runs from {plain(moment(low, zone))} to "
        f"{plain(moment(high, zone))} are; choose a range in the sidebar that reaches to its time.",
        icon=":material/event_busy:",
    )


def say_none(dataset: Dataset, view: View, *, runs: int) -> None:
    """Say why no conversation is listed."""
    if not runs:
        loading.nothing_found(dataset, view)
        return
    st.info(
        f"None of the {count(runs, 'run')} in view belongs to a conversation: they have no conversation_id.",
        icon=":material/forum:",
    )
