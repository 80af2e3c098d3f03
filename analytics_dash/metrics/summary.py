"""Owns the figures at the top: one value each for all runs of a view, by the product's definitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from analytics_dash.metrics.failures import OUTCOMES_SQL
from analytics_dash.metrics.people import USER_SQL, USERS_SQL
from analytics_dash.metrics.percentiles import is_few, timed
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.instants import aware


@dataclass(frozen=True)
class Summary:
    """What a view amounts to; None stands for “no data”, never for zero."""

    runs: int
    failed: int
    succeeded: int
    cancelled: int
    unfinished: int
    unfinished_gone: int
    unknown: int
    failure_rate: float | None
    rate_low: float | None
    rate_high: float | None
    latency_runs: int
    p50_s: float | None
    p95_s: float | None
    few: bool
    tokens: int
    token_runs: int
    users: int
    no_user_runs: int
    contradictions: int
    oldest_unfinished: timedelta | None
    first: datetime | None
    last: datetime | None


def summary(runs: duckdb.DuckDBPyRelation, *, now: datetime, failed_in_latency: bool = True) -> Summary:
    """The runs in one pass over them; `oldest_unfinished` is an age at `now`.

    Of the unfinished, those that the server no longer returns (`unfinished_gone`) are never the oldest.
    """
    row = _counted(runs, timed(failed_in_latency=failed_in_latency))
    began, first, last = (aware(row.pop(name)) for name in ("oldest", "first", "last"))
    p50_s, p95_s = row.pop("quantiles") or (None, None)
    rate, low, high = _rate(row["failed"], row["succeeded"])
    return Summary(
        **row,
        failure_rate=rate,
        rate_low=low,
        rate_high=high,
        p50_s=p50_s,
        p95_s=p95_s,
        few=is_few(row["latency_runs"]),
        oldest_unfinished=max(now - began, timedelta()) if began else None,
        first=first,
        last=last,
    )


def _counted(runs: duckdb.DuckDBPyRelation, condition: str) -> dict[str, Any]:
    answer = runs.aggregate(
        f"""count(*) AS runs, {OUTCOMES_SQL},
        count(*) FILTER (WHERE {condition}) AS latency_runs,
        quantile_cont(latency, [0.5, 0.95]) FILTER (WHERE {condition}) AS quantiles,
        coalesce(sum(total_tokens), 0) AS tokens, count(total_tokens) AS token_runs,
        {USERS_SQL} AS users, count(*) - count({USER_SQL}) AS no_user_runs,
        count(*) FILTER (WHERE contradicts) AS contradictions,
        count(*) FILTER (WHERE outcome = 'unfinished' AND gone) AS unfinished_gone,
        min(date) FILTER (WHERE outcome = 'unfinished' AND NOT gone) AS oldest, min(date) AS first, max(date) AS last"""
    )
    return dict(zip(answer.columns, answer.fetchall()[0], strict=True))


def _rate(failed: int, succeeded: int) -> tuple[float | None, float | None, float | None]:
    """The failure rate with its bounds, or three times nothing."""
    decided = failed + succeeded
    if not decided:
        return None, None, None
    low, high = wilson(failed, decided)
    return failed / decided, float(low), float(high)
