"""Owns how tokens are spread over runs: runs per log-spaced bin, zero and unknown told apart, percentiles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import HIGH, LOW, RUNS
from analytics_dash.metrics.percentiles import P99_RUNS, is_few
from analytics_dash.runs.record import INT64_MAX

STEPS: Final = (10, 15, 20, 30, 50, 70)  # a decade in six steps of about the same ratio, each a round number
EDGES: Final = (1, 2, 3, 5, 7, *(step * 10**power for power in range(17) for step in STEPS))
"""Where bins begin; the last holds whatever is more."""
EDGE_LIST: Final = f"[{', '.join(str(edge) for edge in EDGES)}]::BIGINT[]"
BINNED: Final = f"""
WITH counts AS (SELECT total_tokens AS tokens, count(*) AS n FROM runs WHERE total_tokens > 0 GROUP BY 1),
edges AS (SELECT unnest(range({len(EDGES)})) AS place, unnest({EDGE_LIST}) AS edge)
SELECT place, sum(n)::BIGINT AS n FROM counts ASOF JOIN edges ON tokens >= edge GROUP BY place"""  # noqa: S608  numbers


@dataclass(frozen=True)
class TokenDistribution:
    """Runs by their tokens; None stands for no data.

    `bins` has LOW (from), HIGH (below) and RUNS, without gaps from the lowest bin with runs to the highest. Quantiles
    are of the runs that have a count, zeros included.
    """

    bins: pd.DataFrame
    runs: int
    unknown: int
    zero: int
    below_zero: int
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    few: bool


def token_distribution(runs: duckdb.DuckDBPyRelation) -> TokenDistribution:
    """How `total_tokens` are spread; p99 is None below P99_RUNS."""
    row = _counted(runs)
    counted = row["runs"] - row["unknown"]
    p50, p95, p99 = row.pop("quantiles") or (None, None, None)
    return TokenDistribution(
        **row,
        bins=_bins(runs),
        p50=p50,
        p95=p95,
        p99=p99 if counted >= P99_RUNS else None,
        few=is_few(counted),
    )


def _counted(runs: duckdb.DuckDBPyRelation) -> dict[str, Any]:
    answer = runs.aggregate(
        """count(*) AS runs, count(*) - count(total_tokens) AS unknown,
        count(*) FILTER (WHERE total_tokens = 0) AS zero, count(*) FILTER (WHERE total_tokens < 0) AS below_zero,
        avg(total_tokens) AS mean, quantile_cont(total_tokens::DOUBLE, [0.5, 0.95, 0.99]) AS quantiles"""
    )
    return dict(zip(answer.columns, answer.fetchall()[0], strict=True))


def _bins(runs: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    found = dict(runs.query("runs", BINNED).fetchall())
    places = range(min(found, default=0), max(found, default=-1) + 1)
    bounds = list(pairwise((*EDGES, INT64_MAX)))
    rows = [(*bounds[place], found.get(place, 0)) for place in places]
    return pd.DataFrame(rows, columns=[LOW, HIGH, RUNS], dtype="int64")
