"""Tables as the metrics hand them over, written out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.metrics.columns import END, PARTIAL, START

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAN = float("nan")


def table(
    columns: Mapping[str, Sequence[Any]],
    *,
    start: datetime = NOON,
    step: timedelta = HOUR,
    partial: Sequence[int] = (),
) -> pd.DataFrame:
    """Buckets of one length from `start`, those numbered in `partial` flagged, with these columns beside them."""
    rows = len(next(iter(columns.values())))
    instant = pd.DatetimeTZDtype("us", "UTC")
    bounds = {
        START: pd.Series([start + step * row for row in range(rows)], dtype=instant),
        END: pd.Series([start + step * (row + 1) for row in range(rows)], dtype=instant),
        PARTIAL: pd.Series([row in partial for row in range(rows)], dtype=bool),
    }
    return pd.DataFrame({**bounds, **columns})


def latency(
    p50: Sequence[float],
    *,
    p99: Sequence[float] | None = None,
    runs: Sequence[int] | None = None,
    few: Sequence[int] = (),
    **more: Any,
) -> pd.DataFrame:
    """A latency table with p95 at twice the p50."""
    counts = list(runs if runs is not None else [0 if value != value else 50 for value in p50])
    columns: dict[str, Any] = {
        "runs": counts,
        "latency_runs": [0 if value != value else count for value, count in zip(p50, counts, strict=True)],
        "p50_s": p50,
        "p95_s": [2 * value for value in p50],
        "p99_s": p99 or [NAN] * len(p50),
        "few": pd.Series([row in few for row in range(len(p50))], dtype=bool),
    }
    return table(columns, **more)


def tokens(values: Sequence[int], *, runs: Sequence[int] | None = None, **more: Any) -> pd.DataFrame:
    return table({"runs": runs or [int(value > 0) for value in values], "tokens": values}, **more)


def failures(
    failed: Sequence[int], succeeded: Sequence[int], *, cancelled: Sequence[int] | None = None, **more: Any
) -> pd.DataFrame:
    """A failures table with an interval of half to twice the rate."""
    rates = [f / (f + s) if f + s else NAN for f, s in zip(failed, succeeded, strict=True)]
    columns = {
        "failed": failed,
        "succeeded": succeeded,
        "cancelled": cancelled or [0] * len(failed),
        "unfinished": [0] * len(failed),
        "unknown": [0] * len(failed),
        "rate": rates,
        "low": [rate / 2 for rate in rates],
        "high": [min(1.0, rate * 2) for rate in rates],
    }
    return table(columns, **more)


def heights(drawn: go.Figure, bars: go.Bar) -> tuple[float, ...]:
    """How high the bars are, bucket by bucket; where none is drawn, 0."""
    held = dict(zip(bars.x, bars.y, strict=True))
    buckets = drawn.data[-1].x
    assert set(held) <= set(buckets)
    return tuple(held.get(bucket, 0) for bucket in buckets)


def layers(drawn: go.Figure) -> list[go.Scatter]:
    """The layers of the figure's stacks, from the lowest."""
    return [trace for trace in drawn.data if trace.type == "scatter" and trace.stackgroup]


def tops(layer: go.Scatter) -> list[float]:
    """How high a layer is by itself, bucket by bucket; each has four corners."""
    return [max(layer.y[first : first + 4]) for first in range(0, len(layer.y), 4)]
