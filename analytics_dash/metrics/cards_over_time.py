"""Owns the small lines on the cards: every figure at the top, per bucket, from one pass over the runs."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import CARD_COLUMNS, RUNS, TOKENS, UNFINISHED, USERS
from analytics_dash.metrics.grouping import BUCKET, EPOCH, MICROSECOND, beside
from analytics_dash.metrics.people import USERS_SQL
from analytics_dash.metrics.percentiles import timed
from analytics_dash.metrics.tokens import TOTAL

CARDS: Final = """
WITH edges AS (SELECT unnest(range({buckets})) AS bucket, make_timestamp(unnest({starts}::BIGINT[])) AS edge),
kept AS (
    SELECT date, latency, total_tokens, outcome, user_id
    FROM runs WHERE date >= make_timestamp({start}::BIGINT) AND date < make_timestamp({end}::BIGINT)
)
SELECT bucket, count(*) AS runs, {users} AS users, {tokens} AS tokens,
    count(*) FILTER (WHERE outcome = 'unfinished') AS unfinished,
    count(*) FILTER (WHERE outcome = 'failed')
        / nullif(count(*) FILTER (WHERE outcome IN ('failed', 'succeeded')), 0) AS rate,
    (quantile_cont(latency, [0.5, 0.95]) FILTER (WHERE {timed}))[1] AS p50_s,
    (quantile_cont(latency, [0.5, 0.95]) FILTER (WHERE {timed}))[2] AS p95_s
FROM kept ASOF JOIN edges ON date >= edge GROUP BY bucket"""


def cards_over_time(runs: duckdb.DuckDBPyRelation, buckets: Buckets, *, failed_in_latency: bool = True) -> pd.DataFrame:
    """CARD_COLUMNS, one row per bucket; counts are 0 and the rate and percentiles (seconds) NaN without runs."""
    edges = [(edge - EPOCH) // MICROSECOND for edge in buckets.edges] or [0, 0]
    condition = timed(failed_in_latency=failed_in_latency)
    sql = CARDS.format(
        buckets=len(edges) - 1,
        starts=edges[:-1],
        start=edges[0],
        end=edges[-1],
        users=USERS_SQL,
        tokens=TOTAL,
        timed=condition,
    )
    counted = runs.query("runs", sql).df().set_index(BUCKET)
    return beside(buckets, counted, counts=(RUNS, TOKENS, USERS, UNFINISHED))[list(CARD_COLUMNS)]
