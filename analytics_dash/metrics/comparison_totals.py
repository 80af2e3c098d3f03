"""Owns what one side of a comparison amounts to: counts, shares and percentiles with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import duckdb

from analytics_dash.metrics.comparison_intervals import Estimate, ranks
from analytics_dash.metrics.people import USERS_SQL
from analytics_dash.metrics.percentiles import timed
from analytics_dash.metrics.tokens import TOTAL
from analytics_dash.runs.feedback import VERDICT_SQL, Verdict

QUANTILES: Final = (0.5, 0.95)


@dataclass(frozen=True)
class Totals:
    """One period's runs; percentiles in seconds, None without a latency."""

    runs: int
    failed: int
    succeeded: int
    unfinished: int
    users: int
    tokens: int
    positive: int
    negative: int
    own_words: int
    latency_runs: int
    p50: Estimate | None
    p95: Estimate | None


def totals(runs: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True) -> Totals:
    """The runs in two passes: counts with percentiles, then the order statistics around these."""
    condition = timed(failed_in_latency=failed_in_latency)
    row = _row(
        runs,
        f"""count(*) AS runs, count(*) FILTER (WHERE outcome = 'failed') AS failed,
        count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded,
        count(*) FILTER (WHERE outcome = 'unfinished') AS unfinished,
        {USERS_SQL} AS users, {TOTAL} AS tokens, {_verdicts()},
        count(*) FILTER (WHERE {condition}) AS latency_runs,
        quantile_cont(latency, {list(QUANTILES)}) FILTER (WHERE {condition}) AS quantiles""",
    )
    quantiles = row.pop("quantiles")
    if not quantiles:
        return Totals(**row, p50=None, p95=None)
    bounds = _bounds(runs, condition, row["latency_runs"])
    p50, p95 = (Estimate(value, *pair) for value, pair in zip(quantiles, bounds, strict=True))
    return Totals(**row, p50=p50, p95=p95)


def _verdicts() -> str:
    named = {"positive": Verdict.POSITIVE, "negative": Verdict.NEGATIVE, "own_words": Verdict.OWN_WORDS}
    return ", ".join(
        f"count(*) FILTER (WHERE {VERDICT_SQL} = '{verdict}') AS {name}" for name, verdict in named.items()
    )


def _bounds(runs: duckdb.DuckDBPyRelation, condition: str, of: int) -> list[tuple[float | None, float | None]]:
    """The order statistics at the ranks around each quantile; nothing where the runs are too few."""
    found = [ranks(quantile, of) for quantile in QUANTILES]
    wanted = [(rank - 0.5) / of for pair in found if pair for rank in pair]  # between two ranks: rounding can't miss it
    if not wanted:
        return [(None, None)] * len(QUANTILES)
    values = iter(_row(runs, f"quantile_disc(latency, {wanted}) FILTER (WHERE {condition}) AS bounds")["bounds"])
    return [(next(values), next(values)) if pair else (None, None) for pair in found]


def _row(runs: duckdb.DuckDBPyRelation, aggregates: str) -> dict[str, Any]:
    answer = runs.aggregate(aggregates)
    return dict(zip(answer.columns, answer.fetchall()[0], strict=True))
