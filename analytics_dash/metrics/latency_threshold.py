"""Owns the share of runs that took no longer than a threshold, overall and over time, with its 95 % Wilson interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import HIGH, LATENCY_RUNS, LOW, RATE, RUNS, THRESHOLD_COLUMNS, WITHIN
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.percentiles import is_few, timed
from analytics_dash.metrics.wilson import wilson


@dataclass(frozen=True)
class Within:
    """`within` of `latency_runs` took at most `threshold_s`; no share and no bounds where no run is timed."""

    threshold_s: float
    within: int
    latency_runs: int
    share: float | None
    low: float | None
    high: float | None
    few: bool


def within_threshold(runs: duckdb.DuckDBPyRelation, *, threshold_s: float, failed_in_latency: bool = True) -> Within:
    """The share over all runs; ValueError for a threshold that is no number of seconds."""
    counts = _counts(threshold_s, failed_in_latency=failed_in_latency)
    _, timed_runs, within = runs.aggregate(counts).fetchall()[0]
    if not timed_runs:
        return Within(threshold_s, 0, 0, None, None, None, few=False)
    low, high = wilson(within, timed_runs)
    share = within / timed_runs
    return Within(threshold_s, within, timed_runs, share, float(low), float(high), few=is_few(timed_runs))


def within_over_time(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, *, threshold_s: float, failed_in_latency: bool = True
) -> pd.DataFrame:
    """THRESHOLD_COLUMNS, one row per bucket; the share (`rate`) and its bounds are NaN where no run is timed."""
    counted = per_bucket(runs, buckets, _counts(threshold_s, failed_in_latency=failed_in_latency))
    frame = beside(buckets, counted, counts=(RUNS, LATENCY_RUNS, WITHIN))
    of = frame[LATENCY_RUNS]
    low, high = wilson(frame[WITHIN], of)
    frame[RATE], frame[LOW], frame[HIGH] = frame[WITHIN] / of.where(of > 0), low, high
    return frame[list(THRESHOLD_COLUMNS)]


def _counts(threshold_s: float, *, failed_in_latency: bool) -> str:
    if not math.isfinite(threshold_s):
        raise ValueError("a threshold is a number of seconds")
    condition = timed(failed_in_latency=failed_in_latency)
    return (
        f"count(*) AS {RUNS}, count(*) FILTER (WHERE {condition}) AS {LATENCY_RUNS}, "
        f"count(*) FILTER (WHERE {condition} AND latency <= {float(threshold_s)!r}) AS {WITHIN}"
    )
