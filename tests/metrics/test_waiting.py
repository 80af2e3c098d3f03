"""Waiting runs: counts and ages against reading the runs, and what counts as stuck."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.waiting import AT_LEAST, LONGEST, WAITING_COLUMNS, Usual, usual, waiting
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNKNOWN = Usual(None, 3)
KNOWN = Usual(720.0, 1000)  # stuck after two hours


def run(state: str | None, hours: float, **more: Any) -> dict[str, Any]:
    return {"run_id": f"r{hours:09.3f}", "date": NOON - hours * HOUR, "state": state, **more}


def test_counts_and_order_agree_with_reading_the_runs() -> None:
    runs = [
        {**one, "run_id": f"r{n:03}"} for n, one in enumerate(random_runs(NOON - 24 * HOUR, NOON, count=300, seed=4))
    ]
    found = waiting(relation(runs), now=NOON, usual=KNOWN)
    held = sorted((one for one in runs if fate(one) == "unfinished"), key=lambda one: (one["date"], one["run_id"]))
    assert tuple(found.frame.columns) == WAITING_COLUMNS
    assert found.frame["run_id"].to_list() == [one["run_id"] for one in held]
    assert found.of == len(held) > 0
    assert found.by_state == Counter(one["state"] for one in held)
    assert found.oldest == NOON - held[0]["date"]
    late = [NOON - one["date"] >= 2 * HOUR for one in held]
    assert found.frame["stuck"].to_list() == late
    assert found.stuck == sum(late)
    assert found.stuck_paused == sum(
        is_late for one, is_late in zip(held, late, strict=True) if one["state"] == "PAUSED"
    )
    assert found.frame["age"].to_list() == [pd.Timedelta(NOON - one["date"]) for one in held]


def test_usual_is_the_exact_p99_of_finished_runs_where_there_are_enough() -> None:
    runs = random_runs(NOON - 24 * HOUR, NOON, count=300, seed=8)
    found = usual(relation(runs))
    assert found.runs == len(latencies(runs)) >= 100
    assert found.p99_s == pytest.approx(np.quantile(latencies(runs), 0.99))
    assert usual(relation(runs[:60])).p99_s is None
    assert usual(relation([])) == Usual(None, 0)


def test_stuck_is_ten_times_the_usual_and_never_before_an_hour() -> None:
    assert Usual(3.0, 1000).stuck_after == AT_LEAST
    assert KNOWN.stuck_after == 2 * HOUR
    assert Usual(1e300, 1000).stuck_after == LONGEST
    assert UNKNOWN.stuck_after is None


def test_without_enough_finished_runs_only_the_age_is_told() -> None:
    found = waiting(relation([run("PENDING", 1000)]), now=NOON, usual=UNKNOWN)
    assert (found.stuck, found.stuck_paused, found.oldest) == (None, 0, 1000 * HOUR)
    assert found.frame["stuck"].to_list() == [False]


def test_a_run_the_server_no_longer_has_is_listed_but_neither_stuck_nor_the_oldest() -> None:
    held = relation([run("PAUSED", 50), run("PENDING", 3)]).project("* REPLACE (state = 'PAUSED' AS gone)")
    found = waiting(held, now=NOON, usual=KNOWN)
    assert (found.of, found.gone, found.stuck, found.oldest) == (2, 1, 1, 3 * HOUR)
    assert found.frame["stuck"].to_list() == [False, True]


def test_a_clock_ahead_is_no_negative_age_and_nothing_waiting_is_nothing() -> None:
    ahead = waiting(relation([run("RESUMED", -1)]), now=NOON, usual=KNOWN)
    assert (ahead.oldest, ahead.frame["age"].to_list()) == (timedelta(), [pd.Timedelta(0)])
    none = waiting(relation([run("COMPLETED", 1)]), now=NOON, usual=KNOWN)
    assert (none.of, none.stuck, none.oldest, len(none.frame)) == (0, 0, None, 0)
    assert tuple(none.frame.columns) == WAITING_COLUMNS


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["PENDING", "PAUSED", "RESUMED", "FAILED", None]), st.floats(0, 9)), max_size=9),
    st.integers(0, 9),
)
def test_the_states_add_up_and_a_short_table_knows_of_the_rest(given_runs: list[Any], limit: int) -> None:
    found = waiting(relation([run(*one) for one in given_runs]), now=NOON, usual=KNOWN, limit=limit)
    assert sum(found.by_state.values()) == found.of == sum(state in found.by_state for state, _ in given_runs)
    assert len(found.frame) == min(limit, found.of)
    assert found.frame["age"].is_monotonic_decreasing
    assert found.stuck is not None
    assert found.frame["stuck"].sum() <= found.stuck <= found.of
