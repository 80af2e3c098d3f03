"""Incidents of a page: what lies around a range is its calm level where it has none of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from analytics_dash.runs.record import Run
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset, Report
from analytics_dash.store.intervals import Interval
from analytics_dash.store.reader import Reader
from analytics_dash.store.sync import Scope
from analytics_dash.ui.incident_list import AROUND, Found, _none, find, surroundings
from tests.store.shelf import reader

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WITHIN = Interval(NOON, NOON + 3 * HOUR)


def test_what_is_read_around_a_range_is_bounded() -> None:
    read = [Interval(NOON - 60 * DAY, NOON + 20 * DAY)]
    assert surroundings(read, WITHIN, until=NOON + DAY) == Interval(NOON - AROUND, NOON + DAY)
    long = Interval(NOON, NOON + 20 * DAY)
    assert surroundings(read, long, until=NOON + 20 * DAY) == Interval(NOON - 20 * DAY, NOON + 20 * DAY)


def test_what_is_read_beyond_a_gap_is_not_around() -> None:
    read = [Interval(NOON - 9 * DAY, NOON - 2 * DAY), Interval(NOON - DAY, NOON + 3 * HOUR)]
    assert surroundings(read, WITHIN, until=NOON + 3 * HOUR) == Interval(NOON - DAY, NOON + 3 * HOUR)


@pytest.mark.parametrize("held", [[], [WITHIN], [Interval(NOON - 23 * HOUR, NOON + 3 * HOUR)]])
def test_too_little_around_is_nothing(held: list[Interval]) -> None:
    assert surroundings(held, WITHIN, until=NOON + 9 * DAY) is None


def dataset(opened: Reader, read: Sequence[Interval], shown: Interval) -> Dataset:
    """What a page over `shown` would have of these rows, read up to their end."""
    scope = Scope("org", "flow", shown.low, shown.high, live=False)
    as_of = read[-1].high
    report = Report(0, 0, 1, 0, (), None, verified=True, notes=(), as_of=as_of, oldest_as_of=as_of)
    return Dataset(scope, shown, opened, tuple(read), (), report, keeps_texts=True)


def hourly(start: datetime, hours: int, *, of_ten: int) -> list[Run]:
    """Ten runs an hour, so many of them failed."""
    return [
        Run(
            run_id=f"{start}-{hour}-{number}",
            date=start + hour * HOUR + number * timedelta(minutes=5),
            state="FAILED" if number < of_ten else "COMPLETED",
        )
        for hour in range(hours)
        for number in range(10)
    ]


def test_a_range_narrowed_to_an_incident_still_shows_it() -> None:
    runs = [*hourly(NOON - 2 * DAY, 48, of_ten=0), *hourly(NOON, 3, of_ten=8), *hourly(NOON + 3 * HOUR, 21, of_ten=0)]
    with reader(runs, NOON - 2 * DAY, NOON + DAY) as (opened, read):
        wide = find(dataset(opened, read, Interval(NOON - DAY, NOON + DAY)), View(), zone="UTC")
        narrow = find(dataset(opened, read, WITHIN), View(), zone="UTC")
        calm = find(dataset(opened, read, Interval(NOON + 6 * HOUR, NOON + 9 * HOUR)), View(), zone="UTC")
    assert [(one.start, one.end) for one in wide.incidents] == [(WITHIN.low, WITHIN.high)]
    assert wide.around is None
    assert [(one.start, one.end, one.failed) for one in narrow.incidents] == [(WITHIN.low, WITHIN.high, 24)]
    assert narrow.around == Interval(NOON - 2 * DAY, NOON + DAY)
    assert calm.incidents == ()


def test_where_nothing_else_is_read_a_bad_range_is_not_called_free_of_incidents() -> None:
    with reader(hourly(NOON, 3, of_ten=8), WITHIN.low, WITHIN.high) as (opened, read):
        found = find(dataset(opened, read, WITHIN), View(), zone="UTC")
    assert (found.incidents, found.around) == ((), None)
    assert "cannot be told" in _none(found, "UTC")
    assert _none(found, "UTC") != _none(Found((), WITHIN, Interval(NOON - DAY, NOON)), "UTC")
