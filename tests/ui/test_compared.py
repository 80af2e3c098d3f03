"""The period that a page is held against, by what of its range is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import opened
from analytics_dash.store.sync import Scope
from analytics_dash.ui.compared import period
from tests.store.shelf import empty_flow, stretch

ZONE = "Europe/Berlin"
READ_SINCE = datetime(2026, 9, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-26", "2026-11-26 01:00", ("2026-11-25 23:00", "2026-11-26")),
        ("2026-11-25", "2026-11-26", ("2026-11-24", "2026-11-25")),
        ("2026-11-26", "2026-11-27", ("2026-11-25", "2026-11-25 13:00")),  # the day is not over
        ("2026-11-23", "2026-11-30", ("2026-11-16", "2026-11-19 13:00")),  # nor is the week
        ("2026-11-26 10:00", "2026-11-27 10:00", ("2026-11-26 07:00", "2026-11-26 10:00")),
    ],
)
def test_it_is_the_period_just_before_and_for_days_that_are_not_over_as_much_of_theirs(
    start: str, end: str, expected: tuple[str, str]
) -> None:
    now, flow = at("2026-11-26 13:00"), empty_flow()
    flow.keep(stretch([], READ_SINCE, now), read_at=now)
    view = View(start=at(start), end=at(end), tz=ZONE)
    with opened(flow, Scope("o", "f", at(start), at(end), live=False), now=now, summary=None) as dataset:
        assert dataset is not None
        found = period(dataset, view)
        buckets = buckets_for(*dataset.interval, zone=ZONE, now=now, granularity=Granularity.HOUR)
    assert found is not None
    assert (found.start, found.end) == (at(expected[0]), at(expected[1]))
    assert found.is_read
    assert [len(found.buckets(buckets)), found.buckets(buckets).edges[-1]] == [len(buckets), found.end]


def test_a_rolling_range_is_held_against_as_much_time_where_clocks_change() -> None:
    now, flow = at("2026-11-20 13:00"), empty_flow()
    flow.keep(stretch([], READ_SINCE, now), read_at=now)
    with opened(flow, Scope("o", "f", now - timedelta(days=30), now, live=True), now=now, summary=None) as dataset:
        assert dataset is not None
        found = period(dataset, View(range="30d", tz=ZONE))
        weeks = buckets_for(*dataset.interval, zone=ZONE, now=now, granularity=Granularity.WEEK)
    assert found is not None
    below = found.buckets(weeks)
    lengths = [[end - start for start, end in zip(b.starts, b.ends, strict=True)] for b in (weeks, below)]
    assert lengths[0] == lengths[1]
    assert below.partial == weeks.partial
