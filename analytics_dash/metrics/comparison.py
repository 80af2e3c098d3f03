"""Owns the differences between two periods: how far each figure at the top moved, and whether that is beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import duckdb

from analytics_dash.metrics.comparison_intervals import Estimate, difference_bounds, share
from analytics_dash.metrics.comparison_totals import Totals, totals
from analytics_dash.metrics.percentiles import is_few


class Metric(StrEnum):
    """What is compared, in the order of the cards; the unit is in the name unless it is a count or a share of 1."""

    RUNS = "runs"
    FAILURE_RATE = "failure_rate"
    P50 = "p50_s"
    P95 = "p95_s"
    TOKENS = "tokens"
    COST = "cost_usd"
    USERS = "users"
    FEEDBACK = "feedback_share"
    UNFINISHED = "unfinished"


class Direction(StrEnum):
    """Where a figure went; `unknown` where a side has no data."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    UNKNOWN = "unknown"


class Rise(StrEnum):
    """What it means that a figure goes up."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"


RISES: Final = {
    Metric.RUNS: Rise.NEUTRAL,
    Metric.USERS: Rise.NEUTRAL,
    Metric.FEEDBACK: Rise.GOOD,
}
"""All others are bad when they rise."""


@dataclass(frozen=True)
class Difference:
    """One figure of two periods; None is “no data”. `low` and `high` bound the difference of shares and percentiles."""

    metric: Metric
    now: float | None
    then: float | None
    low: float | None = None
    high: float | None = None
    few: bool = False
    """Whether either side rests on some runs, but few."""
    significant: bool | None = None
    """Whether the interval excludes 0; None for what is counted and not estimated, and where there is no interval."""

    @property
    def difference(self) -> float | None:
        """now - then, in the metric's unit; shares as a part of 1, so that 0.02 is two percentage points."""
        return None if self.now is None or self.then is None else self.now - self.then

    @property
    def relative(self) -> float | None:
        """The difference as a share of the former value; None where that was 0 or is not known."""
        return self.difference / abs(self.then) if self.difference is not None and self.then else None

    @property
    def direction(self) -> Direction:
        """Where the figure went, chance or not."""
        if self.difference is None:
            return Direction.UNKNOWN
        return Direction.UP if self.difference > 0 else Direction.DOWN if self.difference < 0 else Direction.SAME

    @property
    def rise(self) -> Rise:
        """What going up means for this metric."""
        return RISES.get(self.metric, Rise.BAD)


def differences(
    now: duckdb.DuckDBPyRelation,
    then: duckdb.DuckDBPyRelation,
    *,
    failed_in_latency: bool = True,
    cost: tuple[float | None, float | None] | None = None,
) -> dict[Metric, Difference]:
    """Every metric of the runs now against those then; `cost` in USD (now, then) where it has been estimated."""
    sides = [totals(side, failed_in_latency=failed_in_latency) for side in (now, then)]
    found = [*(_counted(metric, *sides) for metric in (Metric.RUNS, Metric.TOKENS, Metric.USERS, Metric.UNFINISHED))]
    found += [_estimated(metric, *sides) for metric in (Metric.FAILURE_RATE, Metric.P50, Metric.P95, Metric.FEEDBACK)]
    if cost:
        found.append(Difference(Metric.COST, *cost, few=_few(*(side.runs for side in sides))))
    by_metric = {difference.metric: difference for difference in found}
    return {metric: by_metric[metric] for metric in Metric if metric in by_metric}


def _counted(metric: Metric, now: Totals, then: Totals) -> Difference:
    return Difference(metric, getattr(now, metric), getattr(then, metric), few=_few(now.runs, then.runs))


def _estimated(metric: Metric, now: Totals, then: Totals) -> Difference:
    """The difference with its interval, which needs a value on both sides."""
    (new, new_runs), (old, old_runs) = _estimate(metric, now), _estimate(metric, then)
    bounds = difference_bounds(new, old) if new and old else None
    low, high = bounds or (None, None)
    return Difference(
        metric,
        new.value if new else None,
        old.value if old else None,
        low=low,
        high=high,
        few=_few(new_runs, old_runs),
        significant=not bounds[0] <= 0 <= bounds[1] if bounds else None,
    )


def _estimate(metric: Metric, side: Totals) -> tuple[Estimate | None, int]:
    """The metric of one side, and the runs behind it."""
    if metric is Metric.FAILURE_RATE:
        decided = side.failed + side.succeeded
        return share(side.failed, decided), decided
    if metric is Metric.FEEDBACK:
        rated = side.positive + side.negative
        return share(side.positive, rated), rated
    return (side.p50 if metric is Metric.P50 else side.p95), side.latency_runs


def _few(now: int, then: int) -> bool:
    return is_few(now) or is_few(then)
