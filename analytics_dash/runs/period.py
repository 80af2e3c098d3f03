"""Owns lengths of time as people type them, and the periods beside one: calendar days beside calendar days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from analytics_dash.runs.comparison import Interval, day_start, whole_days

UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LENGTH: Final = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
TYPED: Final = re.compile(r"([0-9]+) *(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)")
LONGEST: Final = timedelta(days=3660)  # ten years: older than any flow
EXPECTED: Final = "a range looks like 24h, 7d, 30d, 90d, 25m or 2w, and is at most ten years"


def length_of(text: str) -> timedelta:
    """The length that “25m”, “36h”, “3d” or “2w” stands for; ValueError says what is expected."""
    found = LENGTH.fullmatch(text)
    length = int(found[1]) * UNITS[found[2]] if found else LONGEST * 2
    if length > LONGEST:
        raise ValueError(EXPECTED)
    return length


def typed_length(text: str) -> str:
    """A length as somebody types it (“ 36 H ”), as a link writes it (“36h”); ValueError says what is expected."""
    found = TYPED.fullmatch(text.strip().lower())
    short = found[1] + found[2][0] if found else text
    length_of(short)
    return short


def shifted(start: datetime, end: datetime, *, periods: int, zone: str) -> Interval:
    """The period that many of its own lengths later (earlier where negative), in UTC.

    Whole calendar days of the zone are moved by as many days, whatever clock changes make of them. OverflowError
    beyond the calendar.
    """
    here = ZoneInfo(zone)
    if (days := whole_days(start, end, here)) is not None:
        by_days = (days[1] - days[0]) * periods
        return day_start(days[0] + by_days, here), day_start(days[1] + by_days, here)
    by = (end - start) * periods
    return (start + by).astimezone(UTC), (end + by).astimezone(UTC)
