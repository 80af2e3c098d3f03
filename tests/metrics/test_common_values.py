"""What selected runs have in common: the planted cause comes first, chance is not mistaken for a cause."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from duckdb import ColumnExpression, ConstantExpression, Expression
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.chance import adjusted
from analytics_dash.metrics.columns import (
    ADJUSTED_P,
    COMMON_VALUE_COLUMNS,
    DIFFERENCE,
    DIMENSION,
    LIFT,
    REST,
    REST_SHARE,
    SELECTED,
    SELECTED_SHARE,
    TITLE,
)
from analytics_dash.metrics.common_values import (
    LABELS,
    LEAST_DIFFERENCE,
    SURE_BELOW,
    common_values,
    common_values_where,
    split,
)
from analytics_dash.metrics.common_values_chance import more_frequent_by_chance
from analytics_dash.metrics.common_values_counts import LEAST_RUNS
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from tests.metrics.table import relation

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOSTILE = "o'hara\"; DROP TABLE runs; -- {0} %s <b>"


def random_runs(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Runs whose latency has nothing to do with anything else; over four whole weeks."""
    chance = random.Random(seed)  # noqa: S311  test data
    return [
        {
            "run_id": str(number),
            "date": MONDAY + timedelta(minutes=chance.randrange(28 * 24 * 60)),
            "state": chance.choice(["COMPLETED", "COMPLETED", "FAILED"]),
            "latency": chance.random(),
            "total_tokens": chance.choice([None, chance.randrange(10_000)]),
            "user_id": chance.choice([None, HOSTILE, *(f"u{n}" for n in range(80))]),
            "run_type": chance.choice(["api", "form", None]),
            "conversation_id": f"c{chance.randrange(count // 6)}",
            "parent_project_id": chance.choice([None, "p1", "p2"]),
            "ran_by_display_name": chance.choice(["Ann", "Bob"]),
            "usage": [{"model_id": chance.choice(["a", "b", "c", "d"])}],
        }
        for number in range(count)
    ]


def slower_than(latency_s: float) -> Expression:
    return ColumnExpression("latency") > ConstantExpression(latency_s)


def planted() -> list[dict[str, Any]]:
    """A tenth of the runs use model "e", most of those are slow; so are a few of the others."""
    runs = random_runs(1500, seed=1)
    for number, run in enumerate(runs):
        if number % 10 == 0:
            run["usage"] = [{"model_id": HOSTILE}]
            run["latency"] += 0.9 if number % 30 else 0
    return runs


def test_a_planted_cause_comes_first_with_its_counts() -> None:
    runs = planted()
    found = common_values_where(relation(runs), slower_than(0.95), zone="UTC")
    first = found.frame.iloc[0]
    slow = [run for run in runs if run["latency"] > 0.95]
    marked = [run for run in runs if run["usage"][0]["model_id"] == HOSTILE]
    both = [run for run in slow if run in marked]
    assert (first[DIMENSION], first[VALUE], first[TITLE]) == ("model", HOSTILE, HOSTILE)
    assert (found.selected, found.rest) == (len(slow), len(runs) - len(slow))
    assert (first[SELECTED], first[REST]) == (len(both), len(marked) - len(both))
    share, rest = len(both) / len(slow), (len(marked) - len(both)) / (len(runs) - len(slow))
    assert [first[SELECTED_SHARE], first[REST_SHARE], first[DIFFERENCE], first[LIFT]] == pytest.approx(
        [share, rest, share - rest, share / rest]
    )


def test_two_parts_of_a_relation_say_the_same_as_a_condition() -> None:
    whole = relation(planted())
    one = common_values_where(whole, slower_than(0.95), zone="UTC")
    other = common_values(*split(whole, slower_than(0.95)), zone="UTC")
    assert one.frame.equals(other.frame)
    assert (one.tests, one.selected, one.rest) == (other.tests, other.selected, other.rest)


def test_random_selections_have_hardly_ever_anything_in_common() -> None:
    whole = relation(random_runs(1500, seed=8))
    windows = [(low / 40, low / 40 + share) for low in range(0, 36, 5) for share in (0.03, 0.1)]
    findings = [
        len(common_values_where(whole, slower_than(low) & ~slower_than(high), zone="UTC").frame)
        for low, high in windows
    ]
    assert sum(number > 0 for number in findings) <= 2  # 5 % of 16 selections are 0.8


def test_what_a_selection_is_made_by_can_be_left_out() -> None:
    failed = ColumnExpression("state") == ConstantExpression("FAILED")
    whole = relation(planted())
    assert set(common_values_where(whole, failed, zone="UTC").frame[DIMENSION]) == {"state", "outcome"}
    assert common_values_where(whole, failed, zone="UTC", leave_out=("state", "outcome")).frame.empty


