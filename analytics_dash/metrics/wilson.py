"""Owns the 95 % Wilson interval of a share, which stays honest where runs are few or the share is near 0 or 1."""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Z_95: Final = NormalDist().inv_cdf(0.975)  # two-sided: 2.5 % on either side

Floats = npt.NDArray[np.float64]


def wilson(hits: npt.ArrayLike, of: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Lower and upper bounds of hits / of, element by element; NaN where there is nothing to divide by."""
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(of, dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    share, z2 = k / n, Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    # rounding may push a bound past the share it must contain, at 0 and at 1
    return np.minimum(np.maximum(centre - half, 0), share), np.maximum(np.minimum(centre + half, 1), share)
