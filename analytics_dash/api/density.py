"""Owns the guess at how long a slice of a listing must be to hold so many runs, from what was found of it so far.

Listings are read from new to old. Flows have their busy hours, so the last slice says little of one that lies half a
day further back: what is known of the same hours of the nearest day that was read says more, times how much busier it
has lately been than on that day. Where no day is known yet, the last finding is all there is. A wrong guess costs a
request and nothing else: a slice that holds more than a page is divided. No I/O, no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import Final

HOUR_S: Final = 3600.0
DAY_HOURS: Final = 24
DAYS: Final = 7  # further away no day is looked for
TURN: Final = 3.0  # as many times busier, or quieter, than on another day is believed
RECENT: Final = 8  # slices from which it is told how busy it has been lately
SPOKEN_FOR: Final = timedelta(days=DAYS)  # a longer slice says nothing of single hours
WIDEN: Final = 8.0  # how much wider the next slice may be after a sparse one
SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(days=3652)
LEAST_RATE: Final = 1e-9  # runs a second where none was found


class Density:
    """Runs a second of a listing, hour by hour, as far as it is read; `rate` is the guess where nothing is."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._width: timedelta | None = None
        self._oldest: datetime | None = None
        self._rows: defaultdict[int, float] = defaultdict(float)
        self._seconds: defaultdict[int, float] = defaultdict(float)

    @property
    def is_known(self) -> bool:
        """Whether there is anything to guess from."""
        return self._rate is not None

    def learn(self, rows: int, low: datetime, high: datetime) -> None:
        """Note how many runs have low <= date < high; the newest finding counts most, and a denser one at once."""
        seconds = max((high - low).total_seconds(), 1e-6)
        found = max(rows, 0.5) / seconds
        self._rate = found if self._rate is None else max(found, 0.5 * found + 0.5 * self._rate)
        before = self._width / 2 if self._width is not None else timedelta()
        self._width = max(high - low, before)  # what a full page left over is short and says little of the next
        self._oldest = low if self._oldest is None else min(self._oldest, low)
        for hour, share in _hours(low, high) if high - low < SPOKEN_FOR else ():
            self._rows[hour] += rows * share / seconds
            self._seconds[hour] += share

    def width(self, frontier: datetime, rows: float) -> timedelta:
        """How far back from the frontier so many runs reach, but not much further than the last slice did."""
        wish = timedelta(seconds=min(self._reach(frontier, rows), LONGEST.total_seconds()))
        return max(wish if self._width is None else min(wish, self._width * WIDEN), SHORTEST)

    def _reach(self, frontier: datetime, rows: float) -> float:
        """Seconds back from the frontier that hold so many rows: hour by hour as usual, and by the rate beyond."""
        rate, change, left = max(self._rate or 0.0, LEAST_RATE), self._change(), rows
        end = first = frontier.timestamp()
        while change is not None and first - end < DAYS * DAY_HOURS * HOUR_S:
            hour = ceil(end / HOUR_S) - 1
            usual = self._usual(hour)
            if usual is None:
                break
            held = usual * change * (end - hour * HOUR_S)
            if held >= left:
                return first - end + left / (usual * change)
            left, end = left - held, hour * HOUR_S
        return first - end + left / rate

    def _usual(self, hour: int) -> float | None:
        """Runs a second at this hour of the nearest day that is read."""
        days = (hour + day * DAY_HOURS for day in range(1, DAYS + 1))
        return next((self._at(day) for day in days if day in self._rows), None)

    def _change(self) -> float | None:
        """How many times as busy the oldest hours found are as the same hours a day later, over those known of both."""
        if self._oldest is None or not self._width:
            return None
        shares = list(_hours(self._oldest, self._oldest + min(RECENT * self._width, SPOKEN_FOR)))
        both = [(hour, share) for hour, share in shares if hour in self._rows and hour + DAY_HOURS in self._rows]
        now, then = (sum(self._at(hour + later) * share for hour, share in both) for later in (0, DAY_HOURS))
        return min(max(now / then, 1 / TURN), TURN) if now and then else None

    def _at(self, hour: int) -> float:
        return self._rows[hour] / self._seconds[hour]


def _hours(low: datetime, high: datetime) -> Iterator[tuple[int, float]]:
    """Each hour that the interval reaches into, with the seconds of it."""
    first, last = low.timestamp(), high.timestamp()
    hour = int(first // HOUR_S)
    while first < last and hour * HOUR_S < last:
        yield hour, min(last, (hour + 1) * HOUR_S) - max(first, hour * HOUR_S)
        hour += 1
