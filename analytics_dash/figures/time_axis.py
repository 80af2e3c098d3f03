"""Owns the level axis: buckets laid out by elapsed time, so that an hour that comes twice has two places, with the
viewer's calendar as tick labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics_dash.figures.wording import A_MOMENT
from analytics_dash.metrics.buckets import Granularity, boundaries, first_instant
from analytics_dash.metrics.columns import END, START
from analytics_dash.runs.instants import naive

MAX_TICKS: Final = 7  # labels that fit side by side at 390 pixels
BAR_SHARE: Final = 0.82  # of a bucket's width; the rest is the gap to its neighbour
WIDEST_BAR: Final = 1 / 12  # of the axis: a single bucket is a bar, not a wall
MILLISECOND: Final = timedelta(milliseconds=1)

Chosen = Callable[[datetime], bool]
LADDER: Final[tuple[tuple[timedelta, Granularity, Chosen], ...]] = (
    (timedelta(hours=1), Granularity.HOUR, lambda _: True),
    (timedelta(hours=3), Granularity.HOUR, lambda t: t.hour % 3 == 0),
    (timedelta(hours=6), Granularity.HOUR, lambda t: t.hour % 6 == 0),
    (timedelta(hours=12), Granularity.HOUR, lambda t: t.hour % 12 == 0),
    (timedelta(days=1), Granularity.DAY, lambda _: True),
    (timedelta(days=2), Granularity.DAY, lambda t: t.toordinal() % 2 == 0),
    (timedelta(days=7), Granularity.WEEK, lambda _: True),
    (timedelta(days=14), Granularity.WEEK, lambda t: t.toordinal() // 7 % 2 == 0),
)
"""How far ticks are apart at least, the calendar boundaries they stand on, and which of these: the finest that fits."""
MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 24_000)
"""Months between ticks where weeks are too fine; the last fits every year there is."""


@dataclass(frozen=True)
class TimeAxis:
    """Where each bucket lies on the axis; positions are naive UTC, widths milliseconds, `bounds` ISO texts in UTC."""

    zone: str
    starts: list[datetime]
    ends: list[datetime]
    centres: list[datetime]
    widths_ms: list[float]
    bars_ms: list[float]
    bounds: list[list[str]]
    labels: dict[datetime, str]

    @property
    def range(self) -> list[datetime]:
        """Both ends of the axis: those of the range, so that the charts of a page align; none without buckets."""
        return [naive(self.starts[0]), naive(self.ends[-1])] if self.starts else []

    @cached_property
    def corners(self) -> np.ndarray:
        """The corners of each bar from the left, four each, no two at one place.

        Instants, and no numbers: on an axis of dates Plotly takes a number for the browser's local time.
        """
        centres = np.array(self.centres, dtype="datetime64[us]")
        half = (np.array(self.bars_ms, dtype=float) * 500).astype("timedelta64[us]")
        upper = half - np.minimum(half // 4, np.timedelta64(1000, "us"))
        return np.stack([centres - half, centres - upper, centres + upper, centres + half], axis=1).ravel()

    @property
    def ticks(self) -> list[datetime]:
        """Where the labels stand."""
        return [naive(instant) for instant in self.labels]

    def layout(self) -> dict[str, object]:
        """The axis for Plotly: fixed, so that a finger that scrolls does not zoom."""
        return {
            "type": "date",
            "range": self.range or None,
            "fixedrange": True,
            "tickvals": self.ticks,
            "ticktext": list(self.labels.values()),
            "showgrid": False,
            "tickangle": 0,
            "ticklabeloverflow": "allow",
            "zeroline": False,
        }


def time_axis(frame: pd.DataFrame, zone: str) -> TimeAxis:
    """The axis for a table with a start and an end in each row."""
    starts, ends = _instants(frame[START]), _instants(frame[END])
    widths = [(end - start) / MILLISECOND for start, end in zip(starts, ends, strict=True)]
    widest = sum(widths) * WIDEST_BAR
    return TimeAxis(
        zone=zone,
        starts=starts,
        ends=ends,
        centres=[naive(start + (end - start) / 2) for start, end in zip(starts, ends, strict=True)],
        widths_ms=widths,
        bars_ms=[min(width * BAR_SHARE, widest) for width in widths],
        labels=tick_labels(starts[0], ends[-1], zone) if starts else {},
        bounds=[[start.isoformat(), end.isoformat()] for start, end in zip(starts, ends, strict=True)],
    )


def tick_labels(start: datetime, end: datetime, zone: str) -> dict[datetime, str]:
    """Instant to label, at most MAX_TICKS of them, on the finest calendar boundaries that fit."""
    for apart, granularity, chosen in LADDER:
        if (end - start) / apart <= 2 * MAX_TICKS:  # a coarse count first: years have too many hours to list
            found = _wanted(start, end, zone, granularity, chosen)
            if len(found) <= MAX_TICKS:
                return dict(_labelled(found, granularity))
    months = _months(start, end, ZoneInfo(zone))
    return {local.astimezone(UTC): f"{local:%b}<br>{local.year}" for local in months}


def _wanted(start: datetime, end: datetime, zone: str, granularity: Granularity, chosen: Chosen) -> list[datetime]:
    edges = boundaries(start, end + A_MOMENT, zone=zone, granularity=granularity)  # the axis ends with a tick too
    return [local for edge in edges if chosen(local := edge.astimezone(ZoneInfo(zone))) and not local.fold]


def _months(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """First days of every n-th month, n the first of MONTH_STEPS that fits."""
    first, last = (12 * local.year + local.month - 1 for local in (start.astimezone(zone), end.astimezone(zone)))
    step = next(step for step in MONTH_STEPS if (last - first) / step <= MAX_TICKS - 1)
    months = [date(month // 12, month % 12 + 1, 1) for month in range(first - first % -step, last + 1, step)]
    instants = [first_instant(month, zone) for month in months]
    return [instant.astimezone(zone) for instant in instants if start <= instant <= end]


def _labelled(ticks: list[datetime], granularity: Granularity) -> Iterator[tuple[datetime, str]]:
    """A second line wherever a new day begins among hours, a new year among days."""
    before: datetime | None = None
    for local in ticks:
        if granularity is Granularity.HOUR:
            label = f"{local:%H:%M}" + ("" if before and before.date() == local.date() else f"<br>{_day(local)}")
        else:
            year = f"<br>{local.year}" if before is not None and before.year != local.year else f"<br>{local:%a}"
            label = _day(local) + year
        yield local.astimezone(UTC), label
        before = local


def _day(local: datetime) -> str:
    return f"{local.day} {local:%b}"


def _instants(column: pd.Series[pd.Timestamp]) -> list[datetime]:
    return [instant.to_pydatetime().astimezone(UTC) for instant in column]