def test_hours_and_weekdays_are_those_of_the_zone() -> None:
    runs = random_runs(1200, seed=2)
    for run in runs:  # Tuesday 20:45 in UTC is Wednesday 02:15 in Kolkata
        run["latency"] = 0.5
    runs += [{**run, "date": MONDAY + timedelta(days=1, hours=20, minutes=45), "latency": 2.0} for run in runs[:100]]
    frame = common_values_where(relation(runs), slower_than(1), zone="Asia/Kolkata").frame
    found = {(row[DIMENSION], row[VALUE], row[TITLE]) for row in frame.to_dict("records")}
    assert found >= {("hour", "2", "02:00 to 03:00"), ("weekday", "2", "Wednesday")}


def test_tokens_are_compared_by_quarters() -> None:
    runs: list[dict[str, Any]] = [
        {"date": MONDAY, "total_tokens": number, "latency": number / 1000} for number in range(1, 1001)
    ]
    frame = common_values_where(relation(runs), slower_than(0.9), zone="UTC").frame
    assert frame[[DIMENSION, VALUE, TITLE]].to_numpy().tolist() == [["tokens", "4", "751 to 1,000"]]
    assert frame[LIFT].iloc[0] == pytest.approx(1 / (150 / 900))


def test_a_value_that_the_rest_never_shows_is_infinitely_more_frequent() -> None:
    runs = [{"date": MONDAY, "user_id": "u", "latency": 2.0}] * 30 + [{"date": MONDAY, "latency": 1.0}] * 30
    frame = common_values_where(relation(runs), slower_than(1.5), zone="UTC").frame
    assert frame[[DIMENSION, VALUE, LIFT]].to_numpy().tolist() == [["user", "u", np.inf]]


def test_a_run_for_which_the_condition_is_unknown_is_among_the_rest() -> None:
    chosen, others = split(relation([{"latency": 2.0}, {"latency": 1.0}, {"latency": None}]), slower_than(1.5))
    assert (len(chosen), len(others)) == (1, 2)


@pytest.mark.parametrize("latencies", [[], [None], [1.0] * 20, [3.0] * 20, [3.0, 1.0]])
def test_without_a_selection_or_without_a_rest_there_is_nothing_to_find(latencies: list[float | None]) -> None:
    runs = [{"date": MONDAY, "latency": value} for value in latencies]
    found = common_values_where(relation(runs), slower_than(2), zone="UTC")
    assert (tuple(found.frame.columns), len(found.frame), found.of) == (COMMON_VALUE_COLUMNS, 0, 0)
    assert found.selected + found.rest == len(runs)


def test_only_sure_and_sizeable_differences_are_listed_the_greatest_first() -> None:
    found = common_values_where(relation(planted()), slower_than(0.95), zone="UTC", limit=1)
    everything = common_values_where(relation(planted()), slower_than(0.95), zone="UTC", limit=99).frame
    assert (len(found.frame), found.of) == (1, len(everything))
    assert everything[DIFFERENCE].is_monotonic_decreasing
    assert everything[DIFFERENCE].min() >= LEAST_DIFFERENCE
    assert everything[ADJUSTED_P].max() <= SURE_BELOW
    assert everything[SELECTED].min() >= LEAST_RUNS


def test_every_dimension_has_a_label() -> None:
    assert set(LABELS) == {*DIMENSIONS, "tokens", "hour", "weekday"}


@settings(deadline=None, max_examples=30)
@given(hits=st.integers(0, 40), rest_hits=st.integers(0, 60), others=st.integers(1, 40), rest_others=st.integers(1, 60))
def test_chance_is_the_hypergeometric_tail(hits: int, rest_hits: int, others: int, rest_others: int) -> None:
    selected, rest, marked = hits + others, rest_hits + rest_others, hits + rest_hits
    ways = sum(
        comb(marked, k) * comb(selected + rest - marked, selected - k) for k in range(hits, min(marked, selected) + 1)
    )
    exact = Fraction(ways, comb(selected + rest, selected)) if hits * rest > rest_hits * selected else Fraction(1)
    chance = more_frequent_by_chance([hits], [rest_hits], selected=selected, rest=rest)
    assert chance[0] == pytest.approx(float(exact), rel=1e-9)


def test_chance_stays_exact_over_a_million_runs() -> None:
    found = more_frequent_by_chance([5, 30_000], [0, 240_000], selected=100_000, rest=900_000)
    assert found[0] == pytest.approx(float(np.prod([(100_000 - n) / (1_000_000 - n) for n in range(5)])), rel=1e-6)
    assert found[1] < 1e-100


@settings(deadline=None, max_examples=30)
@given(chances=st.lists(st.floats(0, 1), min_size=1, max_size=20), more=st.integers(0, 30))
def test_the_adjustment_finds_what_benjamini_and_hochbergs_procedure_finds(chances: list[float], more: int) -> None:
    tests = len(chances) + more
    ranked = sorted(chances)
    accepted = max((k for k, p in enumerate(ranked, start=1) if p <= k / tests * 0.05), default=0)
    found = adjusted(chances, tests=tests)
    assert sum(value <= 0.05 + 1e-12 for value in found) >= accepted
    assert sum(value <= 0.05 - 1e-12 for value in found) <= accepted
    assert all(value >= chance - 1e-12 for value, chance in zip(found, chances, strict=True))
