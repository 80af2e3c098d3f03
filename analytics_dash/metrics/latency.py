"""Owns latency over time: exact percentiles over the runs of each bucket, in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import FEW, LATENCY_COLUMNS, LATENCY_RUNS, P99, PERCENTILES, RUNS, TIME_COLUMNS
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.percentiles import FEW_RUNS, P99_RUNS, timed

CHOICES: Final = (0.5, 0.75, 0.9, 0.95, 0.99)
TAIL_FROM: Final = 0.95  # a percentile above it needs runs beyond it; up to it, few runs are marked and not hidden


def latency_over_time(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, *, failed_in_latency: bool = True
) -> pd.DataFrame:
    """LATENCY_COLUMNS, one row per bucket; percentiles are NaN without a latency, p99 also below P99_RUNS."""
    counted = per_bucket(runs, buckets, latency_sql(failed_in_latency=failed_in_latency))
    return latency_of(beside(buckets, counted, counts=(RUNS, LATENCY_RUNS)))


def latency_sql(*, failed_in_latency: bool) -> str:
    """The aggregates behind it: RUNS, LATENCY_RUNS and PERCENTILES."""
    condition = timed(failed_in_latency=failed_in_latency)
    quantiles = f"(quantile_cont(latency, [0.5, 0.95, 0.99]) FILTER (WHERE {condition}))"
    chosen = ", ".join(f"{quantiles}[{place}] AS {name}" for place, name in enumerate(PERCENTILES, start=1))
    return f"count(*) AS {RUNS}, count(*) FILTER (WHERE {condition}) AS {LATENCY_RUNS}, {chosen}"


def latency_of(counted: pd.DataFrame) -> pd.DataFrame:
    """The same from `latency_sql` beside every bucket."""
    enough = counted[LATENCY_RUNS] >= P99_RUNS
    few = counted[LATENCY_RUNS].between(1, FEW_RUNS - 1)
    return counted.assign(**{P99: counted[P99].where(enough, np.nan), FEW: few})[list(LATENCY_COLUMNS)]


def percentiles_over_time(
    runs: duckdb.DuckDBPyRelation,
    buckets: Buckets,
    *,
    percentiles: Sequence[float] = (0.5, 0.95),
    failed_in_latency: bool = True,
) -> pd.DataFrame:
    """TIME_COLUMNS, runs, latency_runs, `percentile_column` of each, few; NaN without a latency or below `runs_needed`.

    One row per bucket; ValueError for a percentile that does not lie between 0 and 1.
    """
    if not all(0 < percentile < 1 for percentile in percentiles):
        raise ValueError("a percentile lies between 0 and 1")
    wanted = sorted({float(percentile) for percentile in percentiles})
    frame = _quantiles(runs, buckets, wanted, timed(failed_in_latency=failed_in_latency))
    for percentile in wanted:
        name = percentile_column(percentile)
        frame[name] = frame[name].where(frame[LATENCY_RUNS] >= runs_needed(percentile), np.nan)
    frame[FEW] = frame[LATENCY_RUNS].between(1, FEW_RUNS - 1)
    return frame[[*TIME_COLUMNS, RUNS, LATENCY_RUNS, *map(percentile_column, wanted), FEW]]


def percentile_column(percentile: float) -> str:
    """The column of a percentile, 0 to 1: “p50_s”."""
    return f"p{round(percentile * 100, 6):g}_s"


def runs_needed(percentile: float) -> int:
    """How many runs a percentile takes to be shown: one up to p95, and P99_RUNS for p99 (more beyond it)."""
    return 1 if percentile <= TAIL_FROM else max(P99_RUNS, math.ceil(round(1 / (1 - percentile), 6)))


def _quantiles(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, percentiles: Sequence[float], condition: str
) -> pd.DataFrame:
    quantiles = f"(quantile_cont(latency, {list(percentiles)}) FILTER (WHERE {condition}))"
    named = enumerate(map(percentile_column, percentiles), start=1)
    chosen = [f'{quantiles}[{place}] AS "{name}"' for place, name in named]
    counts = [f"count(*) AS {RUNS}", f"count(*) FILTER (WHERE {condition}) AS {LATENCY_RUNS}"]
    return beside(buckets, per_bucket(runs, buckets, ", ".join([*counts, *chosen])), counts=(RUNS, LATENCY_RUNS))
