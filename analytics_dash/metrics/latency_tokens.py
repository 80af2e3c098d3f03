"""Owns latency against tokens: runs by bin of both, the median latency along the tokens, and their rank correlation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import (
    FEW,
    HIGH_S,
    HIGH_TOKENS,
    LOW_S,
    LOW_TOKENS,
    P50,
    RUNS,
    TOKEN_CELL_COLUMNS,
    TOKEN_MEDIAN_COLUMNS,
)
from analytics_dash.metrics.latency_bins import SECONDS, TOKENS, Bins, Fitted, bin_sql, fitted
from analytics_dash.metrics.percentiles import is_few, timed

MAX_TOKEN_BINS: Final = 40
MAX_LATENCY_BINS: Final = 30
LEAST_PAIRS: Final = 3  # two runs always lie on a line

PAIRED: Final = """
SELECT {tokens} AS token_bin, {seconds} AS latency_bin, count(*) AS runs FROM runs WHERE {condition} GROUP BY ALL"""
MEDIANS: Final = """
SELECT {tokens} AS token_bin, count(*) AS runs, median(latency) AS p50 FROM runs WHERE {condition}
GROUP BY token_bin ORDER BY token_bin"""
CORRELATED: Final = """
WITH paired AS MATERIALIZED (SELECT latency, total_tokens FROM runs WHERE {condition})
SELECT CASE WHEN count(DISTINCT x) > 1 AND count(DISTINCT y) > 1 THEN corr(x, y) END FROM (
    SELECT rank() OVER (ORDER BY latency) + (count(*) OVER (PARTITION BY latency) - 1) / 2.0 AS x,
        rank() OVER (ORDER BY total_tokens) + (count(*) OVER (PARTITION BY total_tokens) - 1) / 2.0 AS y
    FROM paired
)"""
"""Spearman's: Pearson's over ranks, ties at the mean of theirs; NULL where either is the same for all runs."""


@dataclass(frozen=True, eq=False)
class LatencyTokens:
    """`cells`: TOKEN_CELL_COLUMNS, those with runs; `medians`: TOKEN_MEDIAN_COLUMNS; `left_out` lack one of the two.

    `correlation` is Spearman's, over `paired` runs; None for fewer than LEAST_PAIRS or where one never varies.
    """

    cells: pd.DataFrame
    medians: pd.DataFrame
    token_bins: Bins
    latency_bins: Bins
    correlation: float | None
    paired: int
    left_out: int


def latency_against_tokens(runs: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True) -> LatencyTokens:
    """The runs that have both a latency and a token count; no rows where there are none."""
    condition = f"{timed(failed_in_latency=failed_in_latency)} AND total_tokens IS NOT NULL"
    rows = _paired(runs, condition)
    tokens = fitted(_totals((row[0], row[2]) for row in rows), TOKENS, at_most=MAX_TOKEN_BINS)
    seconds = fitted(_totals((row[1], row[2]) for row in rows), SECONDS, at_most=MAX_LATENCY_BINS)
    paired = sum(row[2] for row in rows)
    return LatencyTokens(
        cells=_cells(rows, tokens, seconds),
        medians=_medians(runs, condition, tokens.bins),
        token_bins=tokens.bins,
        latency_bins=seconds.bins,
        correlation=_correlation(runs, condition) if paired >= LEAST_PAIRS else None,
        paired=paired,
        left_out=int(runs.aggregate("count(*)").fetchall()[0][0]) - paired,
    )


def _paired(runs: duckdb.DuckDBPyRelation, condition: str) -> list[tuple[int, int, int]]:
    tokens, seconds = bin_sql("total_tokens", TOKENS), bin_sql("latency", SECONDS)
    return runs.query("runs", PAIRED.format(tokens=tokens, seconds=seconds, condition=condition)).fetchall()


def _totals(counted: Iterable[tuple[int, int]]) -> Counter[int]:
    totals: Counter[int] = Counter()
    for number, count in counted:
        totals[number] += count
    return totals


def _cells(rows: list[tuple[int, int, int]], tokens: Fitted, seconds: Fitted) -> pd.DataFrame:
    counts: Counter[tuple[int, int]] = Counter()
    for token_bin, latency_bin, count in rows:
        counts[tokens.place(token_bin), seconds.place(latency_bin)] += count
    wide, high = tokens.bins.bounds, seconds.bins.bounds
    cells = [(wide[x], wide[x + 1], high[y], high[y + 1], count) for (x, y), count in sorted(counts.items())]
    bounds = dict.fromkeys((LOW_TOKENS, HIGH_TOKENS, LOW_S, HIGH_S), "float64")
    return pd.DataFrame(cells, columns=list(TOKEN_CELL_COLUMNS)).astype({**bounds, RUNS: "int64"})


def _medians(runs: duckdb.DuckDBPyRelation, condition: str, tokens: Bins) -> pd.DataFrame:
    """Over the runs of each bin themselves, so the bins must be known first."""
    bin_number = bin_sql("total_tokens", tokens.bounds[1:-1])
    rows = runs.query("runs", MEDIANS.format(tokens=bin_number, condition=condition)).fetchall()
    medians = [(*tokens.bounds[place : place + 2], count, p50, is_few(count)) for place, count, p50 in rows]
    types = {LOW_TOKENS: "float64", HIGH_TOKENS: "float64", RUNS: "int64", P50: "float64", FEW: "bool"}
    return pd.DataFrame(medians, columns=list(TOKEN_MEDIAN_COLUMNS)).astype(types)


def _correlation(runs: duckdb.DuckDBPyRelation, condition: str) -> float | None:
    found: float | None = runs.query("runs", CORRELATED.format(condition=condition)).fetchall()[0][0]
    return found
