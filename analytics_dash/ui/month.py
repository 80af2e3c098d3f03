"""Owns how the month so far reaches a page: what of it is read, the full days it has, and how to read the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import streamlit as st

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for, first_instant
from analytics_dash.metrics.columns import PARTIAL, START
from analytics_dash.metrics.projection import FEWEST_DAYS, Projection, month_projection, projection_range
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import SLACK, Dataset
from analytics_dash.store.intervals import union
from analytics_dash.store.sync import Stage
from analytics_dash.ui import state
from analytics_dash.ui.words import moment, plain

if TYPE_CHECKING:
    from analytics_dash.ui.frame import Here

TOO_FEW: Final = f"No projection: fewer than {FEWEST_DAYS} full days are read."
STALE: Final = timedelta(days=1)  # a month without its last day says little about its end


@dataclass(frozen=True, eq=False)
class Month:
    """The view's runs from `since` on, whatever its range, as far as they are read without a gap, in days.

    `held_from` is where that begins and `until` where it ends; `missing` says what a projection lacks, or nothing.
    """

    runs: duckdb.DuckDBPyRelation
    days: Buckets
    since: datetime
    held_from: datetime
    until: datetime
    first_run: datetime
    missing: str

    def end(self, daily: pd.DataFrame, measure: str) -> Projection | None:
        """Where the month will end, by the table of its days; None where too little of it is read to say anything.

        Days before the flow's first run count as partial: they tell nothing of those to come.
        """
        if self.missing:
            return None
        known = daily.assign(**{PARTIAL: daily[PARTIAL] | (daily[START] < self.first_run)})
        return month_projection(known, measure, zone=self.days.zone, now=self.until, held_from=self.held_from)

    def lacks(self, found: Projection) -> bool:
        """Whether there is no projection for want of days that are not read."""
        return found.low is None and self.held_from > self.since


def month_so_far(dataset: Dataset, view: View, *, zone: str) -> Month:
    """The month around the newest reading, with the days before it that a projection rests on."""
    read = union(dataset.read, across=SLACK)[-1]
    since, until = projection_range(read.high, zone=zone)
    return Month(
        runs=dataset.runs(view, start=max(since, read.low), end=until),
        days=buckets_for(since, until, zone=zone, now=until, granularity=Granularity.DAY),
        since=since,
        held_from=read.low if read.low > since + SLACK else since,
        until=until,
        first_run=_first_run(dataset, max(since, read.low), until),
        missing=_missing(read.low, until, zone=zone, now=state.now()),
    )


def told(sentence: str, month: Month) -> str:
    """The projection's sentence as Markdown, with the moment it was made for."""
    return plain(f"{sentence} As of {moment(month.until, month.days.zone)}.", limit=400)


def offer(here: Here, month: Month, *, title: str) -> None:
    """Say what is missing, and let it be read where the view's range can be read further back."""
    st.subheader(title, anchor=False)
    sync = here.sync
    if sync is not None and sync.status.stage is Stage.READING and sync.scope.wanted.low <= month.since + SLACK:
        st.info("The month so far is being read. The projection appears when it is there.", icon=":material/sync:")
        return
    st.info(plain(month.missing or TOO_FEW, limit=300), icon=":material/calendar_month:")
    if _can_read(here, month):
        day = moment(month.since, month.days.zone).rpartition(",")[0]
        if st.button(f"Read from {day} on", key="read_month", icon=":material/download:"):
            here.entry.workspace.sync(here.view, now=state.now(), since=month.since)
            st.rerun(scope="app")


def _can_read(here: Here, month: Month) -> bool:
    """Whether reading further back would mend what is missing, and what is read would be kept."""
    now, kept = state.now(), here.entry.workspace.settings.retention_days
    is_kept = kept is None or now - month.since < timedelta(days=kept)
    return is_kept and month.held_from > month.since and now - month.until <= STALE


def _first_run(dataset: Dataset, start: datetime, end: datetime) -> datetime:
    """When the flow's runs begin, tests among them and whatever the filters; `end` where there are none."""
    found = dataset.runs(View(tests=True), start=start, end=end).min("date").fetchall()[0][0]
    return found.replace(tzinfo=UTC) if found else end


def _missing(low: datetime, until: datetime, *, zone: str, now: datetime) -> str:
    if now - until > STALE:
        return f"No projection: the runs since {moment(until, zone)} are not read. Choose a range that ends now."
    month_start = first_instant(until.astimezone(ZoneInfo(zone)).date().replace(day=1), ZoneInfo(zone))
    if low > month_start + SLACK:
        return f"No projection: this month's runs before {moment(low, zone)} are not read."
    return ""
