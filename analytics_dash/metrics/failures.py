"""Owns failures over time: runs by outcome, and the failure rate with its 95 % Wilson interval."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import FAILURE_COLUMNS, HIGH, LOW, OUTCOMES, RATE
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.outcome import Outcome

OUTCOMES_SQL: Final = ", ".join(f"count(*) FILTER (WHERE outcome = '{name}') AS {name}" for name in OUTCOMES)
"""The runs of each outcome."""


def failures_over_time(runs: duckdb.DuckDBPyRelation, buckets: Buckets) -> pd.DataFrame:
    """FAILURE_COLUMNS, one row per bucket; the rate and its bounds are NaN where nothing failed or succeeded."""
    return failures_of(per_bucket(runs, buckets, OUTCOMES_SQL), buckets)


def failures_of(counted: pd.DataFrame, buckets: Buckets) -> pd.DataFrame:
    """The same from OUTCOMES_SQL by bucket number."""
    frame = beside(buckets, counted, counts=OUTCOMES)
    failed = frame[Outcome.FAILED]
    decided = failed + frame[Outcome.SUCCEEDED]
    low, high = wilson(failed, decided)
    frame[RATE], frame[LOW], frame[HIGH] = failed / decided.where(decided > 0), low, high
    return frame[list(FAILURE_COLUMNS)]
