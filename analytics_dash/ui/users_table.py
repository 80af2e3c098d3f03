"""Owns the table of users: looked through, sorted, taken away whole; a row opens the user's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.export.table import csv_of_table
from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import (
    COST,
    FAILED,
    FEW,
    FIRST_SEEN,
    HIGH,
    LAST_SEEN,
    LATENCY_RUNS,
    LOW,
    P95,
    PER_BUCKET,
    RATE,
    RUNS,
    SUCCEEDED,
    TOKENS,
    UNPRICED,
    USER,
)
from analytics_dash.metrics.users import CONVERSATIONS, NAME, SHOWN, STARTED_BY, Users
from analytics_dash.runs.order import USER_SORTS, sort_of, with_sort
from analytics_dash.runs.parameter import MAX_VALUE_LENGTH
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.ui import controls, list_pages, row_choice, state
from analytics_dash.ui.words import count, percent, plain

LABELS: Final = {
    LAST_SEEN: "Last seen", RUNS: "Runs", FAILED: "Failed runs", RATE: "Failure rate", P95: "Latency p95",
    TOKENS: "Tokens", COST: "Estimated cost", CONVERSATIONS: "Conversations", FIRST_SEEN: "First seen",
    USER: "User ID, A to Z",
}  # fmt: skip
HELP: Final = (
    "A row for each user_id of the runs in view; runs without one are “(no user)”. Name: the newest name under which "
    "the user started a run (ran_by_id is the user_id). Started by: who or what started the newest run. Failure rate: "
    "failed / (failed + succeeded) with its 95 % Wilson interval; sorted by the interval's lower end, so that one "
    "failure out of one run does not come first. Latency p95: exact, over finished runs; fewer than 20 are called few. "
    "Cost: an estimate by the list prices; tokens without a price are named beside it."
)
SEARCH_HELP: Final = "Part of a user ID, a name or who started their newest run, whatever the case. Enter looks it up."
FIND: Final = "users_find"
SORT: Final = "users_sort"
BOUNDS: Final = "bounds"
DECIDED: Final = "decided"
NOTE: Final = "note"
HEIGHT_PX: Final = 560
MOST_ROWS: Final = 14  # more are scrolled to
TAKEN: Final = (
    USER, NAME, STARTED_BY, RUNS, FAILED, SUCCEEDED, RATE, LOW, HIGH, LATENCY_RUNS, P95, TOKENS, COST, UNPRICED,
    CONVERSATIONS, FIRST_SEEN, LAST_SEEN,
)  # fmt: skip
"""The columns of the CSV; shares of 1, seconds, US dollars, UTC."""


def choose(view: View, *, has_cost: bool) -> tuple[str, str]:
    """What is looked for, and the column to sort by, as the link has them; the controls for both are drawn."""
    offered = [name for name in USER_SORTS if has_cost or name != f"-{COST}"]
    search, sort = view.find or "", sort_of(view, offered)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="users_controls"):
        st.text_input(
            "Find a user", help=SEARCH_HELP, width=320, placeholder="user ID, name or email",
            max_chars=MAX_VALUE_LENGTH, **controls.tied(FIND, search, _found, value=search),
        )  # fmt: skip
        st.selectbox(
            "Sorted by", offered, format_func=lambda name: LABELS[name.removeprefix("-")], width=200,
            **controls.tied(SORT, sort, _sorted, index=offered.index(sort)),
        )  # fmt: skip
    return search, sort.removeprefix("-")


def _found() -> None:
    view, _ = state.current_view()
    state.show(replace(view, find=str(st.session_state[controls.key(FIND)] or "").strip() or None))


def _sorted() -> None:
    view, _ = state.current_view()
    state.show(with_sort(view, str(st.session_state[controls.key(SORT)]), USER_SORTS))


def offset(view: View) -> int:
    """How many users come before the page that the view asks for; the list may end sooner."""
    return ((view.page or 1) - 1) * SHOWN


def draw(found: Users, *, search: str, spark: Buckets, view: View, zone: str) -> None:
    """A page of the users in order, and the ways to the others; a chosen row opens the user's page."""
    names = found.frame[USER].tolist()
    if not names:
        st.info(f"No user's ID or name holds “{plain(search)}”.", icon=":material/person_search:")
        return
    of = count(found.of, "user")
    shown = f"{found.offset + 1:,} to {found.offset + len(names):,} of {of}" if found.of > len(names) else of
    fit = f" that fit “{plain(search)}”, of {found.every:,} in view" if search.strip() else ""
    st.markdown(f":small[{shown}{fit} · select a row to open the user's page]")
    row_choice.draw(
        _written(found.frame),
        name="users",
        chosen=None,
        on_choice=lambda row: None if row is None else state.show(replace(view, user=(exactly(str(names[row])),))),
        column_order=_order(found.frame),
        column_config=_columns(spark, zone),
        height="content" if len(names) <= MOST_ROWS else HEIGHT_PX,
        placeholder="–",
        alt=f"Table of {shown}: runs, failures, latency, tokens, cost, conversations, first and last seen.",
    )
    list_pages.draw("users", view, of=found.of, at_a_time=SHOWN)


