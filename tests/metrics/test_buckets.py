"""Buckets follow the calendar of a zone through clock changes, partition the range, and say which are partial."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import (
    MAX_BUCKETS,
    Buckets,
    Granularity,
    buckets_for,
    buckets_under,
    first_instant,
    granularity_for,
)
from analytics_dash.runs.comparison import Comparison, former

LATER = datetime(2100, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]


def local(zone: str, *numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]  # year, month, day, ...


def cut(start: datetime, end: datetime, zone: str, granularity: Granularity, now: datetime = LATER) -> Buckets:
    return buckets_for(start, end, zone=zone, now=now, granularity=granularity)


def hours(buckets: Buckets) -> list[float]:
    return [(b - a) / timedelta(hours=1) for a, b in pairwise(buckets.edges)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, "hour"), (8, "hour"), (8.01, "day"), (180, "day"), (180.01, "week"), (4000, "week")],
)
def test_a_range_gets_the_granularity_it_can_show(days: float, expected: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert granularity_for(start, start + timedelta(days=days)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Kolkata", date(2026, 10, 25), 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # begins at 01:00
        ("America/Havana", date(2026, 11, 1), 25),  # has two midnights
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(zone: str, day: date, length: float) -> None:
    before, after = day - timedelta(days=1), day + timedelta(days=2)
    start, end = (local(zone, d.year, d.month, d.day) for d in (before, after))
    buckets = cut(start, end, zone, Granularity.DAY)
    assert hours(buckets)[1] == length
    assert buckets.starts[1].astimezone(ZoneInfo(zone)).date() == day
    assert buckets.partial == (False, False, False)


@pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", 25), ("America/New_York", 32)])
def test_the_hour_that_comes_twice_is_two_buckets(zone: str, day: int) -> None:
    first = date(2026, 10, 1) + timedelta(days=day - 1)
    after = first + timedelta(days=1)
    buckets = cut(
        local(zone, first.year, first.month, first.day), local(zone, after.year, after.month, after.day), zone,
        Granularity.HOUR,
    )  # fmt: skip
    walls = [start.astimezone(ZoneInfo(zone)).hour for start in buckets.starts]
    assert len(buckets) == 25
    assert set(hours(buckets)) == {1.0}
    assert len(walls) - len(set(walls)) == 1
    assert not any(buckets.partial)


def test_the_hour_that_is_skipped_has_no_bucket() -> None:
    zone = "Europe/Berlin"
    buckets = cut(local(zone, 2026, 3, 29), local(zone, 2026, 3, 30), zone, Granularity.HOUR)
    assert [s.astimezone(ZoneInfo(zone)).hour for s in buckets.starts] == [0, 1, *range(3, 24)]


def test_hours_of_a_half_hour_zone_begin_at_its_own_full_hours() -> None:
    start = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    buckets = cut(start, start + timedelta(hours=3), "Asia/Kolkata", Granularity.HOUR)
    assert [s.minute for s in buckets.starts] == [0, 30, 30, 30]
    assert buckets.partial == (True, False, False, True)


@pytest.mark.parametrize(
    ("zone", "day", "wall"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04 01:00"),  # midnight is skipped
        ("America/Toronto", date(1919, 3, 31), "1919-03-31 00:30"),  # the jump began half an hour before midnight
        ("America/Havana", date(2026, 11, 1), "2026-11-01 00:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-31 00:00"),  # the whole day is skipped
    ],
)
def test_a_day_begins_at_its_first_instant(zone: str, day: date, wall: str) -> None:
    instant = first_instant(day, ZoneInfo(zone))
    assert f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == wall
    assert (instant - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < day


def test_the_day_that_samoa_left_out_has_no_bucket() -> None:
    zone = "Pacific/Apia"
    buckets = cut(local(zone, 2011, 12, 28), local(zone, 2012, 1, 2), zone, Granularity.DAY)
    assert [s.astimezone(ZoneInfo(zone)).day for s in buckets.starts] == [28, 29, 31, 1]


def test_weeks_begin_on_monday() -> None:
    buckets = cut(local("Europe/Berlin", 2026, 10, 1), local("Europe/Berlin", 2026, 11, 24), "Europe/Berlin",
                  Granularity.WEEK)  # fmt: skip
    assert {s.astimezone(ZoneInfo("Europe/Berlin")).strftime("%a %H:%M") for s in buckets.starts[1:]} == {"Mon 00:00"}
    assert [i for i, partial in enumerate(buckets.partial) if partial] == [0, len(buckets) - 1]
    assert 169 in hours(buckets)


def test_a_bucket_is_partial_where_the_range_cuts_it_or_it_has_not_ended() -> None:
    start = datetime(2026, 11, 24, 10, 25, tzinfo=UTC)
    cut_both = cut(start, start.replace(hour=13), "UTC", Granularity.HOUR)
    assert cut_both.partial == (True, False, False, True)
    full = cut(start.replace(minute=0), start.replace(hour=13, minute=0), "UTC", Granularity.HOUR)
    assert full.partial == (False, False, False)
    running = cut(start.replace(minute=0), start.replace(hour=13, minute=0), "UTC", Granularity.HOUR,
                  now=start.replace(hour=11, minute=30))  # fmt: skip
    assert running.partial == (False, True, True)


def test_too_many_hours_become_days_and_centuries_become_spans_of_weeks() -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    assert cut(start, start + timedelta(days=365), "UTC", Granularity.HOUR).granularity is Granularity.DAY
    centuries = cut(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC), "UTC", Granularity.HOUR)
    assert len(centuries) <= MAX_BUCKETS
    assert centuries.granularity is Granularity.WEEK


def test_an_empty_range_has_no_buckets_and_an_empty_frame_with_its_types() -> None:
    start = datetime(2026, 11, 24, tzinfo=UTC)
    buckets = buckets_for(start, start, zone="UTC", now=LATER)
    assert len(buckets) == 0
    assert buckets.starts == buckets.ends == []
    assert [str(kind) for kind in buckets.frame().dtypes] == ["datetime64[us, UTC]", "datetime64[us, UTC]", "bool"]


@settings(deadline=None)  # a slow machine is not a fault
@given(
    start=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  bounds are naive
    span=st.timedeltas(timedelta(seconds=1), timedelta(days=40)),
    zone=st.sampled_from(ZONES),
    granularity=st.sampled_from(Granularity),
)
def test_buckets_partition_the_range(start: datetime, span: timedelta, zone: str, granularity: Granularity) -> None:
    buckets = cut(start, start + span, zone, granularity)
    assert buckets.edges[0] == start
    assert buckets.edges[-1] == start + span
    assert all(a < b for a, b in pairwise(buckets.edges))
    assert len(buckets.edges) == len(buckets.partial) + 1
    limit = {Granularity.HOUR: 1, Granularity.DAY: 25, Granularity.WEEK: 7 * 24 + 1}[granularity]
    assert max(hours(buckets)) <= limit
    assert not any(buckets.partial[1:-1])


def under(
    start: datetime,
    end: datetime,
    zone: str,
    granularity: Granularity,
    *,
    until: datetime | None = None,
    comparison: Comparison = Comparison.PREVIOUS,
) -> tuple[Buckets, Buckets]:
    """The buckets of a range, and those of the period that it is held against."""
    found = former(start, end, comparison=comparison, zone=zone, until=until)
    assert found is not None
    buckets = cut(start, until or end, zone, granularity)
    below = buckets_under(buckets, found)
    assert (below.edges[0], below.edges[-1]) == (found.start, found.end)
    return buckets, below


@settings(max_examples=60, deadline=None)
@given(
    end=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  naive bounds
    days=st.sampled_from([1, 7, 30, 90]),
    zone=st.sampled_from(ZONES),
    granularity=st.sampled_from(list(Granularity)),
    comparison=st.sampled_from([Comparison.PREVIOUS, Comparison.LAST_WEEK]),
)
def test_every_bucket_of_a_rolling_range_is_compared_over_equal_time(
    end: datetime, days: int, zone: str, granularity: Granularity, comparison: Comparison
) -> None:
    start = end - timedelta(days=days, seconds=1)
    buckets, below = under(start, end, zone, granularity, comparison=comparison)
    assert hours(buckets) == hours(below)


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", {(2026, 3, 29): 23, (2026, 10, 25): 25}),
        ("America/New_York", {(2026, 3, 8): 23, (2026, 11, 1): 25}),
    ],
)
def test_whole_days_match_day_by_day_where_clocks_change(zone: str, changes: dict[tuple[int, ...], float]) -> None:
    for change, length in changes.items():
        day = datetime(*change, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]  # year, month, day
        within = under(day - timedelta(days=2), day + timedelta(days=5), zone, Granularity.DAY)
        assert [hours(side) for side in within] == [[24, 24, length, 24, 24, 24, 24], [24] * 7]
        after = under(day + timedelta(days=1), day + timedelta(days=8), zone, Granularity.DAY)
        assert [hours(side) for side in after] == [[24] * 7, [24] * 6 + [length]]


def test_weeks_that_a_range_of_whole_days_cuts_are_compared_over_as_many_days() -> None:
    wednesday, later = local("Europe/Berlin", 2026, 11, 4), local("Europe/Berlin", 2026, 11, 25)
    buckets, below = under(wednesday, later, "Europe/Berlin", Granularity.WEEK)
    assert hours(buckets) == [5 * 24, 7 * 24, 7 * 24, 2 * 24]
    assert hours(below) == [5 * 24, 7 * 24 + 1, 7 * 24, 2 * 24]


def test_hours_of_whole_days_match_by_the_clock_and_one_that_the_other_day_lacks_matches_nothing() -> None:
    for zone, change in (("Europe/Berlin", (2026, 10, 25)), ("America/New_York", (2026, 11, 1))):
        day, repeated = local(zone, *change), 2 if zone == "Europe/Berlin" else 1
        buckets, below = under(day, day + timedelta(days=1), zone, Granularity.HOUR)
        assert len(buckets) == 25
        assert [place for place, length in enumerate(hours(below)) if length != 1] == [repeated]
        assert hours(below)[repeated] == 0
        clocks = [[start.astimezone(ZoneInfo(zone)).hour for start in side.starts] for side in (buckets, below)]
        assert clocks[0] == clocks[1]
        buckets, below = under(day + timedelta(days=1), day + timedelta(days=2), zone, Granularity.HOUR)
        assert [place for place, length in enumerate(hours(below)) if length != 1] == [repeated]
        assert hours(below)[repeated] == 2


@pytest.mark.parametrize("granularity", list(Granularity))
def test_what_has_not_ended_of_whole_days_is_compared_over_equal_time(granularity: Granularity) -> None:
    zone = "Europe/Berlin"
    monday, sunday = local(zone, 2026, 10, 19), local(zone, 2026, 10, 26)
    buckets = cut(monday, local(zone, 2026, 10, 25, 14, 20), zone, granularity)
    found = former(monday, sunday, comparison=Comparison.PREVIOUS, zone=zone, until=buckets.edges[-1])
    assert found is not None
    below = buckets_under(buckets, found)
    assert hours(below)[-1] == hours(buckets)[-1]
    assert below.edges[0] == local(zone, 2026, 10, 12)
    assert below.edges[-1] <= found.end


def test_an_empty_range_has_nothing_under_it() -> None:
    found = former(LATER, LATER + timedelta(hours=1), comparison=Comparison.PREVIOUS, zone="UTC")
    assert found is not None
    assert len(buckets_under(Buckets("UTC", Granularity.HOUR, (), ()), found)) == 0
