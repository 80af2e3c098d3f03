"""Recovery: failures followed by a success in time, those too young to tell, and the users left broken."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from analytics_dash.metrics.columns import BROKEN_USER_COLUMNS
from analytics_dash.metrics.recovery import By, Recovery, recovery
from analytics_dash.metrics.recovery_users import BrokenUsers, users_left_broken
from analytics_dash.runs.error_group import NO_ERROR_TEXT, error_group_id, error_template
from tests.metrics.reference import fate, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MINUTE, MICROSECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
LATER = NOON + 24 * HOUR


def run(state: str, minute: float, **more: Any) -> dict[str, Any]:
    given = {"conversation_id": "c", "user_id": "ann", **more}
    return {"run_id": f"r{minute:05}", "date": NOON + minute * MINUTE, "state": state, **given}


def recovered(runs: Sequence[dict[str, Any]], **asked: Any) -> Recovery:
    """With the successes among the runs themselves."""
    held = relation(runs)
    return recovery(held, held, **asked)


def left_broken(runs: Sequence[dict[str, Any]], **asked: Any) -> BrokenUsers:
    """The same of the users."""
    held = relation(runs)
    return users_left_broken(held, held, **asked)


def many() -> list[dict[str, Any]]:
    chance = random.Random(6)  # noqa: S311  test data
    runs = random_runs(NOON, LATER, count=300, seed=6)
    groups = [None, "", *"abcdefg"]
    named = [{**one, "run_id": f"r{place:03}", "error": f"e {place}"} for place, one in enumerate(runs)]
    return [{**one, "conversation_id": chance.choice(groups)} for one in named]


def by_hand(runs: Sequence[dict[str, Any]], *, key: str, within: timedelta, until: datetime) -> tuple[Any, ...]:
    failed = [one for one in runs if fate(one) == "failed"]
    keyed = [one for one in failed if one[key]]
    old = [one for one in keyed if one["date"] + within <= until]
    waits = [wait for one in old if (wait := next_success(runs, one, key)) is not None and wait <= within]
    counts = (len(failed), len(old), len(waits), len(keyed) - len(old), len(failed) - len(keyed))
    return *counts, median(wait / MICROSECOND for wait in waits) * MICROSECOND if waits else None


def next_success(runs: Sequence[dict[str, Any]], one: dict[str, Any], key: str) -> timedelta | None:
    same = (run for run in runs if run[key] == one[key] and fate(run) == "succeeded")
    return min((run["date"] - one["date"] for run in same if run["date"] > one["date"]), default=None)


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("within", [5 * MINUTE, HOUR, 6 * HOUR])
def test_it_agrees_with_looking_run_by_run(by: By, within: timedelta) -> None:
    runs = many()
    found = recovered(runs, until=LATER, by=by, within=within)
    wanted = by_hand(runs, key=by, within=within, until=LATER)
    counted = (found.failed, found.judged, found.recovered, found.too_young, found.without_key)
    assert counted == wanted[:5]
    assert (found.median is None) == (wanted[5] is None)
    assert found.median is None or abs(found.median - wanted[5]) <= MICROSECOND


def test_the_rate_is_of_the_failures_old_enough_and_has_an_interval() -> None:
    runs = [run("FAILED", 0), run("COMPLETED", 10), run("FAILED", 20), run("COMPLETED", 200), run("FAILED", 230)]
    found = recovered(runs, until=NOON + 4 * HOUR)
    assert (found.judged, found.recovered, found.too_young, found.rate) == (2, 1, 1, 0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.5 < found.high
    assert found.median == 10 * MINUTE


def test_a_success_exactly_at_the_limit_counts_and_one_at_the_same_instant_does_not() -> None:
    at_limit = recovered([run("FAILED", 0), run("COMPLETED", 60)], until=NOON + HOUR)
    same = recovered([run("FAILED", 0), run("COMPLETED", 0)], until=NOON + HOUR)
    assert (at_limit.recovered, same.recovered) == (1, 0)


def test_another_conversation_makes_up_for_nothing_unless_users_are_asked_for() -> None:
    runs = [run("FAILED", 0), run("COMPLETED", 5, conversation_id="d")]
    assert recovered(runs, until=LATER).recovered == 0
    assert recovered(runs, until=LATER, by=By.USER).recovered == 1


def test_nothing_to_judge_is_no_rate() -> None:
    nothing = Recovery(0, 0, 0, 0, 0, None, None, None, None)
    assert recovered([], until=LATER) == recovered([run("COMPLETED", 1)], until=LATER) == nothing
    alone = recovered([run("FAILED", 0, conversation_id=None)], until=LATER)
    assert (alone.without_key, alone.rate) == (1, None)


def test_users_left_broken_agree_with_reading_each_users_runs() -> None:
    runs = many()
    found = left_broken(runs)
    wanted = {}
    for user in {one["user_id"] for one in runs} - {None}:
        mine = sorted((one for one in runs if one["user_id"] == user), key=lambda one: (one["date"], one["run_id"]))
        decided = [one for one in mine if fate(one) in ("failed", "succeeded")]
        since = decided[max((n + 1 for n, one in enumerate(decided) if fate(one) == "succeeded"), default=0) :]
        if since:
            last = since[-1]
            group = (error_group_id(last["error"]), error_template(last["error"]))
            wanted[user] = (len(since), since[0]["date"], last["date"], last["run_id"], *group, len(mine))
    rows = found.frame.to_dict("records")
    assert {row["user_id"]: tuple(row[name] for name in BROKEN_USER_COLUMNS[1:]) for row in rows} == wanted
    assert found.of == len(wanted) > 0


def test_the_newest_come_first_and_a_success_mends() -> None:
    runs = [run("FAILED", place, user_id=f"u{place}") for place in range(4)]
    runs += [run("COMPLETED", 9, user_id="u3"), run("PENDING", 9, user_id="u2"), run("FAILED", 5, user_id="")]
    found = left_broken(runs, limit=2)
    assert (found.frame["user_id"].to_list(), found.of) == (["u2", "u1"], 3)
    assert found.frame["runs"].to_list() == [2, 1]
    assert found.frame["template"].to_list() == [NO_ERROR_TEXT] * 2


def test_nobody_broken_is_an_empty_table() -> None:
    for runs in ([], [run("COMPLETED", 1)], [run("FAILED", 1, user_id=None)]):
        found = left_broken(runs)
        assert (tuple(found.frame.columns), len(found.frame), found.of) == (BROKEN_USER_COLUMNS, 0, 0)


def test_a_success_after_the_runs_in_view_mends_a_user_and_counts_as_a_recovery() -> None:
    every = relation(
        [
            *(run("FAILED", 0, user_id=user, conversation_id=user) for user in ("ann", "bob", "cyd")),
            run("COMPLETED", 30, user_id="ann", conversation_id="ann"),
            run("FAILED", 40, user_id="bob", conversation_id="bob"),
            run("PENDING", 50, user_id="cyd", conversation_id="cyd"),
        ]
    )
    in_view = every.filter("outcome = 'failed' AND run_id = 'r00000'")
    found = users_left_broken(in_view, every)
    assert found.frame["user_id"].to_list() == ["bob", "cyd"]
    assert found.frame["failures_since"].to_list() == [1, 1]
    judged = recovery(in_view, every, until=NOON + 2 * HOUR)
    assert (judged.failed, judged.judged, judged.recovered, judged.too_young) == (3, 3, 1, 0)
    assert judged.median == 30 * MINUTE
