"""Reading from the store: a filter is exactly what it says, whatever strangers wrote into the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.error_group import error_group_id
from analytics_dash.runs.outcome import outcome
from analytics_dash.runs.record import API_COLUMNS, Run
from analytics_dash.runs.view import NO_USER, View
from analytics_dash.store.intervals import Interval
from analytics_dash.store.reader import Reader
from tests.store.shelf import empty_flow, reader, stretch

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
EVERYTHING = View(tests=True)


def run(number: int, **fields: Any) -> Run:
    return Run.model_validate({"run_id": str(number), "date": START + timedelta(minutes=number), **fields})


def found(runs: Sequence[Run], view: View) -> set[str]:
    with reader(runs, START, END) as (opened, read):
        return {row[0] for row in opened.runs(view, start=START, end=END, read=read).project("run_id").fetchall()}


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
    with reader(runs, START, END) as (opened, read):
        rows = opened.runs(EVERYTHING, start=START, end=END, read=read).project("run_id, outcome").fetchall()
    assert dict(rows) == {str(n): outcome(state, flag) for n, (state, flag) in enumerate(pairs)}


@settings(max_examples=30, deadline=None)  # each makes an engine
@given(st.lists(st.none() | st.text(max_size=8), max_size=8), st.text(min_size=1, max_size=8))
def test_a_user_filter_finds_that_user_s_runs_and_no_other_s(users: list[str | None], wanted: str) -> None:
    runs = [run(n, user_id=user) for n, user in enumerate(users)]
    kept = [item.user_id for item in runs]
    expected = {str(n) for n, user in enumerate(kept) if (not user if wanted == NO_USER else user == wanted)}
    assert found(runs, View(user=(wanted,), tests=True)) == expected


def test_the_contradictions_can_be_asked_for() -> None:
    pairs = [("COMPLETED", False), ("FAILED", True), ("COMPLETED", True), ("FAILED", None), (None, None)]
    runs = [run(n, state=state, is_flow_successful=flag) for n, (state, flag) in enumerate(pairs)]
    assert found(runs, View(contradicts=True, tests=True)) == {"0", "1"}


HOSTILE = "x'); DROP TABLE runs; --"
MIXED = [
    run(0, run_type="workflow_builder"),
    run(1, state="FAILED", user_id=HOSTILE, inputs="wall 100 x"),
    run(2, state="COMPLETED", llm_usage=[{"model_id": "gpt-x"}, {"model_id": "other"}], run_type="api"),
    run(3, is_flow_successful=False, error="Wall 100%_", llm_usage=[{"model_id": "gpt-x"}], parent_project_id="p"),
]


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
        (View(q="wall 100"), {"1", "3"}),
        (View(q=HOSTILE), set()),
        (View(parent=("p",), outcome=("failed",)), {"3"}),
        (View(ran_by=("nobody",)), set()),
        (View(without=(("model", "gpt-x"),)), {"1"}),
        (View(without=(("user", HOSTILE), ("parent", "p"))), {"2"}),
        (View(without=(("parent", "(no parent)"),)), {"3"}),
        (View(q='wall -"wall 100"'), set()),
        (View(q="-wall"), {"2"}),
        (View(q='"100 x" wall'), {"1"}),
        (View(q='"x wall"'), set()),
        (View(error_group=error_group_id("Wall 7%_")), {"3"}),
        (View(error_group=error_group_id(None)), {"1"}),
        (View(error_group=error_group_id("another")), set()),
        (View(error_group=error_group_id(None), q="wall", user=(HOSTILE,)), {"1"}),
    ],
)
def test_filters_narrow_together(view: View, expected: set[str]) -> None:
    assert found(MIXED, view) == expected


@settings(max_examples=25, deadline=None)  # each makes an engine
@given(
    st.lists(st.tuples(st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.5]), st.none() | st.integers(0, 3)), max_size=12),
    st.none() | st.sampled_from([0.5, 1.0]),
    st.none() | st.sampled_from([1.0, 2.5]),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(0, 3),
)
def test_ranges_of_latency_and_tokens_take_their_lower_bound_and_not_their_upper(
    held: list[tuple[float | None, int | None]],
    slow: float | None,
    slower: float | None,
    few: int | None,
    many: int | None,
) -> None:
    def inside(value: float | None, low: float | None, high: float | None) -> bool:
        if value is None:
            return low is None and high is None
        return (low is None or low <= value) and (high is None or value < high)

    runs = [run(n, latency=latency, total_tokens=tokens) for n, (latency, tokens) in enumerate(held)]
    view = View(latency_from=slow, latency_to=slower, tokens_from=few, tokens_to=many)
    expected = {str(n) for n, (s, t) in enumerate(held) if inside(s, slow, slower) and inside(t, few, many)}
    assert found(runs, view) == expected


words = st.sampled_from(["time", "OUT", "rate limit", "100%", "it's"])


@settings(max_examples=25, deadline=None)  # each makes an engine
@given(
    st.lists(st.tuples(*[st.none() | st.lists(words, max_size=2).map(" ".join)] * 3), max_size=6),
    st.lists(words, max_size=2, unique=True),
    st.lists(words, max_size=1),
)
def test_a_search_finds_runs_with_every_phrase_in_any_text_and_none_of_the_unwanted(
    held: list[tuple[str | None, str | None, str | None]], wanted: list[str], unwanted: list[str]
) -> None:
    runs = [run(n, inputs=i, outputs=o, error=e) for n, (i, o, e) in enumerate(held)]
    asked = " ".join([*(f'"{term}"' for term in wanted), *(f'-"{term}"' for term in unwanted)])
    everything = {str(n): "\n".join(t.lower() for t in texts if t) for n, texts in enumerate(held)}
    expected = {
        key
        for key, text in everything.items()
        if all(w.lower() in text for w in wanted) and not any(w.lower() in text for w in unwanted)
    }
    assert found(runs, View(q=asked)) == expected


def test_two_groups_of_errors_can_be_looked_at_side_by_side() -> None:
    runs = [run(0, state="FAILED", error="Timeout after 3 s"), run(1, state="FAILED", error="Refused")]
    with reader(runs, START, END) as (opened, read):
        views = [View(error_group=error_group_id(text)) for text in ("Timeout after 90 s", "Refused")]
        both = [opened.runs(view, start=START, end=END, read=read) for view in views]
        assert [rows.query("runs", "SELECT run_id FROM runs").fetchall() for rows in both] == [[("0",)], [("1",)]]


def test_the_range_takes_its_start_and_not_its_end() -> None:
    with reader([run(0), run(10)], START, END) as (opened, read):
        rows = opened.runs(EVERYTHING, start=START, end=START + timedelta(minutes=10), read=read).project("run_id")
        assert rows.fetchall() == [("0",)]


def test_what_lies_outside_the_intervals_that_are_read_is_not_shown() -> None:
    minute = timedelta(minutes=1)
    with reader([run(n) for n in range(10)], START, END) as (opened, _):
        read = [Interval(START, START + 2 * minute), Interval(START + 5 * minute, START + 7 * minute)]
        rows = opened.runs(EVERYTHING, start=START, end=END, read=read).project("run_id").fetchall()
        assert {row[0] for row in rows} == {"0", "1", "5", "6"}
        assert opened.runs(EVERYTHING, start=START, end=END, read=[]).fetchall() == []


def test_choices_are_counted_as_if_their_own_filter_were_not_set() -> None:
    runs = [run(0, user_id="a", state="FAILED"), run(1, user_id="b"), run(2, user_id="b"), run(3)]
    with reader(runs, START, END) as (opened, read):

        def choices(name: str, view: View) -> list[tuple[str, int]]:
            found = opened.choices(view, [name], start=START, end=END, read=read, limit=10)
            return [(choice.value, choice.runs) for choice in found[name]]

        assert choices("user", View(user=("a",))) == [("b", 2), ("a", 1), (NO_USER, 1)]
        assert choices("state", View(user=("b",))) == [("(no state)", 2)]


def test_state_and_flag_that_disagree_are_counted_as_contradictions() -> None:
    pairs = [
        ("COMPLETED", False),
        ("FAILED", True),
        ("COMPLETED", True),
        ("PENDING", False),
        (None, True),
        ("FAILED", None),
    ]
    runs = [run(n, state=s, is_flow_successful=f) for n, (s, f) in enumerate(pairs)]
    with reader(runs, START, END) as (opened, read):
        rows = opened.runs(EVERYTHING, start=START, end=END, read=read).project("run_id, contradicts").fetchall()
    assert {run_id for run_id, contradicts in rows if contradicts} == {"0", "1"}


@pytest.mark.parametrize("count", [0, 1, 4500])
def test_what_is_taken_away_is_every_run_newest_first_in_the_api_s_columns(count: int) -> None:
    runs = [run(n % 1000, run_id=f"r{n:05}", inputs=f"in {n}", llm_usage=[]) for n in range(count)]
    with reader(runs, START, END) as (opened, read):
        rows = list(opened.sent(opened.runs(EVERYTHING, start=START, end=END, read=read)))
    expected = sorted(sorted((r.run_id, r.date.replace(tzinfo=None)) for r in runs), key=lambda r: r[1], reverse=True)
    names = list(API_COLUMNS)
    assert [(row[names.index("run_id")], row[names.index("date")]) for row in rows] == expected
    assert all(row[names.index("inputs")] == f"in {int(str(row[0])[1:])}" for row in rows)
    assert all(row[names.index("llm_usage")] == "[]" for row in rows)


class Narrow(Reader):
    """A reader to whose engine few rows at once are too many, until it is given more memory."""

    most = 3

    def _of(self, keys: Any) -> list[tuple[object, ...]]:
        if len(keys) > self.most:
            self._cursor.execute("SELECT 1")
            raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data of size 64.0 MiB")
        return super()._of(keys)


@pytest.mark.parametrize("may_take", [True, False])
def test_rows_whose_texts_memory_does_not_do_for_come_fewer_at_a_time(may_take: bool) -> None:
    runs, flow = [run(n, outputs="x" * n) for n in range(200)], empty_flow()
    flow.keep(stretch(runs, START, END), read_at=END)
    with flow.engine.reading() as cursor:
        few = Narrow(cursor, flow.number)

        def more() -> bool:
            few.most = 2000
            return may_take

        sent = list(few.sent(cursor.table("stored_runs"), more=more if may_take else lambda: False))
    assert [row[API_COLUMNS.index("run_id")] for row in sent] == [str(n) for n in reversed(range(200))]


def test_long_rows_are_taken_few_at_a_time_and_short_ones_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics_dash.store.reader.AT_ONCE", 50_000)
    flow, asked = empty_flow(), list[int]()

    class Noted(Reader):
        def _of(self, keys: Any) -> list[tuple[object, ...]]:
            asked.append(len(keys))
            return super()._of(keys)

    long = [run(n, outputs="x" * (5_000 if n < 100 else 5)) for n in range(300)]
    flow.keep(stretch(long, START, END), read_at=END)
    with flow.engine.reading() as cursor:
        assert len(list(Noted(cursor, flow.number).sent(cursor.table("stored_runs")))) == 300
    assert asked[:2] == [16, 128]
    assert set(asked[4:-1]) <= {8, 9, 10}
    assert sum(asked) == 300