def draw_download(every: Callable[[], pd.DataFrame], *, users: int) -> None:
    """All users that the list has, as CSV; made when it is asked for."""
    st.download_button(
        "Download the list",
        data=lambda: csv_of_table(every()[list(TAKEN)]),
        file_name="users.csv",
        mime="text/csv",
        key="users_csv",
        icon=":material/download:",
        help=f"{count(users, 'user')}, not only those shown: rates as shares of 1, seconds, US dollars, times in UTC.",
        on_click="ignore",
    )


def _written(frame: pd.DataFrame) -> pd.DataFrame:
    """Rates in hundredths, intervals and notes as texts."""
    bounds = [_interval(low, high) for low, high in zip(frame[LOW], frame[HIGH], strict=True)]
    notes = [_note(*row) for row in zip(frame[FEW], frame[UNPRICED], strict=True)]
    texts = pd.DataFrame({BOUNDS: bounds, NOTE: notes}, index=frame.index, dtype=object)
    return frame.assign(**{RATE: frame[RATE] * 100, DECIDED: frame[FAILED] + frame[SUCCEEDED]}).join(texts)


def _interval(low: float, high: float) -> str | None:
    return f"{percent(low).removesuffix(' %')}–{percent(high)}" if low == low else None


def _note(few: bool, unpriced: int) -> str | None:  # noqa: FBT001  a row's two values
    parts = ["latency of few runs"] if few else []
    return " · ".join([*parts, *([f"{unpriced:,} tokens without a price"] if unpriced else [])]) or None


def _order(frame: pd.DataFrame) -> list[str]:
    """The columns that say something about anybody."""
    seldom = [name for name in (NAME, STARTED_BY, COST) if frame[name].notna().any()]
    named, cost = [n for n in seldom if n != COST], [n for n in seldom if n == COST]
    order = [USER, *named[:1], PER_BUCKET, RUNS, FAILED, DECIDED, RATE, BOUNDS, P95, TOKENS, *cost, CONVERSATIONS]
    return [*order, LAST_SEEN, FIRST_SEEN, NOTE, *named[1:]]


def _columns(spark: Buckets, zone: str) -> dict[str, ColumnConfig]:
    column, time = st.column_config, "YYYY-MM-DD HH:mm"
    return {
        USER: column.TextColumn("User", width=120, pinned=True),
        NAME: column.TextColumn("Name", width=160),
        STARTED_BY: column.TextColumn("Last started by", width=160),
        PER_BUCKET: column.BarChartColumn(
            f"By {spark.granularity}", width=110, y_min=0, help=f"Runs by {spark.granularity} over the range."
        ),
        RUNS: column.NumberColumn("Runs", format="localized", width=60),
        FAILED: column.NumberColumn("Failed", format="localized", width=60),
        DECIDED: column.NumberColumn("of", format="localized", width=60, help="Runs that failed or succeeded."),
        RATE: column.NumberColumn("Rate", format="%.1f %%", width=66, help="Failed / (failed + succeeded)."),
        BOUNDS: column.TextColumn("95 % interval", width=100, help="Of the failure rate, by Wilson."),
        P95: column.NumberColumn("p95 (s)", format="%.2f", width=64),
        TOKENS: column.NumberColumn("Tokens", format="compact", width=64),
        COST: column.NumberColumn("Cost", format="$%.2f", width=68, help="Estimated, by the list prices."),
        CONVERSATIONS: column.NumberColumn("Conv.", format="localized", width=58, help="Distinct conversation_id."),
        LAST_SEEN: column.DatetimeColumn("Last seen", format=time, timezone=zone, width=128),
        FIRST_SEEN: column.DatetimeColumn("First seen", format=time, timezone=zone, width=128),
        NOTE: column.TextColumn("Note", width=200),
    }
