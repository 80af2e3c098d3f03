"""One conversation: its turns in order, the time between them, tokens that add up, and what the view leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.thread import TURN_COLUMNS, place_of, thread_figures, turns_of
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
START, END = NOON, NOON + 60 * MINUTE


def thread(runs: list[dict[str, Any]]) -> duckdb.DuckDBPyRelation:
    """Runs of the types that say what a view takes of them: “fits”, “left out” or “test”."""
    return relation(runs).project("*, coalesce(run_type = 'fits', true) AS fits, run_type <> 'test' AS counted")


def turns(runs: list[dict[str, Any]], **how: Any) -> pd.DataFrame:
    return turns_of(thread(runs), start=START, end=END, **how)


def turn(minute: float, kind: str = "fits", **fields: Any) -> dict[str, Any]:
    return {
        "date": NOON + minute * MINUTE,
        "run_id": f"{minute:07.2f}",
        "state": "COMPLETED",
        "run_type": kind,
    } | fields


def test_turns_are_in_order_and_their_tokens_add_up_but_for_those_that_do_not_count() -> None:
    runs = [turn(3, total_tokens=5), turn(1, total_tokens=2), turn(2, "test", total_tokens=100), turn(4)]
    found = turns(runs)
    assert tuple(found.columns) == TURN_COLUMNS
    assert list(found["place"]) == [1, 2, 3, 4]
    assert list(found["date"]) == [NOON + n * MINUTE for n in (1, 2, 3, 4)]
    assert list(found["tokens_so_far"]) == [2, 2, 7, 7]


def test_a_wait_begins_where_the_turn_before_ended_or_began_where_that_is_not_known() -> None:
    runs = [turn(0, latency=60.0), turn(5), turn(7, latency=600.0), turn(8, latency=float("nan")), turn(10)]
    assert list(turns(runs)["wait_s"].dropna()) == [240, 120, 0, 120]


def test_a_page_starts_from_either_end_and_keeps_what_was_before_it() -> None:
    runs = [turn(n, total_tokens=1) for n in range(10)]
    assert list(turns(runs, offset=4, limit=3)["tokens_so_far"]) == [5, 6, 7]
    newest = turns(runs, offset=1, limit=2, newest_first=True)
    assert list(newest["place"]) == [9, 8]
    assert list(newest["wait_s"]) == [60, 60]


def test_a_run_is_found_at_its_place() -> None:
    held = thread([turn(5, run_id="b'--"), turn(5, run_id="a"), turn(1)])
    assert [place_of(held, run_id) for run_id in ("0001.00", "a", "b'--", "c")] == [1, 2, 3, None]


def test_turns_outside_the_range_or_the_filters_are_marked_and_counted() -> None:
    runs = [turn(-1), turn(0), turn(59, "left out"), turn(60)]
    found = turns(runs)
    assert list(found["in_range"]) == [False, True, True, False]
    assert list(found["fits"]) == [True, True, False, True]
    figures = thread_figures(thread(runs), start=START, end=END)
    assert (figures.stored, figures.turns, figures.outside) == (4, 4, 3)


def test_of_nothing_there_is_nothing() -> None:
    figures = thread_figures(thread([]), start=START, end=END)
    assert (figures.stored, figures.turns, figures.tokens, figures.first, figures.duration_s) == (0, 0, 0, None, None)
    assert turns([]).empty


def test_sums_that_no_column_holds_do_not_take_the_page_down() -> None:
    runs = [turn(n, total_tokens=2**63 - 1) for n in range(3)]
    assert thread_figures(thread(runs), start=START, end=END).tokens == 2**63 - 1
    assert list(turns(runs)["tokens_so_far"]) == [2**63 - 1] * 3


@settings(max_examples=25, deadline=None)  # each makes an engine
@given(
    st.lists(
        st.tuples(
            st.integers(-30, 90),
            st.sampled_from(["fits", "left out", "test"]),
            st.sampled_from(["FAILED", "COMPLETED", "PENDING"]),
            st.none() | st.integers(-3, 9),
            st.sampled_from(["u", "v", "", None]),
        ),
        max_size=12,
    )
)
def test_the_figures_agree_with_adding_up_turn_by_turn(
    held: list[tuple[int, str, str, int | None, str | None]],
) -> None:
    runs = [
        turn(minute, kind, run_id=f"{number:02}", state=state, total_tokens=tokens, user_id=user)
        for number, (minute, kind, state, tokens, user) in enumerate(held)
    ]
    counted = sorted((run for run in runs if run["run_type"] != "test"), key=lambda run: (run["date"], run["run_id"]))
    figures = thread_figures(thread(runs), start=START, end=END)
    inside = [r for r in counted if r["run_type"] == "fits" and START <= r["date"] < END]
    assert (figures.stored, figures.turns) == (len(runs), len(counted))
    assert figures.failed == sum(run["state"] == "FAILED" for run in counted)
    assert figures.tokens == sum(run["total_tokens"] or 0 for run in counted)
    assert figures.token_turns == sum(run["total_tokens"] is not None for run in counted)
    assert figures.users == len({run["user_id"] for run in counted} - {None, ""})
    assert figures.outside == len(counted) - len(inside)
    if counted:
        assert (figures.first, figures.last) == (counted[0]["date"], counted[-1]["date"])
        assert figures.duration_s == (counted[-1]["date"] - counted[0]["date"]).total_seconds()
        assert (
            figures.last_outcome
            == {"FAILED": "failed", "COMPLETED": "succeeded", "PENDING": "unfinished"}[counted[-1]["state"]]
        )
    so_far = {run["run_id"]: sum(r["total_tokens"] or 0 for r in counted[: n + 1]) for n, run in enumerate(counted)}
    found = turns(runs)
    assert {k: v for k, v in zip(found["run_id"], found["tokens_so_far"], strict=True) if k in so_far} == so_far
