"""Failure rates by a dimension's values: counts, intervals, a mark beyond chance, and “other” for what is left out."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.chance import adjusted
from analytics_dash.metrics.columns import ADJUSTED_P, DIFFERS, FAILURE_VALUE_COLUMNS, HIGH, LOW, PART, RATE
from analytics_dash.metrics.failures_by_dimension import FailureValues, failures_by_dimension
from analytics_dash.metrics.failures_chance import FALSE_MARKS, fisher
from analytics_dash.metrics.latency_by_dimension import latency_by_dimension
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from tests.metrics.reference import fate, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
USER, MODEL = DIMENSIONS["user"], DIMENSIONS["model"]


def runs_of(value: str | None, *, failed: int, succeeded: int, **more: Any) -> list[dict[str, Any]]:
    states = ["FAILED"] * failed + ["COMPLETED"] * succeeded
    hours = [NOON + timedelta(hours=place) for place in range(len(states))]  # each run an errand of its own
    return [{"date": hour, "state": state, "user_id": value, **more} for hour, state in zip(hours, states, strict=True)]


def counts(found: FailureValues) -> dict[str, tuple[int, int]]:
    return {row["title"]: (row["failed"], row["succeeded"]) for row in found.frame.to_dict("records")}


def exact(failed: int, of: int, all_failed: int, all_of: int) -> float:
    """Fisher's test in whole numbers: all tables that are at most as likely."""
    possible = range(max(0, all_failed - all_of + of), min(of, all_failed) + 1)
    ways = {k: comb(of, k) * comb(all_of - of, all_failed - k) for k in possible}
    return float(Fraction(sum(way for way in ways.values() if way <= ways[failed]), comb(all_of, all_failed)))


def test_it_agrees_with_counting_run_by_run() -> None:
    runs = random_runs(NOON, NOON.replace(hour=20), count=500, seed=3)
    found = failures_by_dimension(relation(runs), USER)
    for row in found.frame.to_dict("records"):
        fates = [fate(run) for run in runs if (run["user_id"] or "(no user)") == row[VALUE]]
        assert (row["failed"], row["succeeded"]) == (fates.count("failed"), fates.count("succeeded"))
        assert row[LOW] <= row[RATE] <= row[HIGH]
    assert found.of == len(found.frame) == 5
    assert (found.failed, found.succeeded) == tuple(found.frame[["failed", "succeeded"]].sum())


def test_what_is_left_out_adds_up_in_other() -> None:
    runs = [run for number in range(6) for run in runs_of(f"u{number}", failed=6 - number, succeeded=1)]
    found = failures_by_dimension(relation(runs), USER, limit=2)
    assert counts(found) == {"u0": (6, 1), "u1": (5, 1), "other": (10, 4)}
    assert (found.of, found.frame[PART].to_list()) == (6, ["value", "value", "other"])
    assert np.isnan(found.frame[ADJUSTED_P].iloc[-1])


def test_a_run_of_several_models_counts_under_each_and_once_in_other() -> None:
    models = [{"model_id": name} for name in ("a", "b", "c")]
    runs = runs_of("ann", failed=2, succeeded=1, usage=models) + runs_of("ann", failed=1, succeeded=0)
    assert counts(failures_by_dimension(relation(runs), MODEL)) == {
        "a": (2, 1), "b": (2, 1), "c": (2, 1), "(no model)": (1, 0),
    }  # fmt: skip
    assert counts(failures_by_dimension(relation(runs), MODEL, limit=1)) == {"a": (2, 1), "other": (3, 1)}


def test_only_a_value_beyond_chance_is_marked() -> None:
    runs = runs_of("bad", failed=30, succeeded=70)
    runs += runs_of("good", failed=0, succeeded=400) + runs_of("usual", failed=50, succeeded=950)
    marks = failures_by_dimension(relation(runs), USER).frame.set_index(VALUE)[DIFFERS].to_dict()
    assert marks == {"bad": "higher", "good": "lower", "usual": ""}
    few = runs_of("ann", failed=1, succeeded=0) + runs_of("bob", failed=0, succeeded=3)
    assert set(failures_by_dimension(relation(few), USER).frame[DIFFERS]) == {""}


