"""Owns where a month's tokens or cost will end: what is spent, and what days like those before would add."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics_dash.metrics.buckets import Granularity, boundaries, first_instant
from analytics_dash.metrics.columns import END, HIGH, LOW, MEDIAN, PARTIAL, PROJECTION_COLUMNS, SPENT, START
from analytics_dash.metrics.projection_draws import Floats, Past, draws

LOOK_BACK_DAYS: Final = 28  # four of each weekday; older days say little about the next ones
FEWEST_DAYS: Final = 7  # one of each weekday
BOUNDS: Final = (0.1, 0.5, 0.9)  # a range that should hold the month's end four times out of five
SATURDAY: Final = 5
LONGEST_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True, eq=False)
class Projection:
    """The month around `as_of`: `spent` so far, its end between `low` and `high`; None, with a `reason`, if unknown.

    `days` has PROJECTION_COLUMNS, a row per day of the month: SPENT is all that was spent until END (NaN for days to
    come), LOW, MEDIAN and HIGH what will be (NaN before today). `rests_on` counts the full days behind it.
    """

    month_start: datetime
    month_end: datetime
    as_of: datetime
    spent: float
    rests_on: int
    low: float | None
    median: float | None
    high: float | None
    reason: str | None
    days: pd.DataFrame


def projection_range(now: datetime, *, zone: str) -> tuple[datetime, datetime]:
    """The range to read by days: the month so far, and at least LOOK_BACK_DAYS full days, up to now."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    begins = min(today.replace(day=1), today - timedelta(days=LOOK_BACK_DAYS))
    return first_instant(begins, here), now.astimezone(UTC)


def month_projection(
    daily: pd.DataFrame, amount: str, *, zone: str, now: datetime, held_from: datetime | None = None
) -> Projection:
    """The end of the zone's calendar month around `now`, from a table with a row per day of `projection_range`.

    Each day to come is drawn from the full days of its kind (Monday to Friday, or weekend) with their trend; of today,
    what remains. `held_from` is when the data begin, for days before are not days without runs. Amounts are 0 or more.
    """
    edges = _month(now, zone)
    so_far = _so_far(daily, amount, edges)
    full = daily[~daily[PARTIAL] & (daily[END] <= now) & (daily[START] >= (held_from or daily[START].min()))]
    full = full.tail(LOOK_BACK_DAYS)
    reason = _reason(len(full), held_from, edges[0])
    bounds = None if reason else _bounds(full, amount, edges, zone=zone, now=now) + so_far.sum()
    low, median, high = (None, None, None) if bounds is None else (float(bound) for bound in bounds[:, -1])
    return Projection(
        month_start=edges[0],
        month_end=edges[-1],
        as_of=now.astimezone(UTC),
        spent=float(so_far.sum()),
        rests_on=len(full),
        low=low,
        median=median,
        high=high,
        reason=reason,
        days=_days(edges, so_far, bounds),
    )


def _month(now: datetime, zone: str) -> list[datetime]:
    """The edges of all days of the month around now, in UTC."""
    here = ZoneInfo(zone)
    first = now.astimezone(here).date().replace(day=1)
    next_first = (first + LONGEST_MONTH).replace(day=1)
    start, end = first_instant(first, here), first_instant(next_first, here)
    return [*boundaries(start, end, zone=zone, granularity=Granularity.DAY), end]


def _so_far(daily: pd.DataFrame, amount: str, edges: list[datetime]) -> Floats:
    """The amounts of the month's days up to now, 0 for one that the table lacks; never below 0."""
    known = dict(zip(daily[START], daily[amount].to_numpy(np.float64), strict=True))
    last = max((day for day in known if day < edges[-1]), default=edges[0])
    amounts = [known.get(pd.Timestamp(edge), 0.0) for edge in edges[:-1] if edge <= last]
    return np.maximum(np.array(amounts, dtype=np.float64), 0)


def _reason(days: int, held_from: datetime | None, month_start: datetime) -> str | None:
    """Why there is no projection, as the end of a sentence; None where there is one."""
    if held_from is not None and held_from > month_start:
        return "the month's first days have not been read"
    if days < FEWEST_DAYS:
        return f"too early: it rests on at least {FEWEST_DAYS} full days, and there are {days}"
    return None


def _bounds(full: pd.DataFrame, amount: str, edges: list[datetime], *, zone: str, now: datetime) -> Floats:
    """BOUNDS of what will be added, by the end of today and of each day to come."""
    ahead = [(start, end) for start, end in pairwise(edges) if end > now]
    shares = np.array([min((end - now) / (end - start), 1.0) for start, end in ahead])
    past = Past(np.maximum(full[amount].to_numpy(np.float64), 0), _weekend(list(full[START]), zone))
    cumulative = draws(past, _weekend([start for start, _ in ahead], zone), shares)
    return np.quantile(cumulative, BOUNDS, axis=0)


def _weekend(days: list[datetime], zone: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([day.astimezone(ZoneInfo(zone)).weekday() >= SATURDAY for day in days], dtype=bool)


def _days(edges: list[datetime], so_far: Floats, bounds: Floats | None) -> pd.DataFrame:
    instant = pd.DatetimeTZDtype("us", "UTC")
    count = len(edges) - 1
    spent = np.full(count, np.nan)
    spent[: len(so_far)] = so_far.cumsum()
    ahead = np.full((len(BOUNDS), count), np.nan)
    if bounds is not None:
        ahead[:, count - bounds.shape[1] :] = bounds
    columns = [pd.Series(edges[:-1], dtype=instant), pd.Series(edges[1:], dtype=instant), spent, *ahead]
    return pd.DataFrame(dict(zip((START, END, SPENT, LOW, MEDIAN, HIGH), columns, strict=True)))[
        list(PROJECTION_COLUMNS)
    ]
