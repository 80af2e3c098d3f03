"""Owns how one run's latency stands among those of comparable runs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.metrics.percentiles import is_few, timed


@dataclass(frozen=True)
class Standing:
    """Of the other `runs` that have finished with a latency, how many were faster and how many just as fast."""

    runs: int
    faster: int
    same: int

    @property
    def slower_than(self) -> float | None:
        """The share of them, of 1, that the run was slower than; None where there are none."""
        return self.faster / self.runs if self.runs else None

    @property
    def is_few(self) -> bool:
        """Whether they are too few to say much."""
        return is_few(self.runs)


def standing(runs: duckdb.DuckDBPyRelation, *, run_id: str, latency_s: float) -> Standing:
    """Where a run with this latency stands among the runs; it is not counted itself, if it is among them."""
    others = runs.filter(timed(failed_in_latency=True)).filter(ColumnExpression("run_id") != ConstantExpression(run_id))
    latency, own = ColumnExpression("latency"), ConstantExpression(latency_s)
    told = others.project((latency < own).alias("is_faster"), (latency == own).alias("is_same"))
    counted = "count(*), count(*) FILTER (WHERE is_faster), count(*) FILTER (WHERE is_same)"
    return Standing(*told.aggregate(counted).fetchall()[0])
