"""Owns how far chance explains that a value is more frequent in a selection: exact tests, one-sided."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from analytics_dash.metrics.chance import log_factorial

Floats = npt.NDArray[np.float64]
NEGLIGIBLE: Final = 1e-16  # of a sum: less does not change a double


def more_frequent_by_chance(hits: npt.ArrayLike, rest_hits: npt.ArrayLike, *, selected: int, rest: int) -> Floats:
    """Fisher's exact test, one-sided: how often chance puts at least `hits` of all hits into the selection; else 1.

    1 where the share in the selection is not above that of the rest. Exact, because a normal approximation promises
    too much where few of many runs are selected.
    """
    k = np.asarray(hits, dtype=np.float64)
    marked, total = k + np.asarray(rest_hits, dtype=np.float64), float(selected + rest)
    above = k * total > marked * selected
    chance = np.ones_like(k)
    chance[above] = _upper_tail(k[above], marked[above], float(selected), total)
    return np.minimum(chance, 1.0)


def _upper_tail(k: Floats, marked: Floats, selected: float, total: float) -> Floats:
    """Sums from k on; above the mean each term is smaller than the one before."""
    first = np.exp(_log_choose(marked, k) + _log_choose(total - marked, selected - k) - _log_choose(total, selected))
    term, tail, x = np.ones_like(k), np.ones_like(k), k.copy()
    while bool((term > tail * NEGLIGIBLE).any()):
        term = term * (marked - x) * (selected - x) / ((x + 1) * (total - marked - selected + x + 1))
        tail, x = tail + term, x + 1
    return np.asarray(first * tail, dtype=np.float64)


def _log_choose(of: npt.ArrayLike, chosen: npt.ArrayLike) -> Floats:
    n, k = np.broadcast_arrays(np.asarray(of, dtype=np.int64), np.asarray(chosen, dtype=np.int64))
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k)
