"""Owns a zone's distance from UTC over a range: the stretches between clock changes, and wall time in the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analytics_dash.metrics.grouping import EPOCH, MICROSECOND

DAY: Final = timedelta(days=1)  # no zone changes its clocks twice within one
SECOND: Final = timedelta(seconds=1)
HOUR_US: Final = 3_600_000_000
WEEK_US: Final = 168 * HOUR_US
MONDAY_US: Final = 4 * 24 * HOUR_US  # the first Monday after the epoch, a Thursday

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stretch:
    """[start, end) in UTC during which the zone's clocks are `offset` ahead of it."""

    start: datetime
    end: datetime
    offset: timedelta


def stretches(start: datetime, end: datetime, zone: str) -> list[Stretch]:
    """The range cut at the zone's clock changes; empty where the range is."""
    here = ZoneInfo(zone)
    days = [start + DAY * number for number in range(max(0, -((start - end) // DAY)))] + [end]
    changes = [_change(a, b, here) for a, b in pairwise(days) if _offset(a, here) != _offset(b, here)]
    edges = sorted({start, *(change for change in changes if change < end), end})
    return [Stretch(a, b, _offset(a, here)) for a, b in pairwise(edges)]


def wall_sql(held: list[Stretch]) -> str:
    """SQL for the naive local time of the column `date`, which is within the stretches."""
    if not held:
        return "date"
    cases = " ".join(f"WHEN date < make_timestamp({_us(s.end)}::BIGINT) THEN {s.offset // MICROSECOND}" for s in held)
    return f"date + to_microseconds(CASE {cases} ELSE {held[-1].offset // MICROSECOND} END::BIGINT)"


def hours_of_the_week(held: list[Stretch]) -> npt.NDArray[np.float64]:
    """How many hours of the stretches fall into each of the week's 168 hours on the wall, from Monday 00:00."""
    total = np.zeros(168, dtype=np.int64)
    for stretch in held:
        ahead = stretch.offset // MICROSECOND - MONDAY_US
        total += _until(_us(stretch.end) + ahead) - _until(_us(stretch.start) + ahead)
    return total / HOUR_US


def _until(wall_us: int) -> Ints:
    """Microseconds of each hour of the week from a Monday until this moment."""
    weeks, into = divmod(wall_us, WEEK_US)
    return weeks * HOUR_US + np.clip(into - np.arange(168, dtype=np.int64) * HOUR_US, 0, HOUR_US)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant, to the second, with the later offset."""
    old = _offset(before, zone)
    while after - before > SECOND:
        middle = before + (after - before) / 2
        before, after = (middle, after) if _offset(middle, zone) == old else (before, middle)
    return after.replace(microsecond=0)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _us(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND
