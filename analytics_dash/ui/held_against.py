"""Owns how the figures at the top of a page are held against the period compared with, as the overview's are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import duckdb

from analytics_dash.figures.comparison_words import difference_text
from analytics_dash.metrics.comparison import Difference, Metric, differences
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.sync import Sync
from analytics_dash.ui import compared
from analytics_dash.ui.cards import Against, Moved
from analytics_dash.ui.compared import Period

RunsOf = Callable[[datetime, datetime], duckdb.DuckDBPyRelation]
"""The runs that a page counts, of [start, end)."""


@dataclass(frozen=True)
class Held:
    """The period that a page's figures are held against, and how they moved; no period where none is read."""

    period: Period | None
    against: Against
    runs: duckdb.DuckDBPyRelation | None = None
    """Those of the period."""

    def with_cost(self, now: float, then: float, *, few: bool) -> Against:
        """The same with the estimated cost in US dollars."""
        return Against(
            self.against.name, {**self.against.moved, Metric.COST: _moved(Difference(Metric.COST, now, then, few=few))}
        )


def held(dataset: Dataset, view: View, runs_of: RunsOf, *, failed_in_latency: bool = True) -> Held:
    """How the view's runs differ from those of the period that the view is compared with."""
    period = compared.drawn(compared.period(dataset, view))
    if period is None:
        return Held(None, Against())
    then = runs_of(period.start, period.end)
    found = differences(runs_of(*dataset.interval), then, failed_in_latency=failed_in_latency)
    return Held(period, Against(period.name, {metric: _moved(one) for metric, one in found.items()}), then)


def say_what_is_missing(dataset: Dataset, view: View, sync: Sync | None) -> None:
    """Where the view asks for a comparison whose period is not read: that, and what to do."""
    period = compared.period(dataset, view)
    if view.compare and period is not None and not period.is_read:
        compared.missing(period, sync)


def _moved(difference: Difference) -> Moved:
    return Moved(difference, difference_text(difference))
