"""What failures amount to, against a count in plain Python, and one error against everything that did not fail."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics_dash.metrics.failures_summary import FailureSummary, against_the_rest, failure_summary
from tests.metrics.reference import fate, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def summed(runs: list[dict[str, Any]]) -> FailureSummary:
    return failure_summary(relation(runs))


@pytest.mark.parametrize("seed", range(3))
def test_runs_and_users_are_counted_as_by_hand(seed: int) -> None:
    runs = [{**run, "user_id": run["user_id"] and f"{run['user_id']}{place % 9}"} for place, run in enumerate(
        random_runs(NOON, NOON + timedelta(hours=9), count=60, seed=seed))]  # fmt: skip
    runs += [{**runs[0], "user_id": ""}]
    found, fates = summed(runs), Counter(fate(run) for run in runs)
    failed = [run for run in runs if fate(run) == "failed"]
    assert (found.runs, found.failed, found.succeeded) == (61, fates["failed"], fates["succeeded"])
    assert (found.cancelled, found.unfinished, found.unknown) == (
        fates["cancelled"], fates["unfinished"], fates["unknown"],
    )  # fmt: skip
    assert found.users == len({run["user_id"] for run in runs} - {None, ""})
    assert found.users_hit == len({run["user_id"] for run in failed} - {None, ""})
    assert found.failed_without_user == sum(not run["user_id"] for run in failed)


def test_the_rate_has_wilson_s_interval_and_says_when_it_rests_on_few() -> None:
    found = summed([{"date": NOON, "state": "FAILED"}] * 3 + [{"date": NOON, "state": "COMPLETED"}] * 9)
    assert (found.rate, found.few) == (0.25, True)
    assert (found.low, found.high) == pytest.approx((0.0889, 0.5323), abs=5e-5)


def test_without_a_run_that_ended_there_is_no_rate() -> None:
    for runs in ([], [{"date": NOON, "state": "PENDING"}, {"date": NOON, "state": "CANCELLED"}]):
        found = summed(runs)
        assert (found.rate, found.low, found.high, found.users_hit) == (None, None, None, 0)


def test_one_error_is_held_against_all_that_did_not_fail() -> None:
    states = ["COMPLETED", "PENDING", "FAILED", "FAILED", None, "CANCELLED"]
    runs = [{"date": NOON, "state": state, "error": f"e{place}"} for place, state in enumerate(states)]
    held = relation(runs)
    both = against_the_rest(held.filter("error = 'e2'"), held)
    assert sorted(row[0] for row in both.project("error").fetchall()) == ["e0", "e1", "e2", "e4", "e5"]
    assert failure_summary(both).rate == 0.5
