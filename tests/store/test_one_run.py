"""One run of a flow and those beside it: found whatever the filters and the range are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics_dash.runs.record import Run
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset, opened
from analytics_dash.store.one_run import alone, comparable, in_time, one_run, same_input, similar_failures
from analytics_dash.store.sync import Scope
from tests.store.shelf import empty_flow, stretch

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
LATE = START + timedelta(hours=12)
HOSTILE = "x'); DROP TABLE runs; --"


def run(number: int, **fields: Any) -> Run:
    return Run.model_validate({"run_id": str(number), "date": START + timedelta(hours=number), **fields})


@contextmanager
def dataset(runs: Sequence[Run], *, low: datetime = START, texts: bool = True) -> Iterator[Dataset]:
    """All of the day is stored; from `low` on it is looked at."""
    flow = empty_flow(texts=texts)
    flow.keep(stretch(runs, START, END), read_at=END)
    with opened(flow, Scope("o", "f", low, END, live=False), now=END, summary=None) as found:
        assert found is not None
        yield found


def test_a_run_is_found_outside_of_the_range_with_its_texts() -> None:
    with dataset([run(1, inputs="in", outputs="", user_id=HOSTILE), run(20)], low=LATE) as held:
        found = one_run(held, "1")
        assert found is not None
        assert (found.inputs, found.outputs, found.user_id) == ("in", "", HOSTILE)
        assert found.date == START + timedelta(hours=1)
        assert one_run(held, HOSTILE) is None
        assert len(alone(held, "1").fetchall()) == 1


def test_without_stored_texts_there_are_none() -> None:
    with dataset([run(1, inputs="in")], texts=False) as held:
        found = one_run(held, "1")
        assert found is not None
        assert found.inputs is None


def test_the_same_input_is_exactly_the_same_newest_first() -> None:
    runs = [run(n, inputs=text) for n, text in enumerate(["a", "a", "A", "a ", None, "a", ""])]
    with dataset(runs) as held:
        ids = [[other.run_id for other in same_input(held, one_run(held, str(n)) or held_back())] for n in (1, 2, 4, 6)]
    assert ids == [["5", "0"], [], [], []]


def held_back() -> Any:
    raise AssertionError("the run is stored")


def test_similar_failures_are_failures_of_the_same_group() -> None:
    errors = ["no row 12 found", "no row 99 found", "another thing", None]
    runs = [run(n, state="FAILED", error=error) for n, error in enumerate(errors)]
    runs.append(run(4, state="COMPLETED", error="no row 3 found"))
    with dataset(runs) as held:
        found = one_run(held, "0") or held_back()
        assert [other.run_id for other in similar_failures(held, found)] == ["1"]
        assert similar_failures(held, one_run(held, "4") or held_back()) == []


def test_beside_a_run_in_time_are_the_nearest_by_time_then_by_id() -> None:
    same = {"date": START + timedelta(hours=5)}
    runs = [run(1), run(3, **same), run(4, **same), run(5), run(9)]
    with dataset(runs, low=LATE) as held:
        around = [in_time(held, one_run(held, name) or held_back()) for name in ("1", "4", "9")]
    ids = [tuple(g.run_id if g else None for g in (found.before, found.after)) for found in around]
    assert ids == [(None, "3"), ("3", "5"), ("5", None)]


def test_a_run_compares_with_its_range_whatever_is_filtered_and_tests_only_with_tests() -> None:
    runs = [run(n, user_id=str(n)) for n in range(4)] + [run(5, run_type="workflow_builder")]
    with dataset(runs) as held:
        plain, test = (one_run(held, name) or held_back() for name in ("1", "5"))
        view = View(user=("1",))
        assert comparable(held, view, plain).count("*").fetchall() == [(4,)]
        assert comparable(held, view, test).count("*").fetchall() == [(5,)]
