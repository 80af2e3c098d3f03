"""Whole conversations from the store: also what range and filters leave out, marked as such, and their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics_dash.runs.record import Run
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset, opened
from analytics_dash.store.sync import Scope
from analytics_dash.store.thread import Texts, every_turn, spans_read, texts_of, thread
from tests.store.shelf import empty_flow, stretch

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAST = START + 24 * HOUR
HOSTILE = "c'); DROP TABLE runs; --"


def run(hour: int, **fields: Any) -> Run:
    return Run.model_validate({"run_id": str(hour), "date": START + hour * HOUR, "conversation_id": HOSTILE, **fields})


@contextmanager
def dataset(runs: Sequence[Run], low: int, high: int, *, texts: bool = True) -> Iterator[Dataset]:
    """The hours [low, high) of a day that is read."""
    flow = empty_flow(texts=texts)
    flow.keep(stretch(runs, START, LAST), read_at=LAST)
    scope = Scope("o", "f", START + low * HOUR, START + high * HOUR, live=False)
    with opened(flow, scope, now=LAST, summary=None) as found:
        assert found is not None
        yield found


RUNS = [
    run(1, state="FAILED", inputs="one", outputs=None),
    run(5, run_type="workflow_builder", user_id="u"),
    run(9, state="FAILED", user_id="u", inputs="nine" * 10, outputs="ok"),
    run(13, conversation_id="another", inputs="other"),
]


@pytest.mark.parametrize(
    ("view", "fits"),
    [
        (View(), {"1": (True, True), "5": (False, False), "9": (True, True)}),
        (View(tests=True), {"1": (True, True), "5": (True, True), "9": (True, True)}),
        (View(user=("u",)), {"1": (False, True), "5": (False, False), "9": (True, True)}),
        (View(user=("u",), tests=True), {"1": (False, True), "5": (True, True), "9": (True, True)}),
        (View(q="nine", conversation=(HOSTILE,)), {"1": (False, True), "5": (False, False), "9": (True, True)}),
        (View(without=(("user", "u"),)), {"1": (True, True), "5": (False, False), "9": (False, True)}),
        (View(tokens_from=0), {"1": (False, True), "5": (False, False), "9": (False, True)}),
    ],
)
def test_a_thread_is_whole_and_says_what_the_view_takes_of_it(view: View, fits: dict[str, tuple[bool, bool]]) -> None:
    with dataset(RUNS, 8, 12) as held:
        rows = thread(held, view, HOSTILE).project("run_id, fits, counted").fetchall()
        assert {run_id: (fit, counted) for run_id, fit, counted in rows} == fits
        assert thread(held, view, "unknown").fetchall() == []


def test_every_turn_of_any_time_is_there_but_tests_only_where_they_count() -> None:
    with dataset(RUNS, 8, 12) as held:
        assert set(every_turn(held, View()).project("run_id, fits").fetchall()) == {(n, True) for n in ("1", "9", "13")}
        wanted = {("1", False), ("5", True), ("9", True), ("13", False)}
        assert set(every_turn(held, View(user=("u",), tests=True)).project("run_id, fits").fetchall()) == wanted


def test_texts_come_by_run_cut_and_with_their_whole_length() -> None:
    with dataset(RUNS, 8, 12) as held:
        keys = dict(thread(held, View(), HOSTILE).project("run_id, run_key").fetchall())
        found = texts_of(held, [keys["1"], keys["9"]], most=5)
        assert found == {keys["1"]: Texts("one", 3, None, 0), keys["9"]: Texts("ninen", 40, "ok", 2)}
        assert texts_of(held, [], most=5) == {}


def test_a_store_without_texts_has_none_to_give() -> None:
    with dataset(RUNS, 8, 12, texts=False) as held:
        keys = dict(thread(held, View(), HOSTILE).project("run_id, run_key").fetchall())
        assert texts_of(held, [keys["1"]], most=5) == {keys["1"]: Texts(None, 0, None, 0)}


def test_what_is_read_is_told_as_one_time_where_only_moments_are_missing() -> None:
    flow = empty_flow()
    for low, high in ((0, 4), (8, 10)):
        flow.keep(stretch([], START + low * HOUR, START + high * HOUR), read_at=LAST)
    flow.keep(stretch([], START + 4 * HOUR + timedelta(seconds=2), START + 6 * HOUR), read_at=LAST)
    scope = Scope("o", "f", START, START + 3 * HOUR, live=False)
    with opened(flow, scope, now=LAST, summary=None) as found:
        assert found is not None
        assert spans_read(found) == [(START + a * HOUR, START + b * HOUR) for a, b in ((0, 6), (8, 10))]
