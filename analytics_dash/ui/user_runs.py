"""Owns one user's runs on their page: the timeline, the failures, and all of them a page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.metrics.one_user import MARKS as MOST_MARKS
from analytics_dash.metrics.one_user import newest, rows
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import list_pages, places, run_opening, state
from analytics_dash.ui.run_columns import run_columns
from analytics_dash.ui.tables import MARKS
from analytics_dash.ui.words import count

FAILURES: Final = 50  # rows: what a person reads; the Runs page has them all
AT_A_TIME: Final = 100
OF_ALL: Final = (
    "date", "outcome", "latency", "total_tokens", "run_type", "models", "error", "inputs", "outputs",
    "ran_by_display_name", "conversation_id", "state", "run_id",
)  # fmt: skip
OF_FAILURES: Final = ("date", "error", "inputs", *(name for name in OF_ALL if name not in {"date", "error", "inputs"}))
"""What went wrong, and on what, comes first where all runs failed."""
MOST_ROWS: Final = 10  # more are scrolled to
HEIGHT_PX: Final = 390
TIMELINE_HELP: Final = (
    "A mark for each run at its start, on a line for each outcome; click one to open the run. The same runs are in the "
    "tables below."
)


def draw_timeline(figure: Figure, *, shown: int, of: int, alt: str) -> None:
    """The runs in time."""
    st.subheader("Runs over time", anchor=False, help=TIMELINE_HELP)
    if of > shown:
        st.markdown(f":small[the newest {shown:,} of {count(of, 'run')}: a timeline has {MOST_MARKS:,} marks at most]")
    run_opening.draw_marks(figure, name="user_timeline", alt=alt)


def draw_failures(dataset: Dataset, view: View, *, failed: int) -> None:
    """The newest failed runs."""
    st.subheader("Failed runs", anchor=False, help="The newest first; all of them are on the page “Runs”.")
    if not failed:
        st.markdown("None of their runs in view failed.")
        return
    failing = replace(view, outcome=("failed",))
    page = newest(dataset.runs(failing), limit=FAILURES)
    shown = f"the newest {FAILURES} of {failed:,}" if failed > FAILURES else f"all {failed:,}, the newest first"
    st.markdown(f":small[{shown} · select a row to open the run]")
    _table(
        rows(dataset.reader.with_texts(page)),
        view,
        name="user_failures",
        order=OF_FAILURES,
        shown=f"{shown} failed runs",
    )
    if failed > FAILURES:
        places.link(f"All {failed:,} failed runs of this user", places.RUNS, failing, icon=":material/list:")


def draw_all(dataset: Dataset, view: View, *, total: int) -> None:
    """Every run, newest first, the page of them that the link has."""
    st.subheader("All runs", anchor=False, help="Failed ones are marked ✕. Download CSV takes every run.")
    first = list_pages.offset(view, of=total, at_a_time=AT_A_TIME)
    page = newest(dataset.runs(view), limit=AT_A_TIME, offset=first)
    shown = rows(dataset.reader.with_texts(page))
    words = f"{first + 1:,} to {first + len(shown):,} of {total:,}" if total > AT_A_TIME else f"all {total:,}"
    st.markdown(f":small[{words}, the newest first · select a row to open the run]")
    _table(shown, view, name=f"user_runs_{first // AT_A_TIME + 1}", order=OF_ALL, shown=f"{words} runs")
    list_pages.draw("user_runs", view, of=total, at_a_time=AT_A_TIME)


def _table(held: pd.DataFrame, view: View, *, name: str, order: tuple[str, ...], shown: str) -> None:
    run_opening.draw_table(
        held.assign(outcome=held["outcome"].map(lambda value: MARKS.get(value, value))),
        name=name,
        ids=held["run_id"].tolist(),
        column_order=order,
        column_config=run_columns(state.zone(view)),
        height="content" if len(held) <= MOST_ROWS else HEIGHT_PX,
        alt=f"Table of {shown} of this user, newest first.",
    )
