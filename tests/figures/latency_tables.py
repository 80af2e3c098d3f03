"""Tables of the latency page as its metrics hand them over, written out by hand."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pandas as pd

from analytics_dash.metrics.columns import (
    BIN_COLUMNS,
    COMMON_VALUE_COLUMNS,
    HEATMAP_COLUMNS,
    LATENCY_S,
    LATENCY_VALUE_COLUMNS,
    SHARE,
    THRESHOLD_COLUMNS,
    TOKEN_CELL_COLUMNS,
    TOKEN_MEDIAN_COLUMNS,
)
from analytics_dash.metrics.common_values import CommonValues
from analytics_dash.metrics.distribution import Distribution
from analytics_dash.metrics.heatmap import Heatmap
from analytics_dash.metrics.latency_bins import Bins
from analytics_dash.metrics.latency_by_dimension import LatencyValues
from analytics_dash.metrics.latency_tokens import LatencyTokens
from analytics_dash.runs.dimension import DIMENSIONS
from tests.figures.tables import HOUR, NAN, NOON, table

EVIL = "<b>evil</b> & co, a very long name indeed"


def heatmap(cells: list[tuple[int, float, float, int]], *, runs: int = 10, partial: tuple[int, ...] = ()) -> Heatmap:
    """Two hours; cells as (hour, low, high, runs) between the bounds -inf, 1, 2 and inf."""
    timed = [sum(cell[3] for cell in cells if cell[0] == hour) for hour in range(2)]
    times = table({"runs": [runs, 0], "latency_runs": timed}, partial=partial)
    rows = [(NOON + hour * HOUR, NOON + (hour + 1) * HOUR, *rest) for hour, *rest in cells]
    return Heatmap(pd.DataFrame(rows, columns=list(HEATMAP_COLUMNS)), times, Bins((-math.inf, 1.0, 2.0, math.inf)))


def spread(bins: list[tuple[float, float, int]], *, runs: int = 10) -> Distribution:
    """Bins as (low, high, runs); the curve is straight from 1 s to 4 s."""
    timed = sum(count for _, _, count in bins)
    curve = {LATENCY_S: [1.0, 2.5, 4.0] if timed else [], SHARE: [0.0, 0.5, 1.0] if timed else []}
    p50_s, p95_s = (2.5, 3.85) if timed else (None, None)
    return Distribution(
        runs, timed, pd.DataFrame(bins, columns=list(BIN_COLUMNS)), pd.DataFrame(curve), p50_s, p95_s, None,
        few=0 < timed < 20,
    )  # fmt: skip


def values(rows: list[dict[str, Any]], *, dimension: str = "model", of: int | None = None) -> LatencyValues:
    """Rows with what a test says; else fifty runs, all timed, p50 1 s, p95 3 s, slowest 9 s."""
    usual = {"runs": 50, "latency_runs": 50, "p50_s": 1.0, "p95_s": 3.0, "p99_s": NAN, "max_s": 9.0, "few": False}
    filled = [{**usual, "title": row.get("value"), **row} for row in rows]
    return LatencyValues(
        DIMENSIONS[dimension], pd.DataFrame(filled, columns=list(LATENCY_VALUE_COLUMNS)), of or len(rows)
    )


def pairs(correlation: float | None = 0.7, *, empty: bool = False) -> LatencyTokens:
    """Two cells: 20 runs of 100 to 160 tokens and 1 to 2 s, 1 run without tokens and open seconds."""
    cells = [] if empty else [(-math.inf, 1.0, 2.0, math.inf, 1), (100.0, 160.0, 1.0, 2.0, 20)]
    medians = [] if empty else [(-math.inf, 1.0, 1, 5.0, True), (100.0, 160.0, 20, math.sqrt(2.0), False)]
    tokens = Bins() if empty else Bins((-math.inf, 1.0, 100.0, 160.0))
    return LatencyTokens(
        pd.DataFrame(cells, columns=list(TOKEN_CELL_COLUMNS)),
        pd.DataFrame(medians, columns=list(TOKEN_MEDIAN_COLUMNS)),
        tokens, Bins() if empty else Bins((1.0, 2.0, math.inf)), correlation, 0 if empty else 21, 4,
    )  # fmt: skip


def within(shares: list[float], *, runs: int = 100, step: timedelta = HOUR) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        "runs": [runs] * len(shares),
        "latency_runs": [0 if share != share else 100 for share in shares],
        "within": [0 if share != share else round(share * 100) for share in shares],
        "rate": shares,
        "low": [share - 0.01 for share in shares],
        "high": [share + 0.01 for share in shares],
    }
    return table(columns, step=step)[list(THRESHOLD_COLUMNS)]


def common(rows: list[dict[str, Any]], *, selected: int = 100, rest: int = 900, of: int | None = None) -> CommonValues:
    """Rows with what a test says; else 50 of 100 selected runs against 90 of 900 others."""
    usual = {
        "dimension": "model", "selected": 50, "rest": 90, "selected_share": 0.5, "rest_share": 0.1, "difference": 0.4,
        "lift": 5.0, "adjusted_p": 1e-9,
    }  # fmt: skip
    filled = [{**usual, "title": row.get("value"), **row} for row in rows]
    return CommonValues(pd.DataFrame(filled, columns=list(COMMON_VALUE_COLUMNS)), of or len(rows), 400, selected, rest)
