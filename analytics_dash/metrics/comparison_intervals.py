"""Owns 95 % intervals of differences: of two shares, and of two percentiles, each from intervals of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analytics_dash.metrics.wilson import Z_95, wilson


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; a bound is None where the runs are too few for one."""

    value: float
    low: float | None
    high: float | None


def share(hits: int, of: int) -> Estimate | None:
    """hits / of with its Wilson interval; None where there is nothing to divide by."""
    if not of:
        return None
    low, high = wilson(hits, of)
    return Estimate(hits / of, float(low), float(high))


def ranks(quantile: float, of: int) -> tuple[int, int] | None:
    """The order statistics (from 1) around a quantile between which it lies in 95 of 100 samples; None if too few."""
    half = Z_95 * math.sqrt(of * quantile * (1 - quantile))
    low, high = math.floor(of * quantile - half), math.ceil(of * quantile + half) + 1
    return (low, high) if low >= 1 and high <= of else None


def difference_bounds(now: Estimate, then: Estimate) -> tuple[float, float] | None:
    """Bounds of now - then: Newcombe's method 10 for shares, and the same recovery of variances for percentiles."""
    if now.low is None or now.high is None or then.low is None or then.high is None:
        return None
    difference = now.value - then.value
    below = math.hypot(now.value - now.low, then.high - then.value)
    above = math.hypot(now.high - now.value, then.value - then.low)
    return difference - below, difference + above
