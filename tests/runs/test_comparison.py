"""The period compared with: whole days against as many whole days, anything else over equal time just before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import first_instant
from analytics_dash.runs.comparison import Comparison, Former, compared_interval, day_start, former

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
HOUR = timedelta(hours=1)


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "start", "end", "comparison", "expected"),
    [
        # whole days and weeks are held against as many, whatever their length
        (BERLIN, "2026-03-29", "2026-03-30", "previous", ("2026-03-28", "2026-03-29")),
        (BERLIN, "2026-10-25", "2026-10-26", "previous", ("2026-10-24", "2026-10-25")),
        (BERLIN, "2026-10-26", "2026-11-02", "previous", ("2026-10-19", "2026-10-26")),
        (NEW_YORK, "2026-03-09", "2026-03-16", "previous", ("2026-03-02", "2026-03-09")),
        (NEW_YORK, "2026-11-02", "2026-11-03", "last_week", ("2026-10-26", "2026-10-27")),
        (BERLIN, "2026-03-30", "2026-03-31", "last_week", ("2026-03-23", "2026-03-24")),
        (BERLIN, "2026-01-01", "2026-04-01", "previous", ("2025-10-03", "2026-01-01")),
        # a midnight at one end alone makes no whole days: the same length just before
        (BERLIN, "2026-11-24", "2026-11-24 01:00", "previous", ("2026-11-23 23:00", "2026-11-24")),
        (BERLIN, "2026-11-24", "2026-11-24 14:02", "previous", ("2026-11-23 09:58", "2026-11-24")),
        (BERLIN, "2026-11-23 20:00", "2026-11-24", "previous", ("2026-11-23 16:00", "2026-11-23 20:00")),
        (BERLIN, "2026-10-25", "2026-10-25 14:00", "previous", ("2026-10-24 09:00", "2026-10-25")),
        (BERLIN, "2026-03-30", "2026-03-30 23:00", "previous", ("2026-03-29", "2026-03-30")),
        (NEW_YORK, "2026-03-08", "2026-03-08 12:00", "previous", ("2026-03-07 13:00", "2026-03-08")),
        (NEW_YORK, "2026-11-02", "2026-11-02 09:00", "last_week", ("2026-10-26", "2026-10-26 09:00")),
        (NEW_YORK, "2026-03-08", "2026-03-08 12:00", "last_week", ("2026-03-01", "2026-03-01 11:00")),
        # a rolling range: the same length just before, or from the same wall time a week before
        (BERLIN, "2026-03-29 14:00", "2026-03-30 14:00", "previous", ("2026-03-28 13:00", "2026-03-29 14:00")),
        (BERLIN, "2026-03-31 14:00", "2026-03-31 20:00", "last_week", ("2026-03-24 14:00", "2026-03-24 20:00")),
        (BERLIN, "2026-10-24 14:00", "2026-10-25 14:00", "last_week", ("2026-10-17 14:00", "2026-10-18 15:00")),
    ],
)
def test_it_follows_the_calendar_of_the_zone(
    zone: str, start: str, end: str, comparison: str, expected: tuple[str, str]
) -> None:
    found = compared_interval(at(zone, start), at(zone, end), comparison=Comparison(comparison), zone=zone)
    wanted = [at(zone, text).astimezone(UTC) for text in expected]
    assert found is not None
    assert list(found) == wanted


def so_far(zone: str, start: str, end: str, *, until: str, comparison: Comparison = Comparison.PREVIOUS) -> Former:
    found = former(at(zone, start), at(zone, end), comparison=comparison, zone=zone, until=at(zone, until))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("zone", "start", "end", "until", "expected"),
    [
        # whole days that are not over: the day in progress against as much elapsed time of its own
        (BERLIN, "2026-11-24", "2026-11-25", "2026-11-24 14:02", ("2026-11-23", "2026-11-23 14:02")),
        (BERLIN, "2026-10-25", "2026-10-26", "2026-10-25 14:02", ("2026-10-24", "2026-10-24 15:02")),
        (BERLIN, "2026-03-30", "2026-03-31", "2026-03-30 14:02", ("2026-03-29", "2026-03-29 15:02")),
        (NEW_YORK, "2026-11-01", "2026-11-02", "2026-11-01 12:00", ("2026-10-31", "2026-10-31 13:00")),
        (BERLIN, "2026-11-23", "2026-11-30", "2026-11-26 13:00", ("2026-11-16", "2026-11-19 13:00")),
        (BERLIN, "2026-11-23", "2026-11-30", "2026-11-26", ("2026-11-16", "2026-11-19")),
        # anything else is what it is so far
        (BERLIN, "2026-11-24 10:00", "2026-11-25 10:00", "2026-11-24 13:00", ("2026-11-24 07:00", "2026-11-24 10:00")),
    ],
)
def test_days_that_are_not_over_are_compared_over_equal_time(
    zone: str, start: str, end: str, until: str, expected: tuple[str, str]
) -> None:
    found = so_far(zone, start, end, until=until)
    assert [found.start, found.end] == [at(zone, text).astimezone(UTC) for text in expected]


def test_a_day_of_25_hours_so_far_is_not_compared_beyond_its_start() -> None:
    start, until = at(BERLIN, "2026-10-25"), at(BERLIN, "2026-10-25 23:30")
    assert until.astimezone(UTC) - start.astimezone(UTC) == 24.5 * HOUR
    found = so_far(BERLIN, "2026-10-25", "2026-10-26", until="2026-10-25 23:30")
    assert (found.start, found.end) == (at(BERLIN, "2026-10-24").astimezone(UTC), start.astimezone(UTC))


@pytest.mark.parametrize(
    ("zone", "start", "end", "instant", "expected"),
    [
        (BERLIN, "2026-10-20", "2026-10-27", "2026-10-26", "2026-10-19"),  # a day for a day, 24 hours or 25
        (BERLIN, "2026-10-25", "2026-10-26", "2026-10-25 14:00", "2026-10-24 14:00"),
        (NEW_YORK, "2026-03-08", "2026-03-09", "2026-03-08 14:00", "2026-03-07 14:00"),
        (BERLIN, "2026-10-25 12:00", "2026-10-26 12:00", "2026-10-26 00:00", "2026-10-25 01:00"),
        (BERLIN, "2026-10-24 12:00", "2026-10-25 12:00", "2026-10-25 00:00", "2026-10-23 23:00"),  # 25 hours earlier
    ],
)
def test_an_instant_stands_for_the_same_time_of_day_in_whole_days_and_for_equal_time_otherwise(
    zone: str, start: str, end: str, instant: str, expected: str
) -> None:
    found = former(at(zone, start), at(zone, end), comparison=Comparison.PREVIOUS, zone=zone)
    assert found is not None
    assert found.of(at(zone, instant)) == at(zone, expected).astimezone(UTC)


def test_off_an_empty_range_and_the_beginning_of_time_are_compared_with_nothing() -> None:
    start = datetime(2026, 11, 24, tzinfo=UTC)
    assert compared_interval(start, start + HOUR, comparison=Comparison.OFF, zone="UTC") is None
    assert compared_interval(start, start, comparison=Comparison.PREVIOUS, zone="UTC") is None
    first = datetime(1, 1, 2, tzinfo=UTC)
    assert compared_interval(first, start, comparison=Comparison.PREVIOUS, zone="UTC") is None
    assert compared_interval(first, start, comparison=Comparison.LAST_WEEK, zone="UTC") is None


ZONES = ["UTC", BERLIN, NEW_YORK, "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "America/Havana"]


@settings(max_examples=30, deadline=None)
@given(day=st.dates(date(1970, 1, 3), date(2035, 1, 1)), zone=st.sampled_from([*ZONES, "Pacific/Apia"]))
def test_a_day_begins_where_its_bucket_does(day: date, zone: str) -> None:
    assert day_start(day, ZoneInfo(zone)) == first_instant(day, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "day"), [("America/Sao_Paulo", date(2018, 11, 4)), ("America/Havana", date(2026, 11, 1))]
)
def test_a_day_whose_midnight_is_skipped_or_doubled_begins_once(zone: str, day: date) -> None:
    assert day_start(day, ZoneInfo(zone)) == first_instant(day, ZoneInfo(zone))


@settings(max_examples=30, deadline=None)
@given(
    start=st.datetimes(datetime(2016, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  bounds are naive
    span=st.timedeltas(timedelta(minutes=1), timedelta(days=40)),
    zone=st.sampled_from(ZONES),
    whole=st.booleans(),
)
def test_the_previous_period_ends_where_this_one_begins_and_lasts_as_long(
    start: datetime, span: timedelta, zone: str, whole: bool
) -> None:
    here = ZoneInfo(zone)
    end = start + span
    if whole:
        first = start.astimezone(here).date()
        start, end = day_start(first, here), day_start(first + timedelta(days=1 + span.days), here)
    found = compared_interval(start, end, comparison=Comparison.PREVIOUS, zone=zone)
    assert found is not None
    assert found[0] < found[1] == start
    assert abs((found[1] - found[0]) - (end - start)) <= (HOUR if whole else timedelta())
