"""Owns which period a range is compared with: whole days against as many days, anything else over equal time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)

Interval = tuple[datetime, datetime]


class Comparison(StrEnum):
    """What a range is held against; the value is what a link says."""

    OFF = "off"
    PREVIOUS = "previous"
    LAST_WEEK = "last_week"


@dataclass(frozen=True)
class Former:
    """The period [start, end), in UTC, that a range is held against, and which of its instants stands for which.

    Those of a range of whole days are `days` earlier on the zone's calendar; where `days` is None, all of them are
    earlier by the same time, `lag`.
    """

    start: datetime
    end: datetime
    lag: timedelta
    days: timedelta | None
    zone: str

    def of(self, instant: datetime) -> datetime:
        """The instant of this period, in UTC, that one of the range is held against."""
        instant = instant.astimezone(UTC)
        return instant - self.lag if self.days is None else _days_earlier(instant, self.days, ZoneInfo(self.zone))


def compared_interval(start: datetime, end: datetime, *, comparison: Comparison, zone: str) -> Interval | None:
    """[start, end) of the other period in UTC; None where nothing is compared, or nothing lies before."""
    found = former(start, end, comparison=comparison, zone=zone)
    return None if found is None else (found.start, found.end)


def former(
    start: datetime, end: datetime, *, comparison: Comparison, zone: str, until: datetime | None = None
) -> Former | None:
    """The period that [start, end) is held against; None where nothing is compared, or nothing lies before.

    Whole calendar days of the zone are held against as many, however long clock changes make them; if they are over
    only up to `until`, the day in progress is held against as much time of its own. Anything else is held against a
    period that lasts equally long: the one just before, or the one that begins at the same time a week before.
    `LAST_WEEK` overlaps a range of more than a week.
    """
    if comparison is Comparison.OFF or start >= end:
        return None
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    over = min(end, until.astimezone(UTC)) if until else end
    here = ZoneInfo(zone)
    try:
        days = whole_days(start, end, here)
        if days is None:
            return _as_long(start, over, comparison, here)
        return _as_many_days(days, over, WEEK if comparison is Comparison.LAST_WEEK else days[1] - days[0], here)
    except OverflowError:  # before the first year
        return None


def whole_days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first local day and the one after the last, where [start, end) is whole days; None where it is not."""
    first, last = _local_day(start, zone), _local_day(end, zone)
    is_whole = first < last and day_start(first, zone) == start and day_start(last, zone) == end
    return (first, last) if is_whole else None


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, in UTC; where midnight is skipped, the moment that skips it (every zone since 1970)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _as_long(start: datetime, end: datetime, comparison: Comparison, zone: ZoneInfo) -> Former:
    earlier = start - (end - start) if comparison is Comparison.PREVIOUS else _days_earlier(start, WEEK, zone)
    return Former(earlier, earlier + (end - start), start - earlier, None, zone.key)


def _as_many_days(days: tuple[date, date], over: datetime, back: timedelta, zone: ZoneInfo) -> Former:
    first, last = days
    start, end = day_start(first, zone), day_start(last - back, zone)
    current = _local_day(over, zone)
    if current < last:
        so_far = day_start(current - back, zone) + (over - day_start(current, zone))
        end = min(so_far, day_start(current + DAY - back, zone))
    earlier = day_start(first - back, zone)
    return Former(earlier, end, start - earlier, back, zone.key)


def _days_earlier(instant: datetime, days: timedelta, zone: ZoneInfo) -> datetime:
    """The same wall time so many days earlier; the beginning of a day for the beginning of one."""
    day = _local_day(instant, zone)
    if day_start(day, zone) == instant:
        return day_start(day - days, zone)
    return (instant.astimezone(zone) - days).astimezone(UTC)


def _local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
