"""Owns calendar buckets: a range cut at the hours, days or weeks of a zone, clock changes included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from analytics_dash.metrics.columns import END, PARTIAL, START
from analytics_dash.runs.comparison import Former

HOURS_UP_TO: Final = timedelta(days=8)  # a week of hours is 168 points: still one to three pixels each on a phone
DAYS_UP_TO: Final = timedelta(days=180)  # more days than that are thinner than their gaps
MAX_BUCKETS: Final = 5_000  # a browser takes a second or two to paint more
CALENDAR_END: Final = datetime.max.replace(tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)


class Granularity(StrEnum):
    """How long a bucket is, in calendar terms, finest first."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


FINEST_SPAN: Final = {
    Granularity.HOUR: timedelta(hours=1),
    Granularity.DAY: timedelta(days=1),
    Granularity.WEEK: timedelta(weeks=1),
}


@dataclass(frozen=True)
class Buckets:
    """Contiguous calendar buckets that partition a range; `edges` (UTC) are one more than buckets, none where empty."""

    zone: str
    granularity: Granularity
    edges: tuple[datetime, ...]
    partial: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.partial)

    @property
    def starts(self) -> list[datetime]:
        """When each bucket begins; the first begins where the range does."""
        return list(self.edges[:-1])

    @property
    def ends(self) -> list[datetime]:
        """When each bucket ends, exclusive; the last ends where the range does."""
        return list(self.edges[1:])

    def frame(self) -> pd.DataFrame:
        """One row per bucket: its start and end in UTC and whether it is partial."""
        instant = pd.DatetimeTZDtype("us", "UTC")
        return pd.DataFrame(
            {
                START: pd.Series(self.starts, dtype=instant),
                END: pd.Series(self.ends, dtype=instant),
                PARTIAL: pd.Series(self.partial, dtype=bool),
            }
        )


def granularity_for(start: datetime, end: datetime) -> Granularity:
    """Hours for up to eight days, days for up to 180 of them, weeks beyond."""
    span = end - start
    if span <= HOURS_UP_TO:
        return Granularity.HOUR
    return Granularity.DAY if span <= DAYS_UP_TO else Granularity.WEEK


def buckets_for(
    start: datetime, end: datetime, *, zone: str, now: datetime, granularity: Granularity | None = None
) -> Buckets:
    """[start, end) cut at the zone's calendar, coarser than asked where that would give more than MAX_BUCKETS."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    unit, every = _affordable(granularity or granularity_for(start, end), end - start)
    if start >= end:
        return Buckets(zone, unit, (), ())
    inner = (edge for edge in boundaries(start, end, zone=zone, granularity=unit, every=every) if edge > start)
    edges = (start, *inner, end)
    partial = [edge > now for edge in edges[1:]]
    partial[0] |= not is_boundary(start, zone=zone, granularity=unit)
    partial[-1] |= not is_boundary(end, zone=zone, granularity=unit)
    return Buckets(zone, unit, edges, tuple(partial))


def buckets_under(buckets: Buckets, former: Former) -> Buckets:
    """The former period cut at the buckets' own edges, so that each of its buckets stands for the one in its place.

    Both last equally long. Where whole days are held against as many, a day or a week is as long as clock changes make
    it; an hour that its day lacks lasts no time, and one with a repeated hour in it two.
    """
    if not len(buckets):
        return buckets
    starts = list(accumulate(map(former.of, buckets.starts), max))  # wall time runs twice through a repeated hour
    end = former.end
    if buckets.granularity is Granularity.HOUR:
        end = min(end, starts[-1] + (buckets.edges[-1] - buckets.edges[-2]))
    return replace(buckets, edges=(*starts, max(end, starts[-1])))


def boundaries(
    start: datetime, end: datetime, *, zone: str, granularity: Granularity, every: int = 1
) -> Iterator[datetime]:
    """The instants in [start, end), in UTC, at which an hour, a day or a week (every n-th) of the zone begins."""
    here = ZoneInfo(zone)
    edge = start.astimezone(UTC)
    if not is_boundary(edge, zone=zone, granularity=granularity):
        edge = _next(edge, here, granularity)
    while edge < end:
        yield edge
        edge = _next(edge, here, granularity, weeks=every)


def is_boundary(instant: datetime, *, zone: str, granularity: Granularity) -> bool:
    """Whether an hour, a day or a week of the zone begins at this instant."""
    local = instant.astimezone(ZoneInfo(zone))
    if granularity is Granularity.HOUR:
        return _into_hour(local) == timedelta()
    starts = first_instant(local.date(), ZoneInfo(zone)) == instant
    return starts and (granularity is Granularity.DAY or local.weekday() == 0)


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, in UTC: the first of two midnights, or the moment that skips it."""
    midnight = datetime.combine(day, time(), zone)
    before, at = midnight.replace(fold=1).astimezone(UTC), midnight.astimezone(UTC)
    while at - before > SECOND:  # only where midnight is skipped does fold=1 come first: look for the jump in between
        middle = before + (at - before) / 2
        before, at = (before, middle) if _reaches(middle, midnight, zone) else (middle, at)
    return at.replace(microsecond=0)


def _reaches(instant: datetime, midnight: datetime, zone: ZoneInfo) -> bool:
    return instant.astimezone(zone).replace(tzinfo=None) >= midnight.replace(tzinfo=None)


def _next(edge: datetime, zone: ZoneInfo, granularity: Granularity, *, weeks: int = 1) -> datetime:
    local = edge.astimezone(zone)
    if granularity is Granularity.HOUR:  # elapsed, not wall, time: a repeated hour comes twice
        return edge + timedelta(hours=1) - _into_hour(local)
    days = 1 if granularity is Granularity.DAY else 7 * weeks - local.weekday()
    try:
        following = first_instant(local.date() + timedelta(days=days), zone)
        return following if following > edge else first_instant(local.date() + timedelta(days=days + 1), zone)
    except OverflowError:
        return CALENDAR_END


def _into_hour(local: datetime) -> timedelta:
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _affordable(granularity: Granularity, span: timedelta) -> tuple[Granularity, int]:
    """The granularity, and how many of its units make a bucket (more than one only for centuries)."""
    order = list(Granularity)
    for unit in order[order.index(granularity) :]:
        if span / FINEST_SPAN[unit] <= MAX_BUCKETS - 2:  # cut buckets at either end come on top
            return unit, 1
    return Granularity.WEEK, int(span / FINEST_SPAN[Granularity.WEEK] // (MAX_BUCKETS - 2)) + 1
