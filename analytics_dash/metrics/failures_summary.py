"""Owns what failures amount to: their rate, the users they hit, and one error's failures against all successes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from analytics_dash.metrics.columns import OUTCOMES
from analytics_dash.metrics.people import USER_SQL, USERS_SQL
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.metrics.wilson import wilson

COUNTS: Final = ", ".join(f"count(*) FILTER (WHERE outcome = '{name}') AS {name}" for name in OUTCOMES)


@dataclass(frozen=True)
class FailureSummary:
    """The runs by outcome and the users among them; the rate and its bounds are None where nothing is in the rate."""

    runs: int
    failed: int
    succeeded: int
    cancelled: int
    unfinished: int
    unknown: int
    contradictions: int
    rate: float | None
    low: float | None
    high: float | None
    few: bool
    users: int
    users_hit: int
    failed_without_user: int


def failure_summary(runs: duckdb.DuckDBPyRelation) -> FailureSummary:
    """The runs in one pass over them; `users_hit` are the distinct users of the failed ones, of `users` in all."""
    answer = runs.aggregate(
        f"""count(*) AS runs, {COUNTS}, count(*) FILTER (WHERE contradicts) AS contradictions,
        {USERS_SQL} AS users,
        {USERS_SQL} FILTER (WHERE outcome = 'failed') AS users_hit,
        count(*) FILTER (WHERE outcome = 'failed' AND {USER_SQL} IS NULL) AS failed_without_user"""
    )
    row = dict(zip(answer.columns, answer.fetchall()[0], strict=True))
    decided = row["failed"] + row["succeeded"]
    low, high = wilson(row["failed"], decided)
    return FailureSummary(
        **row,
        rate=row["failed"] / decided if decided else None,
        low=float(low) if decided else None,
        high=float(high) if decided else None,
        few=is_few(decided),
    )


def against_the_rest(failed: duckdb.DuckDBPyRelation, runs: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """These failed runs and those of `runs` that did not fail: what one error's rate, streaks and users rest on."""
    return runs.filter("outcome <> 'failed'").union(failed)
