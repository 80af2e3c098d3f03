"""The store: a filter is exactly what it says, whatever strangers wrote into the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.frame import to_frame
from analytics_dash.runs.outcome import outcome
from analytics_dash.runs.record import Run
from analytics_dash.runs.view import NO_USER, View
from analytics_dash.store.store import RunStore

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
EVERYTHING = View(tests=True)


def run(number: int, **fields: Any) -> Run:
    return Run.model_validate({"run_id": str(number), "date": START + timedelta(minutes=number), **fields})


def found(store: RunStore, view: View) -> set[str]:
    return {row[0] for row in store.runs(view, start=START, end=END).select("run_id").fetchall()}


@settings(max_examples=30, deadline=None)  # each makes an engine
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["PENDING", "PAUSED", "RESUMED", "COMPLETED", "FAILED", "CANCELLED", "NEW", None]),
            st.sampled_from([True, False, None]),
        ),
        max_size=20,
    )
)
def test_the_engine_and_python_agree_on_every_outcome(pairs: list[tuple[str | None, bool | None]]) -> None:
    runs = [run(n, state=state, is_flow_successful=flag) for n, (state, flag) in enumerate(pairs)]
    rows = RunStore(to_frame(runs)).runs(EVERYTHING, start=START, end=END).select("run_id, outcome").fetchall()
    assert dict(rows) == {str(n): outcome(state, flag) for n, (state, flag) in enumerate(pairs)}


@settings(max_examples=30, deadline=None)  # each makes an engine
@given(st.lists(st.none() | st.text(max_size=8), max_size=8), st.text(min_size=1, max_size=8))
def test_a_user_filter_finds_that_user_s_runs_and_no_other_s(users: list[str | None], wanted: str) -> None:
    runs = [run(n, user_id=user) for n, user in enumerate(users)]
    kept = [item.user_id for item in runs]
    view = View(user=(wanted,), tests=True)
    expected = {str(n) for n, user in enumerate(kept) if (user is None if wanted == NO_USER else user == wanted)}
    assert found(RunStore(to_frame(runs)), view) == expected


HOSTILE = "x'); DROP TABLE stored_runs; --"


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (View(), {"1", "2", "3"}),
        (EVERYTHING, {"0", "1", "2", "3"}),
        (View(user=(HOSTILE,)), {"1"}),
        (View(user=(NO_USER, HOSTILE)), {"1", "2", "3"}),
        (View(state=("FAILED", "COMPLETED")), {"1", "2"}),
        (View(outcome=("failed",)), {"1", "3"}),
        (View(model=("gpt-x",)), {"2", "3"}),
        (View(q="WALL 100%_"), {"3"}),
        (View(parent=("p",), outcome=("failed",)), {"3"}),
        (View(ran_by=("nobody",)), set()),
    ],
)
def test_filters_narrow_together(view: View, expected: set[str]) -> None:
    store = RunStore(
        to_frame(
            [
                run(0, run_type="workflow_builder"),
                run(1, state="FAILED", user_id=HOSTILE, inputs="wall 100 x"),
                run(2, state="COMPLETED", llms="gpt-x, other", run_type="api"),
                run(
                    3,
                    is_flow_successful=False,
                    error="Wall 100%_",
                    llm_usage=[{"model_id": "gpt-x"}],
                    parent_project_id="p",
                ),
            ]
        )
    )
    assert found(store, view) == expected


def test_the_range_takes_its_start_and_not_its_end() -> None:
    store = RunStore(to_frame([run(0), run(10)]))
    rows = store.runs(EVERYTHING, start=START, end=START + timedelta(minutes=10)).select("run_id").fetchall()
    assert rows == [("0",)]


def test_choices_are_counted_as_if_their_own_filter_were_not_set() -> None:
    store = RunStore(to_frame([run(0, user_id="a", state="FAILED"), run(1, user_id="b"), run(2, user_id="b"), run(3)]))
    assert store.choices("user", View(user=("a",)), start=START, end=END) == [("b", 2), ("a", 1), (NO_USER, 1)]
    assert store.choices("state", View(user=("b",)), start=START, end=END) == []


def test_state_and_flag_that_disagree_are_counted_as_contradictions() -> None:
    pairs = [
        ("COMPLETED", False),
        ("FAILED", True),
        ("COMPLETED", True),
        ("PENDING", False),
        (None, True),
        ("FAILED", None),
    ]
    store = RunStore(to_frame([run(n, state=s, is_flow_successful=f) for n, (s, f) in enumerate(pairs)]))
    rows = store.runs(EVERYTHING, start=START, end=END).select("run_id, contradicts").fetchall()
    assert {run_id for run_id, contradicts in rows if contradicts} == {"0", "1"}


def test_an_empty_store_answers_like_any_other() -> None:
    store = RunStore(to_frame([]))
    assert (len(store), store.oldest(), found(store, EVERYTHING)) == (0, None, set())
