"""Owns the overview's figures per bucket, from one pass over the runs: failures, latency, tokens, the cards' lines."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import CARD_COLUMNS, LATENCY_RUNS, OUTCOMES, RATE, RUNS, TOKENS, USERS
from analytics_dash.metrics.failures import OUTCOMES_SQL, failures_of
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.latency import latency_of, latency_sql
from analytics_dash.metrics.people import USERS_SQL
from analytics_dash.metrics.tokens import TOKENS_SQL, tokens_of


@dataclass(frozen=True)
class OverTime:
    """One row per bucket in each; `cards`: CARD_COLUMNS, the rate and percentiles (seconds) NaN where nothing tells."""

    failures: pd.DataFrame
    latency: pd.DataFrame
    tokens: pd.DataFrame
    cards: pd.DataFrame


def over_time(runs: duckdb.DuckDBPyRelation, buckets: Buckets, *, failed_in_latency: bool = True) -> OverTime:
    """What `failures_over_time`, `latency_over_time` and `tokens_over_time` give, and the lines on the cards."""
    aggregates = [
        OUTCOMES_SQL,
        latency_sql(failed_in_latency=failed_in_latency),
        TOKENS_SQL,
        f"{USERS_SQL} AS {USERS}",
    ]
    counted = per_bucket(runs, buckets, ", ".join(aggregates))
    whole = beside(buckets, counted, counts=(*OUTCOMES, RUNS, LATENCY_RUNS, TOKENS, USERS))
    failures = failures_of(whole)
    cards = whole.assign(**{RATE: failures[RATE]})[list(CARD_COLUMNS)]
    return OverTime(failures, latency_of(whole), tokens_of(whole), cards)
