"""Owns when in the week things happen: runs, failures and latency by hour of the day and weekday of a zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.calendar_offsets import hours_of_the_week, stretches, wall_sql
from analytics_dash.metrics.columns import (
    CALENDAR_COLUMNS,
    FEW,
    HOUR,
    HOURS,
    LATENCY_RUNS,
    P95,
    RATE,
    RUNS,
    WEEKDAY,
)
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.metrics.percentiles import FEW_RUNS, timed
from analytics_dash.runs.outcome import Outcome

COUNTS: Final = (RUNS, str(Outcome.FAILED), str(Outcome.SUCCEEDED), LATENCY_RUNS)
CALENDAR: Final = """
WITH placed AS (
    SELECT outcome, latency, {wall} AS wall
    FROM runs WHERE date >= make_timestamp({start}::BIGINT) AND date < make_timestamp({end}::BIGINT)
)
SELECT isodow(wall) - 1 AS weekday, hour(wall) AS hour, count(*) AS runs,
    count(*) FILTER (WHERE outcome = 'failed') AS failed, count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE {timed}) AS latency_runs,
    quantile_cont(latency, 0.95) FILTER (WHERE {timed}) AS p95_s
FROM placed GROUP BY 1, 2"""


def by_hour_of_the_week(
    runs: duckdb.DuckDBPyRelation, start: datetime, end: datetime, *, zone: str, failed_in_latency: bool = True
) -> pd.DataFrame:
    """CALENDAR_COLUMNS for all 168 hours, Monday 00:00 first: 0 runs and NaN where nothing ran.

    HOURS is 0 where the range does not reach, and an hour that comes twice counts twice.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    held = stretches(start, end, zone)
    bounds = {"start": (start - EPOCH) // MICROSECOND, "end": (end - EPOCH) // MICROSECOND}
    condition = timed(failed_in_latency=failed_in_latency)
    counted = runs.query("runs", CALENDAR.format(wall=wall_sql(held), timed=condition, **bounds)).df()
    week = pd.MultiIndex.from_product([range(7), range(24)], names=[WEEKDAY, HOUR])
    return (
        _completed(counted.set_index([WEEKDAY, HOUR]).reindex(week))
        .reset_index()
        .assign(**{HOURS: hours_of_the_week(held)})[list(CALENDAR_COLUMNS)]
    )


def _completed(counted: pd.DataFrame) -> pd.DataFrame:
    """Whole counts, the failure rate, and the mark of few runs."""
    frame = counted.assign(**{name: counted[name].fillna(0).astype("int64") for name in COUNTS})
    decided = frame[Outcome.FAILED] + frame[Outcome.SUCCEEDED]
    rate = frame[Outcome.FAILED] / decided.where(decided > 0)
    few = frame[LATENCY_RUNS].between(1, FEW_RUNS - 1)
    return frame.assign(**{RATE: rate, P95: frame[P95].astype(np.float64), FEW: few})
