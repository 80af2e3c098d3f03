"""Owns which runs the failures page rests on: one error against all successes, what came before, and what after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import duckdb
import streamlit as st

from analytics_dash.metrics.errors import ABSENT
from analytics_dash.metrics.failures_summary import FailureSummary, against_the_rest
from analytics_dash.runs.view import RANGES, View
from analytics_dash.store.dataset import SLACK, Dataset
from analytics_dash.store.intervals import union
from analytics_dash.ui.words import moment

ONE_ERROR: Final = (
    "Only the failures of one error are counted here, against all runs that did not fail: its rate, its users, its "
    "streaks. A CSV of this view holds its failed runs only."
)
NO_SUCCESS: Final = (
    "The filters leave out every run that succeeded, so rates are 100 %. Remove the filter on outcome or state above "
    "to compare."
)
HOW_IT_WENT: Final = ("state", "outcome", "feedback")
"""Dimensions of a run's end: a filter on one picks failures, and would hide the successes that made up for them."""


def of_view(dataset: Dataset, view: View, *, start: datetime, end: datetime) -> duckdb.DuckDBPyRelation:
    """The view's runs in [start, end); with a filter on an error, its failed runs and all that did not fail."""
    runs = dataset.runs(view, start=start, end=end)
    if view.error_group is None:
        return runs
    return against_the_rest(runs, dataset.runs(without_error(view), start=start, end=end))


def without_error(view: View) -> View:
    """The view over every error."""
    return replace(view, error_group=None)


@dataclass(frozen=True)
class Aftermath:
    """The runs among which a success that made up for a failure is looked for, whole up to `until`."""

    runs: duckdb.DuckDBPyRelation
    until: datetime
    is_cut: bool
    """Whether later runs than `until` are not all read, so that a success may be missing."""


def aftermath(dataset: Dataset, view: View) -> Aftermath:
    """The view's runs from its start up to the newest reading, whatever the range's end and however they went.

    Where the server was asked for some states alone, what it left out is not known, in the range and after it.
    """
    start, end = dataset.interval
    asked = dataset.scope.asked.states
    whole = max((i.high for i in dataset.read if i.low <= end <= i.high + SLACK), default=end) if not asked else end
    until = min(dataset.as_of, whole)
    runs = dataset.runs(however_it_went(view), start=start, end=max(dataset.as_of, end))
    return Aftermath(runs, until, is_cut=dataset.as_of - until > SLACK or (dataset.only_asked and bool(asked)))


def say_where_it_ends(after: Aftermath, *, zone: str) -> None:
    """A sentence where successes may be missing because what came later is not read."""
    if after.is_cut:
        st.markdown(
            f":small[Successes are known up to {moment(after.until, zone)}: later runs are not all read, so "
            "somebody may have succeeded since. A range up to now reads them.]"
        )


def however_it_went(view: View) -> View:
    """The view's runs by who, where and with what, and not by how they ended, what they said or how long they took."""
    opened: dict[str, Any] = dict.fromkeys(HOW_IT_WENT, ())
    bounds: dict[str, Any] = {name: None for pair in RANGES for name in pair}
    kept = tuple((name, value) for name, value in view.without if name not in HOW_IT_WENT)
    return replace(without_error(view), q=None, contradicts=False, without=kept, **opened, **bounds)


@dataclass(frozen=True)
class Past:
    """The runs that began at `since` or later, but before the range: all that are read without a gap up to it."""

    runs: duckdb.DuckDBPyRelation
    since: datetime


def before(dataset: Dataset, view: View, *, start: datetime, end: datetime) -> Past | None:
    """The view's runs, with every error, as far back of [start, end) as is read; None where what is just before is not.

    With a text that is searched for, no further than as long as the range, or as an error that is back again was gone:
    all texts of years would be gone through.
    """
    read = union(dataset.read, across=SLACK)
    low = next((piece.low for piece in read if piece.low < start <= piece.high), None)
    if low is None:
        return None
    since = low if view.q is None else max(low, start - max(end - start, ABSENT))
    return Past(dataset.runs(without_error(view), start=since, end=start), since)


def in_view(summary: FailureSummary, view: View) -> int:
    """How many runs the view itself holds, as its CSV does."""
    return summary.runs if view.error_group is None else summary.failed


def say_what_counts(summary: FailureSummary, view: View) -> None:
    """A sentence where a filter decides what a rate can mean."""
    if view.error_group is not None:
        st.info(ONE_ERROR, icon=":material/filter_alt:")
    elif not summary.succeeded and summary.failed and (view.outcome or view.state):
        st.info(NO_SUCCESS, icon=":material/filter_alt:")
