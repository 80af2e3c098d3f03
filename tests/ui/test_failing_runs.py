"""How far back errors are looked for: as far as is read without a gap, and never beyond what is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from analytics_dash.metrics.columns import FIRST_SEEN, IS_BACK, IS_NEW
from analytics_dash.metrics.errors import error_groups
from analytics_dash.runs.record import Run
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import SLACK, Dataset, opened
from analytics_dash.store.sync import Scope
from analytics_dash.ui.failing_runs import before
from tests.store.shelf import empty_flow, stretch

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def failed(error: str, ago: timedelta) -> Run:
    return Run(run_id=f"{error} {ago}", date=NOW - ago, state="FAILED", error=error)


RUNS = [
    *(failed("gone for ten days", DAY * day) for day in (24, 15, 10)),
    failed("gone for ten days", 2 * HOUR),
    *(failed("every other day", DAY * day + HOUR) for day in range(0, 30, 2)),
    failed("never before", HOUR),
]


@contextmanager
def read(*spans: tuple[timedelta, timedelta], days: float) -> Iterator[Dataset]:
    """A range of so many days, with the runs of these spans read, each given by how long ago it begins and ends."""
    flow = empty_flow()
    for low, high in spans:
        held = [run for run in RUNS if NOW - low <= run.date < NOW - high]
        flow.keep(stretch(held, NOW - low, NOW - high), read_at=NOW)
    scope = Scope("o", "f", NOW - DAY * days, NOW, live=True)
    with opened(flow, scope, now=NOW, summary=None) as dataset:
        assert dataset is not None
        yield dataset


def marks(dataset: Dataset, view: View = View()) -> dict[str, tuple[object, object, datetime]]:  # noqa: B008  frozen
    start, end = dataset.interval
    past = before(dataset, view, start=start, end=end)
    assert past is not None
    frame = error_groups(dataset.runs(view), before=past.runs, since=past.since).frame
    values = zip(frame[IS_NEW].tolist(), frame[IS_BACK].tolist(), frame[FIRST_SEEN].tolist(), strict=True)
    return dict(zip(frame["template"], values, strict=True))


@pytest.mark.parametrize("days", [1, 3, 7])
def test_what_is_new_does_not_depend_on_how_long_the_range_is(days: int) -> None:
    with read((DAY * 30, DAY * 0), days=days) as dataset:
        found = marks(dataset)
    assert found["gone for ten days"] == (False, True, NOW - 24 * DAY)
    assert found["every other day"] == (False, False, NOW - 28 * DAY - HOUR)
    assert found["never before"] == (True, False, NOW - HOUR)


def test_where_little_is_read_nothing_is_called_new() -> None:
    with read((DAY * 3, DAY * 0), days=1) as dataset:
        found = marks(dataset)
    assert [str(mark) for mark in found["never before"][:2]] == ["<NA>", "<NA>"]
    assert [str(mark) for mark in found["gone for ten days"][:2]] == ["<NA>", "<NA>"]
    assert found["every other day"][:2] == (False, False)


@pytest.mark.parametrize(
    ("spans", "back"),
    [
        (((DAY * 30, DAY * 0),), DAY * 30),
        (((DAY * 30, DAY * 9), (DAY * 8, DAY * 0)), DAY * 8),  # a gap of a day: what is beyond does not count
        (((DAY * 30, DAY * 9), (DAY * 9 - SLACK, DAY * 0)), DAY * 30),  # a mere seam is no gap
        (((DAY, DAY * 0),), None),
        (((DAY * 30, DAY * 2), (DAY, DAY * 0)), None),  # just before the range nothing is read
    ],
)
def test_it_looks_back_as_far_as_is_read_without_a_gap(
    spans: Sequence[tuple[timedelta, timedelta]], back: timedelta | None
) -> None:
    with read(*spans, days=1) as dataset:
        past = before(dataset, View(), start=NOW - DAY, end=NOW)
    assert (past.since if past else None) == (None if back is None else NOW - back)


@pytest.mark.parametrize(("days", "back"), [(1, 8), (10, 20)])
def test_a_search_goes_through_the_texts_of_a_while_only(days: int, back: int) -> None:
    with read((DAY * 30, DAY * 0), days=days) as dataset:
        past = before(dataset, View(q="words"), start=NOW - DAY * days, end=NOW)
    assert past is not None
    assert past.since == NOW - DAY * back


def test_the_past_of_one_error_is_that_of_all() -> None:
    with read((DAY * 30, DAY * 0), days=1) as dataset:
        past = before(dataset, View(error_group="0" * 12), start=NOW - DAY, end=NOW)
        assert past is not None
        assert len(past.runs) == sum(run.date < NOW - DAY for run in RUNS)
