"""The questions about common values: each asks about the runs it says it does, and about no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.metrics.columns import DIMENSION, REST, SELECTED
from analytics_dash.metrics.common_values_asked import common_to_failed, common_to_part, common_to_slow
from analytics_dash.runs.dimension import VALUE
from tests.metrics.table import relation

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def runs() -> list[dict[str, Any]]:
    """400 runs: every fourth on model "big" is slow, all of type "form" fail, some never ended."""
    return [
        {
            "run_id": str(number),
            "date": MONDAY + timedelta(minutes=number),
            "state": "PENDING" if number % 50 == 1 else "FAILED" if number % 5 == 0 else "COMPLETED",
            "latency": None if number % 50 == 1 else 30.0 + number if number % 4 == 0 else 1.0,
            "run_type": "form" if number % 5 == 0 else "api",
            "usage": [{"model_id": "big" if number % 4 == 0 else "small"}],
        }
        for number in range(400)
    ]


def found_in(frame: Any) -> dict[tuple[str, str], tuple[int, int]]:
    return {(r[DIMENSION], r[VALUE]): (r[SELECTED], r[REST]) for r in frame.to_dict("records")}


def test_slow_runs_are_compared_with_the_other_timed_ones() -> None:
    found = common_to_slow(relation(runs()), from_s=30, zone="UTC")
    slow = [r for r in runs() if r["latency"] is not None and r["latency"] >= 30]
    timed = [r for r in runs() if r["latency"] is not None]
    assert (found.selected, found.rest) == (len(slow), len(timed) - len(slow))
    assert found_in(found.frame)["model", "big"] == (len(slow), 0)


def test_slow_runs_that_failed_can_be_left_out() -> None:
    found = common_to_slow(relation(runs()), from_s=30, zone="UTC", failed_in_latency=False)
    kept = [r for r in runs() if r["state"] == "COMPLETED"]
    assert (found.selected, found.rest) == (
        sum(r["latency"] >= 30 for r in kept),
        sum(r["latency"] < 30 for r in kept),
    )


def test_failed_runs_are_compared_with_those_that_succeeded_and_not_by_their_state() -> None:
    found = common_to_failed(relation(runs()), zone="UTC")
    states = [r["state"] for r in runs()]
    assert (found.selected, found.rest) == (states.count("FAILED"), states.count("COMPLETED"))
    assert found_in(found.frame)["run_type", "form"] == (states.count("FAILED"), 0)
    assert not {"state", "outcome"} & set(found.frame[DIMENSION])


def test_a_part_is_compared_with_the_rest_of_the_whole_without_what_it_is_made_by() -> None:
    whole = relation(runs())
    part = whole.filter(ColumnExpression("run_type") == ConstantExpression("form"))
    found = common_to_part(part, whole, zone="UTC", leave_out=("run_type",))
    failed = sum(r["state"] == "FAILED" for r in runs())
    assert (found.selected, found.rest) == (80, 320)
    assert found_in(found.frame)["state", "FAILED"] == (failed, 0)
    assert "run_type" not in set(found.frame[DIMENSION])


def test_a_part_that_is_the_whole_or_nothing_has_nothing_to_be_compared_with() -> None:
    whole = relation(runs())
    assert common_to_part(whole, whole, zone="UTC").rest == 0
    nothing = common_to_part(whole.filter("false"), whole, zone="UTC")
    assert (nothing.selected, nothing.rest, len(nothing.frame)) == (0, 400, 0)
