"""Owns failures over time: runs by outcome, and the failure rate with its 95 % Wilson interval."""

from __future__ import annotations

from typing import Any, Final

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
    return failures_of(beside(buckets, per_bucket(runs, buckets, OUTCOMES_SQL), counts=OUTCOMES))


def failures_of(counted: pd.DataFrame) -> pd.DataFrame:
    """The same from OUTCOMES_SQL beside every bucket."""
    failed = counted[Outcome.FAILED]
    decided = failed + counted[Outcome.SUCCEEDED]
    low, high = wilson(failed, decided)
    told: dict[str, Any] = {RATE: failed / decided.where(decided > 0), LOW: low, HIGH: high}
    return counted.assign(**told)[list(FAILURE_COLUMNS)]
