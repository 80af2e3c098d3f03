"""Owns the period that a page is held against: which it is, whether it is read, and what to say while it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import duckdb
import streamlit as st

from analytics_dash.metrics.buckets import Buckets, buckets_under
from analytics_dash.runs.comparison import Comparison, Former, former
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import SLACK, Dataset
from analytics_dash.store.intervals import Interval, minus
from analytics_dash.store.sync import Stage, Sync
from analytics_dash.ui import loading, state
from analytics_dash.ui.lookback import asked_comparison
from analytics_dash.ui.words import plain, span

NAMES: Final = {Comparison.PREVIOUS: "period before", Comparison.LAST_WEEK: "week before"}


@dataclass(frozen=True)
class Period:
    """The runs of [start, end), which the page's are held against."""

    former: Former
    name: str
    dataset: Dataset
    view: View

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return self.former.start

    @property
    def end(self) -> datetime:
        """When it ends, exclusive."""
        return self.former.end

    @property
    def is_read(self) -> bool:
        """Whether all of it is in the store: a part would pass for the whole."""
        gaps = minus([Interval(self.start, self.end)], self.dataset.read)
        return all(gap.length <= SLACK for gap in gaps)

    @property
    def runs(self) -> duckdb.DuckDBPyRelation:
        """Its runs, by the view's filters."""
        return self.dataset.runs(self.view, start=self.start, end=self.end)

    @property
    def words(self) -> str:
        """Its name and its instants in the viewer's zone, as Markdown."""
        return f"{self.name} ({plain(span(self.start, self.end, state.zone(self.view)))})"

    def buckets(self, like: Buckets) -> Buckets:
        """It, cut where the page's own range is, so that each bucket stands for the one in its place."""
        return buckets_under(like, self.former)


def period(dataset: Dataset, view: View) -> Period | None:
    """The period that the view's is held against, the one just before where it says none.

    Of a range that is shown from its beginning, but not to its end, which may lie ahead, as much is compared as is
    shown. None where nothing is compared, or nothing lies before.
    """
    start, shown_until = dataset.interval
    end = (view.end or dataset.scope.end) if start == dataset.scope.start else shown_until
    chosen = asked_comparison(view) or Comparison.PREVIOUS
    found = former(start, end, comparison=chosen, zone=state.zone(view), until=shown_until)
    return None if found is None else Period(found, NAMES[chosen], dataset, view)


def drawn(period: Period | None) -> Period | None:
    """The period, where figures and charts can be held against it: wholly read."""
    return period if period is not None and period.is_read else None


def missing(period: Period, sync: Sync | None) -> None:
    """Say that the period is not read, and what to do, in the current container."""
    if sync is not None and sync.status.stage is Stage.READING:
        st.markdown(f":small[The {period.words} is being read.]")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[The {period.words} is not read, so there is nothing to compare with.]", width="content")
        st.button("Read it", key="read_before", on_click=_read, args=(period.view,))


def _read(view: View) -> None:
    """Ask for the comparison, which makes the view want its period."""
    if not view.compare:
        state.show(replace(view, compare=Comparison.PREVIOUS.value))
    loading.ask_refresh()
