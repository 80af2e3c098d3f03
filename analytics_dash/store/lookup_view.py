"""Owns the view that opens on what was looked up: filters that would hide it are dropped, and the range reaches it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.runs.view import PRESETS, View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.intervals import Interval
from analytics_dash.store.lookup import Hit, Kind, stored_span

FILTERS: Final = {Kind.USER: "user", Kind.STARTER: "ran_by", Kind.CONVERSATION: "conversation", Kind.PARENT: "parent"}
"""The filter whose one value is the hit; a run has none."""
STEP: Final = timedelta(seconds=1)  # from a run to the end of a range that holds it


def opening_on(dataset: Dataset, view: View, hit: Hit) -> View:
    """The view that shows the hit, as little changed as that takes."""
    candidates = [_on(view, hit), _on(_opened(view), hit), _on(replace(_opened(view), tests=True), hit)]
    for span in (dataset.shown, stored_span(dataset)):
        for candidate in candidates:
            if _shows(dataset, candidate, span):
                return candidate if span == dataset.shown else _reaching(candidate, hit.last, dataset)
    return _reaching(candidates[-1], hit.last, dataset)


def _on(view: View, hit: Hit) -> View:
    """The view's page of the hit."""
    if hit.kind is Kind.RUN:
        return replace(view, run=hit.value, against=None)
    changed: dict[str, Any] = {FILTERS[hit.kind]: (hit.value,)}
    return replace(view.at_large(), **changed)


def _opened(view: View) -> View:
    """The view without what narrows it; its flow, range, zone, test runs and table stay as they are."""
    held = View(org=view.org, flow=view.flow, range=view.range, start=view.start, end=view.end, tz=view.tz)
    return replace(held, tests=view.tests, sort=view.sort, columns=view.columns, compare=view.compare)


def _shows(dataset: Dataset, view: View, span: Interval) -> bool:
    """Whether the view has a run between these instants, or the one that is read where there is one."""
    runs = dataset.runs(view, start=span.low, end=span.high)
    if view.run is not None:
        runs = runs.filter(ColumnExpression("run_id") == ConstantExpression(view.run))
    return bool(runs.project("run_key").limit(1).fetchall())


def _reaching(view: View, newest: datetime, dataset: Dataset) -> View:
    """The view over the shortest of the usual lengths, not shorter than its own, that holds the hit's newest run.

    Over instants where it has them already, or where no usual length is long enough.
    """
    at, low, high = newest.replace(tzinfo=UTC), dataset.scope.start, dataset.scope.end
    if not view.is_custom and at < high:
        for longer in (view.with_preset(preset) for preset in PRESETS):
            if longer.length >= view.length and high - longer.length <= at:
                return longer
    return view.narrowed(min(low, at), max(high, at + STEP))
