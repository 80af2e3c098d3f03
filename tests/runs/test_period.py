"""Lengths as people type them, and periods moved by their own length across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.period import length_of, shifted, typed_length

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("typed", "written", "length"),
    [
        ("25m", "25m", timedelta(minutes=25)),
        (" 36 H ", "36h", timedelta(hours=36)),
        ("3 days", "3d", timedelta(days=3)),
        ("2 weeks", "2w", timedelta(weeks=2)),
        ("90 min", "90m", timedelta(minutes=90)),
        ("1 hour", "1h", timedelta(hours=1)),
    ],
)
def test_a_length_is_read_as_people_type_it(typed: str, written: str, length: timedelta) -> None:
    assert typed_length(typed) == written
    assert length_of(written) == length


@pytest.mark.parametrize("text", ["", "d", "0d", "5y", "-3d", "1.5h", "4000d", "9" * 30 + "m", "3d3d", "٣d"])
def test_what_is_no_length_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match="25m"):
        typed_length(text)


def test_a_week_of_days_stays_a_week_of_days_where_clocks_change() -> None:
    start, end = datetime(2026, 10, 26, tzinfo=PARIS), datetime(2026, 11, 2, tzinfo=PARIS)
    before = shifted(start, end, periods=-1, zone="Europe/Paris")
    assert before == (datetime(2026, 10, 19, tzinfo=PARIS), start)
    assert before[1] - before[0].astimezone(UTC) == timedelta(days=7, hours=1)


@settings(max_examples=30, deadline=None)  # a slow machine is not a fault
@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(1, 10**6), st.integers(-5, 5))  # noqa: DTZ001
def test_there_and_back_again_is_the_same_period(start: datetime, seconds: int, periods: int) -> None:
    first = start.replace(tzinfo=UTC)
    last = first + timedelta(seconds=seconds)
    moved = shifted(first, last, periods=periods, zone="UTC")
    assert moved[1] - moved[0] == last - first
    assert shifted(*moved, periods=-periods, zone="UTC") == (first, last)
