"""Owns the questions what runs have in common is asked of: the slowest, the failed, a part picked out of a whole."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.metrics.common_values import CommonValues, common_values, common_values_where
from analytics_dash.metrics.dispersion import repeats
from analytics_dash.metrics.slow import at_least, timed_runs
from analytics_dash.runs.outcome import Outcome

FAILED_BY: Final = ("state", "outcome")
"""What a failure shows in by definition, so that it explains none."""


def common_to_slow(
    runs: duckdb.DuckDBPyRelation, *, from_s: float, zone: str, failed_in_latency: bool = True
) -> CommonValues:
    """The timed runs that took `from_s` seconds or longer against all other timed runs."""
    held = timed_runs(runs, failed_in_latency=failed_in_latency)
    return common_values_where(held, at_least(from_s), zone=zone)


def common_to_failed(runs: duckdb.DuckDBPyRelation, *, zone: str) -> CommonValues:
    """The failed runs against the succeeded ones: those of the failure rate, and of them first attempts alone.

    Else whoever tries again until it works, and fails each time, would be what failures have in common.
    """
    outcome, failed = ColumnExpression("outcome"), ConstantExpression(str(Outcome.FAILED))
    ended = runs.filter((outcome == failed) | (outcome == ConstantExpression(str(Outcome.SUCCEEDED))))
    first = ended.join(repeats(ended).project("run_key").set_alias("repeated"), "run_key", how="anti")
    return common_values_where(first, outcome == failed, zone=zone, leave_out=FAILED_BY)


def common_to_part(
    part: duckdb.DuckDBPyRelation, whole: duckdb.DuckDBPyRelation, *, zone: str, leave_out: Collection[str] = ()
) -> CommonValues:
    """The runs of a part against those of the whole that are not in it; `leave_out` names what the part is made by."""
    rest = whole.join(part.project("run_key").set_alias("part"), "run_key", how="anti")
    return common_values(part, rest, zone=zone, leave_out=leave_out)
