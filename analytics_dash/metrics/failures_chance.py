"""Owns whether a share differs from another beyond chance: Fisher's exact test, two-sided."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics_dash.metrics.chance import log_factorial

FALSE_MARKS: Final = 0.05  # of the marks, at most this share is chance, on average
TIE: Final = 1e-7  # relative: tables as likely as the one seen count as such in spite of rounding

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def fisher(failed: npt.ArrayLike, of: npt.ArrayLike, *, all_failed: int, all_of: int) -> Floats:
    """Two-sided p-values of these shares against the rest of all, one each; NaN where either side has no runs."""
    pairs = np.column_stack([np.asarray(failed, dtype=np.int64), np.asarray(of, dtype=np.int64)])
    different, place = np.unique(pairs, axis=0, return_inverse=True)  # most users share theirs with many others
    values = [_fisher(int(k), int(n), all_failed, all_of) for k, n in different]
    return np.array(values, dtype=np.float64)[place.ravel()]


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
    fixed = log_factorial(margins) @ np.array([1, 1, 1, 1, -1])
    cells = (failed, of - failed, all_failed - failed, all_of - of - all_failed + failed)
    return np.asarray(fixed - sum(log_factorial(cell) for cell in cells), dtype=np.float64)
