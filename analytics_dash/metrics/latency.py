"""Owns latency over time: exact percentiles over the runs of each bucket, in seconds."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import FEW, LATENCY_COLUMNS, LATENCY_RUNS, P99, PERCENTILES, RUNS
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.percentiles import FEW_RUNS, P99_RUNS, timed


def latency_over_time(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, *, failed_in_latency: bool = True
) -> pd.DataFrame:
    """LATENCY_COLUMNS, one row per bucket; percentiles are NaN without a latency, p99 also below P99_RUNS."""
    condition = timed(failed_in_latency=failed_in_latency)
    quantiles = f"(quantile_cont(latency, [0.5, 0.95, 0.99]) FILTER (WHERE {condition}))"
    chosen = ", ".join(f"{quantiles}[{place}] AS {name}" for place, name in enumerate(PERCENTILES, start=1))
    counted = per_bucket(
        runs, buckets, f"count(*) AS {RUNS}, count(*) FILTER (WHERE {condition}) AS {LATENCY_RUNS}, {chosen}"
    )
    frame = beside(buckets, counted, counts=(RUNS, LATENCY_RUNS))
    enough = frame[LATENCY_RUNS] >= P99_RUNS
    few = frame[LATENCY_RUNS].between(1, FEW_RUNS - 1)
    return frame.assign(**{P99: frame[P99].where(enough, np.nan), FEW: few})[list(LATENCY_COLUMNS)]
