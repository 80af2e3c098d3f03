"""What lies around a run: the same order as the list, whatever is tied, missing or strange in the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.record import Run
from analytics_dash.runs.view import SORTS, View
from analytics_dash.store.neighbours import Neighbours, neighbours
from tests.store.listed import START, data, in_order, run

HOSTILE = "x'); DROP TABLE runs; --"
EVERYTHING = View(tests=True)
texts = st.none() | st.sampled_from(["a", "B", "ä", "𝄞", "￮", HOSTILE])
rows = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.sampled_from([0.0, 1.5, 2.0]), texts, texts), min_size=1, max_size=12
)


def made(values: Sequence[tuple[int, float | None, str | None, str | None]]) -> list[Run]:
    return [
        run(n, date=START + timedelta(minutes=minute), latency=latency, user_id=user, error=error)
        for n, (minute, latency, user, error) in enumerate(values)
    ]


@settings(max_examples=20, deadline=None)  # each makes an engine
@given(rows, st.sampled_from([s for s in SORTS if s.strip("-") in {"date", "latency", "user_id", "error", "run_id"}]))
def test_a_run_lies_between_those_that_python_s_sorting_puts_around_it(values: Any, sort: str) -> None:
    runs, view = made(values), View(tests=True, sort=sort)
    ids: list[str | None] = [None, *in_order(runs, sort), None]
    with data(runs) as dataset:
        for place in range(1, len(runs) + 1):
            around = Neighbours(ids[place - 1], ids[place + 1], place, len(runs))
            assert neighbours(dataset, view, str(ids[place])) == around


def test_only_runs_of_the_view_are_neighbours() -> None:
    runs = [run(n, user_id="a" if n % 2 else "b", inputs="needle" if n > 3 else "hay") for n in range(8)]
    with data(runs) as dataset:
        assert neighbours(dataset, View(tests=True, user=("a",)), "3") == Neighbours("5", "1", 3, 4)
        assert neighbours(dataset, View(tests=True, user=("a",), q="needle"), "5") == Neighbours("7", None, 2, 2)
        assert neighbours(dataset, View(tests=True, user=("a",)), "2") is None


@pytest.mark.parametrize("run_id", ["", HOSTILE, "%", "unknown"])
def test_a_run_that_is_not_in_view_has_no_neighbours(run_id: str) -> None:
    with data([run(1), run(2)]) as dataset:
        assert neighbours(dataset, EVERYTHING, run_id) is None


def test_an_unknown_sort_is_newest_first() -> None:
    with data([run(1), run(2)]) as dataset:
        assert neighbours(dataset, View(tests=True, sort=HOSTILE), "1") == Neighbours("2", None, 2, 2)


def test_times_are_told_apart_to_the_microsecond() -> None:
    moment = datetime(2026, 11, 1, 1, tzinfo=UTC)
    runs = [run(n, date=moment + timedelta(microseconds=n % 3)) for n in range(6)]
    with data(runs) as dataset:
        assert neighbours(dataset, EVERYTHING, "1") == Neighbours("5", "4", 3, 6)
