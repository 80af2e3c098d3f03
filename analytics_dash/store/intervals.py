"""Owns arithmetic on intervals of time: half-open, kept in order, apart from one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class Interval:
    """All instants with low <= instant < high; empty where high is not after low."""

    low: datetime
    high: datetime

    def __bool__(self) -> bool:
        return self.low < self.high

    @property
    def length(self) -> timedelta:
        """How long it is; nothing for an empty one."""
        return max(self.high - self.low, timedelta())

    def cut(self, other: Interval) -> Interval:
        """What both have; may be empty."""
        return Interval(max(self.low, other.low), min(self.high, other.high))


def union(intervals: Iterable[Interval], *, across: timedelta = timedelta()) -> list[Interval]:
    """The fewest intervals that hold the same instants, oldest first; gaps of up to `across` are filled."""
    joined: list[Interval] = []
    for interval in sorted(filter(None, intervals)):
        if joined and interval.low - joined[-1].high <= across:
            joined[-1] = Interval(joined[-1].low, max(joined[-1].high, interval.high))
        else:
            joined.append(interval)
    return joined


def minus(whole: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is in `whole` and not in `taken`, oldest first."""
    away = union(taken)
    return [left for interval in union(whole) for left in _left(interval, away)]


def _left(interval: Interval, away: Sequence[Interval]) -> Iterator[Interval]:
    low = interval.low
    for gone in away:
        if gone.high <= low:
            continue
        if gone.low >= interval.high:
            break
        if low < gone.low:
            yield Interval(low, gone.low)
        low = max(low, gone.high)
    if low < interval.high:
        yield Interval(low, interval.high)


def within(intervals: Iterable[Interval], bounds: Interval) -> list[Interval]:
    """The parts that lie in `bounds`, oldest first."""
    return [part for interval in union(intervals) if (part := interval.cut(bounds))]