def test_who_tries_again_and_fails_again_is_not_marked_for_it() -> None:
    minutes = [NOON + timedelta(minutes=place) for place in range(25)]
    batch = [{"date": minute, "state": "FAILED", "user_id": "ann"} for minute in minutes]
    runs = runs_of("ann", failed=0, succeeded=100) + runs_of("bob", failed=10, succeeded=990)
    frame = failures_by_dimension(relation(runs + batch), USER).frame
    assert frame[["failed", "succeeded"]].to_numpy().tolist() == [[25, 100], [10, 990]]
    assert set(frame[DIFFERS]) == {""}


def test_values_of_the_same_rate_are_seldom_marked_however_many_there_are() -> None:
    chance = random.Random(7)  # noqa: S311  test data
    states = ["FAILED", *["COMPLETED"] * 9]
    users = [f"u{chance.randrange(150)}" for _ in range(4000)]
    runs = [{"date": NOON, "user_id": user, "state": chance.choice(states)} for user in users]
    found = failures_by_dimension(relation(runs), USER, limit=150)
    assert (found.of, (found.frame[DIFFERS] != "").sum()) == (150, 0)


def test_a_single_value_has_no_rest_to_differ_from() -> None:
    frame = failures_by_dimension(relation(runs_of("ann", failed=5, succeeded=1)), USER).frame
    assert frame[ADJUSTED_P].isna().all()
    assert frame[DIFFERS].to_list() == [""]


@pytest.mark.parametrize("name", DIMENSIONS)
def test_no_decided_runs_are_an_empty_table_for_every_dimension(name: str) -> None:
    found = failures_by_dimension(relation([{"date": NOON, "state": "PENDING"}]), DIMENSIONS[name])
    assert (tuple(found.frame.columns), len(found.frame)) == (FAILURE_VALUE_COLUMNS, 0)
    assert (found.of, found.failed, found.succeeded) == (0, 0, 0)


def test_strangers_texts_are_values_and_nothing_else() -> None:
    odd = "x' OR 1=1; DROP TABLE runs --\n<b>"
    runs = runs_of(odd, failed=1, succeeded=1) + runs_of("", failed=2, succeeded=0)
    assert counts(failures_by_dimension(relation(runs), USER)) == {odd: (1, 1), "(no user)": (2, 0)}


@settings(max_examples=30, deadline=None)  # a slow machine is not a fault
@given(table=st.tuples(*[st.integers(0, 40)] * 4))
def test_fishers_test_agrees_with_whole_numbers(table: tuple[int, int, int, int]) -> None:
    failed, fine, other_failed, _ = table
    of, all_of, all_failed = failed + fine, sum(table), failed + other_failed
    found = fisher([failed], [of], all_failed=all_failed, all_of=all_of)[0]
    wanted = exact(failed, of, all_failed, all_of) if 0 < of < all_of else float("nan")
    assert found == pytest.approx(wanted, rel=1e-6, nan_ok=True)


def test_fishers_test_bears_a_million_runs() -> None:
    same, apart = fisher([5_000, 6_000], [100_000, 100_000], all_failed=50_000, all_of=1_000_000)
    assert same == pytest.approx(1, abs=0.01)
    assert 0 <= apart < 1e-40


def test_the_correction_is_benjamini_and_hochbergs() -> None:
    nan = float("nan")
    assert adjusted([0.01, 0.04, nan, 0.03, 0.005]) == pytest.approx([0.02, 0.04, nan, 0.04, 0.02], nan_ok=True)
    assert adjusted([]).size == 0
    assert FALSE_MARKS == 0.05


def test_a_user_who_is_called_no_user_counts_with_those_without_one() -> None:
    runs = [{"date": NOON, "state": "FAILED", "latency": 1.0, "user_id": user} for user in ("(no user)", None, "")]
    assert failures_by_dimension(relation(runs), DIMENSIONS["user"]).frame[VALUE].to_list() == ["(no user)"]
    assert latency_by_dimension(relation(runs), DIMENSIONS["user"]).frame[VALUE].to_list() == ["(no user)"]
