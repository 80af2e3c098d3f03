"""Dimensions: a run's values as rows, and the runs of a value, by one definition."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.runs.stored import STORED_TYPES
from analytics_dash.runs.view import PARAMETERS
from tests.metrics.table import relation

HOSTILE = "o'hara\"; DROP TABLE runs; -- %_\\ <b>"
SIMPLE = [d for d in DIMENSIONS.values() if not d.multiple and d.name != "outcome"]


def models(*names: str | None) -> dict[str, Any]:
    return {"usage": [{"model_id": name} for name in names]}


MODELLED: list[dict[str, Any]] = [models("b", "a", "a"), models("a"), models(), {}, models(None), models("", HOSTILE)]


def counted(dimension: Dimension, runs: list[dict[str, Any]]) -> Counter[str]:
    rows = relation(runs).query("runs", dimension.rows("run_key")).fetchall()
    assert len(set(rows)) == len(rows)
    return Counter(dimension.named(value) for value, _ in rows)


@pytest.mark.parametrize("dimension", SIMPLE, ids=lambda d: d.name)
def test_a_run_has_one_value_and_none_is_null_or_empty(dimension: Dimension) -> None:
    runs = [{dimension.column: value} for value in ("x", "x", HOSTILE, None, "")]
    assert counted(dimension, runs) == {"x": 2, HOSTILE: 1, dimension.none_label: 2}


def test_a_run_counts_once_under_each_of_its_models() -> None:
    assert counted(DIMENSIONS["model"], MODELLED) == {"a": 2, "b": 1, HOSTILE: 1, "(no model)": 4}


@pytest.mark.parametrize("dimension", SIMPLE, ids=lambda d: d.name)
def test_the_runs_of_a_value_are_those_counted_under_it(dimension: Dimension) -> None:
    runs = [{dimension.column: value} for value in ("x", "y", HOSTILE, None, "")]
    for value, count in counted(dimension, runs).items():
        assert len(relation(runs).filter(dimension.matches([value]))) == count
    assert len(relation(runs).filter(dimension.matches(["x", dimension.none_label]))) == 3


def test_the_runs_of_a_model_are_those_counted_under_it() -> None:
    for value, count in counted(DIMENSIONS["model"], MODELLED).items():
        assert len(relation(MODELLED).filter(DIMENSIONS["model"].matches([value]))) == count


def test_a_condition_leaves_no_run_undecided() -> None:
    for dimension in DIMENSIONS.values():
        table, condition = relation([{}, *MODELLED]), dimension.matches(["a"])
        assert len(table.filter(condition)) + len(table.filter(~condition)) == len(MODELLED) + 1


def test_dimensions_are_columns_of_a_stored_run_and_parameters_of_a_link() -> None:
    assert {d.column for d in DIMENSIONS.values()} <= set(STORED_TYPES)
    assert set(DIMENSIONS) <= set(PARAMETERS)
    assert all(d.name == name for name, d in DIMENSIONS.items())
    assert len({d.label for d in DIMENSIONS.values()}) == len({d.none_label for d in DIMENSIONS.values()}) == 10
