"""Owns the slow runs: which have a latency that counts, the slowest of them, and where the slowest share begins."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd
from duckdb import ColumnExpression, ConstantExpression, Expression

from analytics_dash.metrics.percentiles import timed

ROWS: Final = 20
SLOWEST_SHARE: Final = 0.05
SLOW_COLUMNS: Final = (
    "run_id", "date", "latency", "total_tokens", "outcome", "state", "run_type", "models", "user_id",
    "ran_by_display_name", "conversation_id", "parent_project_name", "error",
)  # fmt: skip
ERROR_LENGTH: Final = 300  # what a cell of a table shows at most; an error may be a megabyte


def timed_runs(runs: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True) -> duckdb.DuckDBPyRelation:
    """The runs that a latency counts for: finished, with one, the failed ones only if wanted."""
    return runs.filter(timed(failed_in_latency=failed_in_latency))


def slowest(runs: duckdb.DuckDBPyRelation, *, limit: int = ROWS, failed_in_latency: bool = True) -> pd.DataFrame:
    """SLOW_COLUMNS of the slowest timed runs, slowest first, then newest; `date` in UTC, `models` as one text."""
    held = timed_runs(runs, failed_in_latency=failed_in_latency)
    shown = {"models": "array_to_string(models, ', ')", "error": f"left(error, {ERROR_LENGTH})"}
    first = held.order("latency DESC, date DESC, run_id").limit(int(limit))
    frame = first.project(", ".join(f"{shown.get(name, name)} AS {name}" for name in SLOW_COLUMNS)).df()
    return frame.assign(date=frame["date"].dt.tz_localize("UTC"), total_tokens=frame["total_tokens"].astype("Int64"))


def slow_from_s(
    runs: duckdb.DuckDBPyRelation, *, share: float = SLOWEST_SHARE, failed_in_latency: bool = True
) -> float | None:
    """The latency in seconds from which runs belong to the slowest `share` (0 to 1); None where no run is timed."""
    if not 0 < share < 1:
        raise ValueError("a share lies between 0 and 1")
    held = timed_runs(runs, failed_in_latency=failed_in_latency)
    found: float | None = held.aggregate(f"quantile_cont(latency, {1 - float(share)!r})").fetchall()[0][0]
    return found


def at_least(latency_s: float) -> Expression:
    """The condition for runs that took this long or longer; unknown for those without a latency."""
    return ColumnExpression("latency") >= ConstantExpression(latency_s)
