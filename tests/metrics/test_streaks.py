"""Streaks of failures: consecutive by date among runs that failed or succeeded, the longest, and the one going on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.streaks import Streaks, failure_streaks
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STATES = {"F": "FAILED", "S": "COMPLETED", "p": "PENDING", "c": "CANCELLED"}


def streaks(fates: str, *, shortest: int = 2, limit: int = 5) -> Streaks:
    runs = [
        {"run_id": f"r{place:02}", "date": NOON + place * MINUTE, "state": STATES[fate]}
        for place, fate in enumerate(fates)
    ]
    return failure_streaks(relation(runs[::-1]), shortest=shortest, limit=limit)


def test_a_streak_has_a_count_and_bounds_and_what_is_not_decided_does_not_break_it() -> None:
    found = streaks("SFFpcFSFF S".replace(" ", ""))
    longest = found.longest[0]
    assert (longest.runs, longest.start, longest.end) == (3, NOON + MINUTE, NOON + 5 * MINUTE)
    assert (longest.first_run_id, longest.last_run_id) == ("r01", "r05")
    assert ([streak.runs for streak in found.longest], found.of, found.current) == ([3, 2], 2, None)


def test_the_current_streak_has_no_success_after_it_whatever_its_length() -> None:
    found = streaks("FFSFp")
    assert found.current is not None
    assert (found.current.runs, found.current.start) == (1, NOON + 3 * MINUTE)
    assert [streak.runs for streak in found.longest] == [2]


def test_of_equal_streaks_the_later_comes_first_and_the_limit_is_told() -> None:
    found = streaks("FFSFFSFF", limit=1)
    assert (found.of, found.longest) == (3, (found.current,))


def test_without_failures_there_are_none() -> None:
    assert streaks("") == streaks("SSp") == Streaks((), 0, None)


def test_runs_of_one_instant_are_in_the_order_of_their_ids() -> None:
    runs = [{"run_id": name, "date": NOON, "state": STATES[name[0]]} for name in ("F1", "S3", "F2")]
    found = failure_streaks(relation(runs))
    assert (found.longest[0].first_run_id, found.longest[0].last_run_id, found.current) == ("F1", "F2", None)


@settings(max_examples=25, deadline=None)  # a slow machine is not a fault
@given(fates=st.text("FSpc", max_size=30))
def test_it_agrees_with_reading_run_by_run(fates: str) -> None:
    decided = [fate for fate in fates if fate in "FS"]
    lengths = [len(list(same)) for fate, same in groupby(decided) if fate == "F"]
    found = streaks(fates, shortest=1, limit=99)
    assert [streak.runs for streak in found.longest] == sorted(lengths, reverse=True)
    assert (found.current.runs if found.current else 0) == (lengths[-1] if decided and decided[-1] == "F" else 0)
