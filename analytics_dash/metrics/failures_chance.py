"""Owns whether a share differs from another beyond chance: Fisher's exact test, and its correction for many tests."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

FALSE_MARKS: Final = 0.05  # of the marks, at most this share is chance, on average
TIE: Final = 1e-7  # relative: tables as likely as the one seen count as such in spite of rounding
SMALL: Final = 16  # from here on, Stirling's series is exact to the last digits of a double
SMALL_LOGS: Final = np.array([math.lgamma(n + 1) for n in range(SMALL)])

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def fisher(failed: npt.ArrayLike, of: npt.ArrayLike, *, all_failed: int, all_of: int) -> Floats:
    """Two-sided p-values of these shares against the rest of all, one each; NaN where either side has no runs."""
    pairs = np.column_stack([np.asarray(failed, dtype=np.int64), np.asarray(of, dtype=np.int64)])
    different, place = np.unique(pairs, axis=0, return_inverse=True)  # most users share theirs with many others
    values = [_fisher(int(k), int(n), all_failed, all_of) for k, n in different]
    return np.array(values, dtype=np.float64)[place.ravel()]


def adjusted(p_values: npt.ArrayLike) -> Floats:
    """The p-values after Benjamini and Hochberg's correction for how many there are; NaN stays and is not counted."""
    given = np.asarray(p_values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    stepped = given[order] * len(order) / np.arange(1, len(order) + 1)
    result = np.full(given.shape, np.nan)
    result[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return result


def _fisher(failed: int, of: int, all_failed: int, all_of: int) -> float:
    if not 0 < of < all_of:
        return math.nan
    lowest, highest = max(0, all_failed - (all_of - of)), min(of, all_failed)
    logs = _log_chances(np.arange(lowest, highest + 1), of, all_failed, all_of)
    as_unlikely = logs <= logs[failed - lowest] + TIE
    return float(min(1.0, np.exp(logs[as_unlikely]).sum()))


def _log_chances(failed: Counts, of: int, all_failed: int, all_of: int) -> Floats:
    """Log probabilities of so many failures among `of` runs drawn from all, without returning any."""
    margins = np.array([of, all_of - of, all_failed, all_of - all_failed, all_of], dtype=np.int64)
    fixed = _log_factorial(margins) @ np.array([1, 1, 1, 1, -1])
    cells = (failed, of - failed, all_failed - failed, all_of - of - all_failed + failed)
    return np.asarray(fixed - sum(_log_factorial(cell) for cell in cells), dtype=np.float64)


def _log_factorial(numbers: Counts) -> Floats:
    n = np.maximum(numbers, SMALL).astype(np.float64)
    series = 1 / (12 * n) - 1 / (360 * n**3) + 1 / (1260 * n**5)
    large = n * np.log(n) - n + 0.5 * np.log(2 * np.pi * n) + series
    return np.where(numbers < SMALL, SMALL_LOGS[np.minimum(numbers, SMALL - 1)], large)
