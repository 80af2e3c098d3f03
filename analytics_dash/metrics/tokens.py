"""Owns tokens over time: the sum of `total_tokens` in each bucket."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import RUNS, TOKEN_COLUMNS, TOKENS
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.runs.record import INT64_MAX

TOTAL: Final = f"greatest(least(coalesce(sum(total_tokens), 0), {INT64_MAX}), -{INT64_MAX})::BIGINT"
"""Held within the table's integers: only a server's nonsense sums to more, and it must not take the page down."""
TOKENS_SQL: Final = f"{TOTAL} AS {TOKENS}"


def tokens_over_time(runs: duckdb.DuckDBPyRelation, buckets: Buckets) -> pd.DataFrame:
    """TOKEN_COLUMNS, one row per bucket; 0 tokens where there are no runs or none has a count."""
    counted = per_bucket(runs, buckets, f"count(*) AS {RUNS}, {TOKENS_SQL}")
    return tokens_of(beside(buckets, counted, counts=(RUNS, TOKENS)))


def tokens_of(counted: pd.DataFrame) -> pd.DataFrame:
    """The same from RUNS and TOKENS_SQL beside every bucket."""
    return counted[list(TOKEN_COLUMNS)]
