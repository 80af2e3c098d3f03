"""Owns incidents: stretches in which the failure rate is clearly above its calm level, found as change points.

The buckets are cut into stretches of one rate each: the cut with the highest binomial likelihood, less a penalty for
every change (optimal partitioning, pruned as in PELT). The stretches with the lowest rates, until they hold CALM_SHARE
of the runs, and all that are not clearly above them, are the calm level; what is left are incidents. "Clearly" is odds
of failing at least MIN_ODDS times as high, and a binomial log likelihood ratio above log(windows / FALSE_ALARM), which
by Chernoff's bound is exceeded by any of the windows in steady noise with a chance below FALSE_ALARM.

The bound is for attempts that fail independently of one another. Runs that try again after a failure don't, so that
first attempts alone decide whether there is an incident (`metrics.dispersion`); what is told of it counts all runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics_dash.metrics.columns import END, FAILED, START, SUCCEEDED

FALSE_ALARM: Final = 0.05  # chance of any incident in a view whose rate is steady
MIN_ODDS: Final = 2.0  # with many runs the smallest change is beyond chance, and still nobody's incident
CALM_SHARE: Final = 0.25  # of the runs: a lucky night is no level, and a rise that holds longer than the rest is one

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Incident:
    """A stretch of buckets, [start, end) in UTC; `end` is None while no later run says that it is over.

    `since_before`: it is under way where the range begins. `extra` are the failures beyond the calm level's share.
    """

    start: datetime
    end: datetime | None
    since_before: bool
    failed: int
    decided: int
    rate: float
    baseline: float
    extra: float


@dataclass(frozen=True)
class _Stretch:
    """Bounds among the buckets that have attempts, and what is in between."""

    first: int
    after: int
    failed: int
    decided: int

    @property
    def rate(self) -> float:
        return self.failed / self.decided


def incidents(frame: pd.DataFrame, repeated: pd.DataFrame | None = None) -> tuple[Incident, ...]:
    """The incidents of a table of failures over time (FAILURE_COLUMNS), by start; none where nothing was decided.

    `repeated` is the same table of those runs alone that are no first attempts; without it, all are.
    """
    counted = frame[[FAILED, SUCCEEDED]]
    first = counted if repeated is None else counted - repeated[[FAILED, SUCCEEDED]]
    decided = first.sum(axis="columns").to_numpy(np.int64)
    held = np.flatnonzero(decided)  # buckets without attempts say nothing
    if not len(held):
        return ()
    stretches = _stretches(first[FAILED].to_numpy(np.int64)[held], decided[held])
    loud = _joined(_loud(stretches, threshold(len(held))))
    inside = [_whole(counted.iloc[held[one.first] : held[one.after - 1] + 1], one) for one in loud]
    calm = _rest(counted, inside)
    rows = frame.iloc[held].reset_index(drop=True)
    return tuple(_incident(rows, one, calm) for one in inside)


def threshold(buckets: int) -> float:
    """The log likelihood ratio that no window among these buckets exceeds in steady noise, but with FALSE_ALARM."""
    return math.log(buckets * (buckets + 1) / 2 / FALSE_ALARM)


def _stretches(failed: Counts, decided: Counts) -> list[_Stretch]:
    """Half the threshold a change: an incident has two, and must be worth the whole."""
    failed_to, decided_to = (np.concatenate([[0], np.cumsum(counts)]) for counts in (failed, decided))
    bounds = _partition(failed_to, decided_to, threshold(len(failed)) / 2)
    return [_between(failed_to, decided_to, first, after) for first, after in pairwise(bounds)]


def _partition(failed_to: Counts, decided_to: Counts, penalty: float) -> list[int]:
    """The bounds of the cheapest cut: what each end costs at best, from the cheapest start that may still win."""
    count = len(failed_to) - 1
    best, came_from = np.zeros(count + 1), np.zeros(count + 1, dtype=np.int64)
    best[0] = -penalty
    starts = np.array([0])
    for end in range(1, count + 1):
        without = best[starts] + _cost(failed_to[end] - failed_to[starts], decided_to[end] - decided_to[starts])
        cheapest = int(np.argmin(without))
        best[end], came_from[end] = without[cheapest] + penalty, starts[cheapest]
        starts = np.append(starts[without <= best[end]], end)
    bounds = [count]
    while bounds[-1]:
        bounds.append(int(came_from[bounds[-1]]))
    return bounds[::-1]


def _cost(failed: Counts, decided: Counts) -> Floats:
    """The negative log likelihood of runs that all fail with their own share."""
    return -_log_likelihood(failed, decided, failed / decided)


def _log_likelihood(failed: npt.ArrayLike, decided: npt.ArrayLike, rate: npt.ArrayLike) -> Floats:
    k, n, p = (np.asarray(given, dtype=np.float64) for given in (failed, decided, rate))
    smallest = np.finfo(np.float64).tiny  # 0 times its logarithm is 0
    return np.asarray(k * np.log(np.maximum(p, smallest)) + (n - k) * np.log(np.maximum(1 - p, smallest)))


def _between(failed_to: Counts, decided_to: Counts, first: int, after: int) -> _Stretch:
    return _Stretch(first, after, int(failed_to[after] - failed_to[first]), int(decided_to[after] - decided_to[first]))


def _loud(stretches: list[_Stretch], enough: float) -> list[_Stretch]:
    """The stretches above the calm level."""
    rising = sorted(stretches, key=lambda stretch: (stretch.rate, stretch.first))
    wanted = CALM_SHARE * sum(stretch.decided for stretch in stretches)
    failed = decided = 0
    for place, stretch in enumerate(rising):
        if decided >= wanted and _is_above(stretch, failed, decided, enough):
            return rising[place:]
        failed, decided = failed + stretch.failed, decided + stretch.decided
    return []


def _is_above(stretch: _Stretch, failed: int, decided: int, enough: float) -> bool:
    calm = failed / decided
    odds = stretch.rate * (1 - calm) >= MIN_ODDS * calm * (1 - stretch.rate)
    both = (stretch.failed + failed) / (stretch.decided + decided)
    apart = _log_likelihood([stretch.failed, failed], [stretch.decided, decided], [stretch.rate, calm]).sum()
    together = _log_likelihood([stretch.failed, failed], [stretch.decided, decided], both).sum()
    return odds and bool(apart - together > enough)


def _joined(loud: list[_Stretch]) -> list[_Stretch]:
    """Neighbours as one: an incident that grows worse is still the same."""
    joined: list[_Stretch] = []
    for one in sorted(loud, key=lambda stretch: stretch.first):
        touches = bool(joined) and joined[-1].after == one.first
        joined.append(_both(joined.pop(), one) if touches else one)
    return joined


def _both(one: _Stretch, following: _Stretch) -> _Stretch:
    return _Stretch(one.first, following.after, one.failed + following.failed, one.decided + following.decided)


def _whole(counted: pd.DataFrame, stretch: _Stretch) -> _Stretch:
    """The stretch with all runs of its buckets, first attempts or not."""
    failed, succeeded = (int(counted[name].sum()) for name in (FAILED, SUCCEEDED))
    return replace(stretch, failed=failed, decided=failed + succeeded)


def _rest(counted: pd.DataFrame, inside: list[_Stretch]) -> float:
    """The failure rate of all runs outside the incidents: the calm level is never without any."""
    failed, succeeded = (int(counted[name].sum()) for name in (FAILED, SUCCEEDED))
    decided = failed + succeeded - sum(one.decided for one in inside)
    return (failed - sum(one.failed for one in inside)) / decided


def _incident(rows: pd.DataFrame, stretch: _Stretch, calm: float) -> Incident:
    return Incident(
        start=rows[START].iloc[stretch.first].to_pydatetime(),
        end=rows[END].iloc[stretch.after - 1].to_pydatetime() if stretch.after < len(rows) else None,
        since_before=stretch.first == 0,
        failed=stretch.failed,
        decided=stretch.decided,
        rate=stretch.rate,
        baseline=calm,
        extra=stretch.failed - calm * stretch.decided,
    )
