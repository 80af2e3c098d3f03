"""Latency by a dimension's values: exact for each, the slowest first, values over few runs last."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from analytics_dash.metrics.columns import (
    FEW,
    LATENCY_RUNS,
    LATENCY_VALUE_COLUMNS,
    MAX_S,
    P50,
    P95,
    P99,
    RUNS,
    TITLE,
)
from analytics_dash.metrics.latency_by_dimension import SORTS, latency_by_dimension
from analytics_dash.metrics.percentiles import FEW_RUNS, P99_RUNS
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.table import relation
from tests.metrics.test_heatmap import NOON

HOSTILE = "o'hara\"; DROP TABLE runs; -- {0} %s <b>"


def varied_runs(count: int) -> list[dict[str, Any]]:
    chance = random.Random(5)  # noqa: S311  test data
    runs = random_runs(NOON, NOON + timedelta(days=1), count=count, seed=5)
    for run in runs:
        run["run_type"] = chance.choice([None, "", "api", "api", HOSTILE])
        run["usage"] = chance.choice([None, [], [{"model_id": "a"}], [{"model_id": "a"}, {"model_id": HOSTILE}]])
    return runs


def values_of(run: dict[str, Any], name: str) -> list[str]:
    if name == "model":
        return [usage["model_id"] for usage in run["usage"] or []] or ["(no model)"]
    if name == "outcome":
        return [fate(run)]
    return [run[{"run_type": "run_type", "user": "user_id"}[name]] or DIMENSIONS[name].none_label]


RUNS_GIVEN = varied_runs(900)


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize("name", ["model", "run_type", "user", "outcome"])
def test_each_value_agrees_with_numpy_over_its_runs(name: str, failed: bool) -> None:
    found = latency_by_dimension(relation(RUNS_GIVEN), DIMENSIONS[name], limit=100, failed_in_latency=failed)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for run in RUNS_GIVEN:
        for value in values_of(run, name):
            groups[value].append(run)
    assert found.of == len(groups)
    assert set(found.frame[VALUE]) == set(groups)
    for row in found.frame.to_dict("records"):
        timed = latencies(groups[row[VALUE]], failed=failed)
        quantiles = np.percentile(timed, [50, 95, 99]) if timed else np.full(3, np.nan)
        quantiles[2] = quantiles[2] if len(timed) >= P99_RUNS else np.nan
        assert (row[RUNS], row[LATENCY_RUNS]) == (len(groups[row[VALUE]]), len(timed))
        assert [row[P50], row[P95], row[P99]] == pytest.approx(quantiles, nan_ok=True)
        assert row[MAX_S] == pytest.approx(max(timed, default=np.nan), nan_ok=True)
        assert row[FEW] == (0 < len(timed) < FEW_RUNS)


def timed_runs(user: str | None, latency: float | None, count: int) -> list[dict[str, Any]]:
    return [{"date": NOON, "state": "COMPLETED", "user_id": user, "latency": latency}] * count


SLOW_AND_FEW = [
    *timed_runs("steady", 3.0, FEW_RUNS),
    *timed_runs("once", 99.0, 1),
    *timed_runs(None, 5.0, FEW_RUNS + 1),
    *timed_runs("never", None, 50),
]


def test_values_over_few_runs_come_after_the_others_and_those_without_a_latency_last() -> None:
    found = latency_by_dimension(relation(SLOW_AND_FEW), DIMENSIONS["user"])
    assert list(found.frame[VALUE]) == ["(no user)", "steady", "once", "never"]
    assert list(found.frame[FEW]) == [False, False, True, False]


@pytest.mark.parametrize(("sort", "first"), [(RUNS, "never"), (LATENCY_RUNS, "(no user)"), (MAX_S, "(no user)")])
def test_it_is_sorted_as_asked_and_limited_with_the_number_of_all(sort: str, first: str) -> None:
    found = latency_by_dimension(relation(SLOW_AND_FEW), DIMENSIONS["user"], sort=sort, limit=2)
    assert found.frame[VALUE].iloc[0] == first
    assert (len(found.frame), found.of) == (2, 4)


def test_a_sort_that_is_no_column_is_refused() -> None:
    assert "runs; DROP TABLE stored" not in SORTS
    with pytest.raises(ValueError, match="sorted by one of"):
        latency_by_dimension(relation([]), DIMENSIONS["user"], sort="runs; DROP TABLE stored")


def test_a_parent_has_its_name_for_people_and_its_id_for_links() -> None:
    runs: list[dict[str, Any]] = [
        {"date": NOON, "parent_project_id": "p1", "parent_project_name": "Nightly"},
        {"date": NOON},
    ]
    frame = latency_by_dimension(relation(runs), DIMENSIONS["parent"]).frame
    assert sorted(zip(frame[VALUE], frame[TITLE], strict=True)) == [("(no parent)", "(no parent)"), ("p1", "Nightly")]


def test_no_runs_give_no_rows_and_every_column() -> None:
    found = latency_by_dimension(relation([]), DIMENSIONS["model"])
    assert (tuple(found.frame.columns), len(found.frame), found.of) == (LATENCY_VALUE_COLUMNS, 0, 0)
