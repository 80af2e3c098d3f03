"""Owns failures over time: runs by outcome, and the failure rate with its 95 % Wilson interval."""

from __future__ import annotations

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import FAILURE_COLUMNS, HIGH, LOW, OUTCOMES, RATE
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.outcome import Outcome


def failures_over_time(runs: duckdb.DuckDBPyRelation, buckets: Buckets) -> pd.DataFrame:
    """FAILURE_COLUMNS, one row per bucket; the rate and its bounds are NaN where nothing failed or succeeded."""
    counts = ", ".join(f"count(*) FILTER (WHERE outcome = '{name}') AS {name}" for name in OUTCOMES)
    frame = beside(buckets, per_bucket(runs, buckets, counts), counts=OUTCOMES)
    failed = frame[Outcome.FAILED]
    decided = failed + frame[Outcome.SUCCEEDED]
    low, high = wilson(failed, decided)
    frame[RATE], frame[LOW], frame[HIGH] = failed / decided.where(decided > 0), low, high
    return frame[list(FAILURE_COLUMNS)]
