"""Owns the distribution of latency: runs per log-spaced bin, the share of runs up to each latency, its percentiles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.columns import BIN_COLUMNS, HIGH_S, LATENCY_RUNS, LATENCY_S, LOW_S, RUNS, SHARE
from analytics_dash.metrics.latency_bins import SECONDS, bin_sql, fitted
from analytics_dash.metrics.percentiles import P99_RUNS, is_few, timed

MAX_BINS: Final = 50  # bars that a phone still shows as bars
SHARES: Final = np.round(np.concatenate([np.arange(0, 0.9, 0.01), np.arange(0.9, 1.0005, 0.001)]), 3)
"""The 191 shares at which the curve is known: every hundredth, and every thousandth of the slowest tenth."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """`bins`: BIN_COLUMNS without gaps; `curve`: LATENCY_S at each SHARE; None and no rows where no run is timed."""

    runs: int
    latency_runs: int
    bins: pd.DataFrame
    curve: pd.DataFrame
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    few: bool


def distribution(runs: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True) -> Distribution:
    """How the runs' latencies are spread; p99 is None below P99_RUNS."""
    condition = timed(failed_in_latency=failed_in_latency)
    row = _counted(runs, condition)
    curve = _curve(runs.filter(condition), row[LATENCY_RUNS])
    p50_s, p95_s, p99_s = _percentiles(curve)
    return Distribution(
        runs=row[RUNS],
        latency_runs=row[LATENCY_RUNS],
        bins=_bins(row["numbers"] or {}),
        curve=curve,
        p50_s=p50_s,
        p95_s=p95_s,
        p99_s=p99_s if row[LATENCY_RUNS] >= P99_RUNS else None,
        few=is_few(row[LATENCY_RUNS]),
    )


def _counted(runs: duckdb.DuckDBPyRelation, condition: str) -> dict[str, Any]:
    answer = runs.aggregate(
        f"count(*) AS {RUNS}, count(*) FILTER (WHERE {condition}) AS {LATENCY_RUNS}, "
        f"histogram({bin_sql('latency', SECONDS)}) FILTER (WHERE {condition}) AS numbers"
    )
    return dict(zip(answer.columns, answer.fetchall()[0], strict=True))


def _bins(numbers: dict[int, int]) -> pd.DataFrame:
    fit = fitted(numbers, SECONDS, at_most=MAX_BINS)
    counts: Counter[int] = Counter()
    for number, count in numbers.items():
        counts[fit.place(number)] += count
    rows = [(fit.bins.bounds[row], fit.bins.bounds[row + 1], counts[row]) for row in range(len(fit.bins))]
    return pd.DataFrame(rows, columns=list(BIN_COLUMNS)).astype({LOW_S: "float64", HIGH_S: "float64", RUNS: "int64"})


def _curve(timed_runs: duckdb.DuckDBPyRelation, count: int) -> pd.DataFrame:
    """Exact, linearly interpolated; by ranks after one sort, for so many quantiles at once cost five times as much."""
    if not count:
        return pd.DataFrame({LATENCY_S: pd.Series(dtype="float64"), SHARE: pd.Series(dtype="float64")})
    places = SHARES * (count - 1)
    ranks = np.unique(np.concatenate([np.floor(places), np.ceil(places)]).astype("int64"))
    values = timed_runs.query("runs", RANKED.format(ranks=", ".join(map(str, ranks)))).fetchnumpy()["latency"]
    return pd.DataFrame({LATENCY_S: np.interp(places, ranks, np.asarray(values, dtype=np.float64)), SHARE: SHARES})


RANKED: Final = """SELECT latency FROM (SELECT latency, row_number() OVER (ORDER BY latency) - 1 AS rank FROM runs)
WHERE rank IN ({ranks}) ORDER BY rank"""


def _percentiles(curve: pd.DataFrame) -> tuple[float | None, float | None, float | None]:
    known = dict(zip(curve[SHARE], curve[LATENCY_S], strict=True))
    return known.get(0.5), known.get(0.95), known.get(0.99)
