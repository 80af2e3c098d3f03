"""Owns what days to come may bring, drawn from days before them: their kind, their trend, how they hang together."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

DRAWS: Final = 2_000  # the bounds then move by about one per cent from seed to seed
STEADY: Final = 0.01  # a trend beyond 1 % a day is rare: less certain ones are drawn towards none
LIKE_BEFORE: Final = 0.45  # how much days resemble the day before where too few tell: wide rather than wrong
LIKE_BEFORE_DAYS: Final = 21  # days after which they tell as much as that
MOST_ALIKE: Final = 0.8  # beyond, the range is a guess anyway
NEARLY_NOTHING: Final = 1e-12

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rng = np.random.Generator


@dataclass(frozen=True)
class Trend:
    """Growth a day as a share of the mean, how unsure that is, and how much days that hang together widen a sum."""

    slope: float
    unsure: float
    deviation: float


@dataclass(frozen=True)
class Past:
    """Full days in a row up to yesterday: the amount of each, and whether it is on a weekend."""

    amounts: Floats
    weekend: Flags


def draws(past: Past, weekend: Flags, shares: Floats) -> Floats:
    """Cumulative amounts, DRAWS rows by days to come; `shares` is how much of each day remains; same data, same draws.

    Needs at least a day of each kind to come among the past ones. No amount is below 0.
    """
    rng = np.random.default_rng(zlib.crc32(past.amounts.tobytes()))
    days = np.zeros((DRAWS, len(weekend)))
    for kind in np.unique(weekend):
        days[:, weekend == kind] = _alike(past.amounts[past.weekend == kind], int((weekend == kind).sum()), rng)
    trend = _trend(past)
    ahead = np.arange(len(weekend)) + (len(past.amounts) + 1) / 2
    growth = np.clip(1 + rng.normal(trend.slope, trend.unsure, (DRAWS, 1)) * ahead, 0, None)
    plain, grown = (days * shares).cumsum(axis=1), (days * shares * growth).cumsum(axis=1)
    middle = np.median(plain, axis=0)
    apart = middle + trend.deviation * (plain - middle)
    ends: Floats = np.clip(apart * grown / np.where(plain > 0, plain, 1), 0, None)
    return ends


def _alike(amounts: Floats, count: int, rng: Rng) -> Floats:
    """Days drawn from a resample of these, another for each row, so that few days make a wide range."""
    fewness = len(amounts) / max(len(amounts) - 1, 1)
    mean = amounts.mean()
    widened = np.clip(mean + (amounts - mean) * np.sqrt(fewness), 0, None)
    resample = rng.integers(0, len(amounts), (DRAWS, len(amounts)))
    chosen = rng.integers(0, len(amounts), (DRAWS, count))
    picked: Floats = widened[np.take_along_axis(resample, chosen, axis=1)]
    return picked


def _trend(past: Past) -> Trend:
    """A line through each day beside the mean of its kind, drawn towards level as far as noise may feign it."""
    count = len(past.amounts)
    beside = _beside_its_kind(past)
    when = np.arange(count) - (count - 1) / 2
    slope = float(when @ beside / (when @ when))
    rest = beside - slope * when
    deviation = _deviation(rest)
    noise = deviation**2 * float(rest @ rest) / max(count - 2, 1) / float(when @ when) + NEARLY_NOTHING
    variance = 1 / (1 / noise + 1 / STEADY**2)
    return Trend(slope * variance / noise, float(np.sqrt(variance)), deviation)


def _beside_its_kind(past: Past) -> Floats:
    """Each day's deviation from the mean of weekends, or of the other days, as a share of that mean."""
    means = np.where(past.weekend, _mean(past.amounts[past.weekend]), _mean(past.amounts[~past.weekend]))
    return np.where(means > 0, past.amounts / np.where(means > 0, means, 1) - 1, 0)


def _mean(amounts: Floats) -> float:
    return float(amounts.mean()) if len(amounts) else 0.0


def _deviation(rest: Floats) -> float:
    """How many times wider a sum of days is than if each were by itself, from how they resemble the day before."""
    count, power = len(rest), float(rest @ rest)
    seen = float(rest[1:] @ rest[:-1]) / power if power > NEARLY_NOTHING else 0.0
    seen += (1 + 4 * seen) / count  # what so few days hide of it on average
    alike = (count * max(seen, 0.0) + LIKE_BEFORE_DAYS * LIKE_BEFORE) / (count + LIKE_BEFORE_DAYS)
    alike = min(alike, MOST_ALIKE)
    return float(np.sqrt((1 + alike) / (1 - alike)))
