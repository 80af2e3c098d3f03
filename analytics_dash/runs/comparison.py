"""Owns which period a range is compared with: calendar days against calendar days, anything else over equal time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

WEEK: Final = timedelta(days=7)

Interval = tuple[datetime, datetime]


class Comparison(StrEnum):
    """What a range is held against; the value is what a link says."""

    OFF = "off"
    PREVIOUS = "previous"
    LAST_WEEK = "last_week"


def compared_interval(start: datetime, end: datetime, *, comparison: Comparison, zone: str) -> Interval | None:
    """[start, end) of the other period in UTC; None where nothing is compared, or nothing lies before.

    Whole calendar days of the zone are held against as many, however long clock changes make them. A range that ends
    within a day (one that ends now) is held against a period that lasts equally long. `LAST_WEEK` overlaps a range of
    more than a week.
    """
    if comparison is Comparison.OFF or start >= end:
        return None
    try:
        shift = _before if comparison is Comparison.PREVIOUS else _a_week_before
        return shift(start.astimezone(UTC), end.astimezone(UTC), ZoneInfo(zone))
    except OverflowError:  # before the first year
        return None


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, in UTC; where midnight is skipped, the moment that skips it (every zone since 1970)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _before(start: datetime, end: datetime, zone: ZoneInfo) -> Interval:
    if not _starts_a_day(start, zone):
        return start - (end - start), start
    first = _local_day(start, zone)
    days = _local_day(end - timedelta(microseconds=1), zone) - first + timedelta(days=1)
    earlier = day_start(first - days, zone)
    return (earlier, start) if _starts_a_day(end, zone) else (earlier, min(earlier + (end - start), start))


def _a_week_before(start: datetime, end: datetime, zone: ZoneInfo) -> Interval:
    if not _starts_a_day(start, zone):
        earlier = (start.astimezone(zone) - WEEK).astimezone(UTC)  # wall time
        return earlier, earlier + (end - start)
    earlier = day_start(_local_day(start, zone) - WEEK, zone)
    if _starts_a_day(end, zone):
        return earlier, day_start(_local_day(end, zone) - WEEK, zone)
    return earlier, earlier + (end - start)


def _starts_a_day(instant: datetime, zone: ZoneInfo) -> bool:
    return day_start(_local_day(instant, zone), zone) == instant


def _local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
