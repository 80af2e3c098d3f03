"""Owns what tests against chance share: logarithms of factorials, and the correction for how many tests there are."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

SMALL: Final = 16  # from here on, Stirling's series is exact to the last digits of a double
SMALL_LOGS: Final = np.array([math.lgamma(n + 1) for n in range(SMALL)])

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def log_factorial(numbers: Counts) -> Floats:
    """The natural logarithm of n! for each n >= 0."""
    n = np.maximum(numbers, SMALL).astype(np.float64)
    series = 1 / (12 * n) - 1 / (360 * n**3) + 1 / (1260 * n**5)
    large = n * np.log(n) - n + 0.5 * np.log(2 * np.pi * n) + series
    return np.where(numbers < SMALL, SMALL_LOGS[np.minimum(numbers, SMALL - 1)], large)


def adjusted(p_values: npt.ArrayLike, *, tests: int = 0) -> Floats:
    """The p-values after Benjamini and Hochberg's correction for how many there are; NaN stays and is not counted.

    Where more `tests` were made than have a p-value here, the others count as explained by chance.
    """
    given = np.asarray(p_values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    stepped = given[order] * max(tests, len(order)) / np.arange(1, len(order) + 1)
    result = np.full(given.shape, np.nan)
    result[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return result
