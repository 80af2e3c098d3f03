"""Owns how much of a change a part of the runs explains, and how likely chance alone would have made it so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = Mapping[str, Floats]
"""COUNTS of one side by name: a number for each part, or a single one for all runs."""

MIN_RUNS: Final = 20  # of a part on either side: below, normal approximations promise too much
MIN_HITS: Final = 10  # failed or slow runs of a part on both sides together: the same
MIN_RELATIVE: Final = 0.1  # of the former value: less is nothing to act upon, however certain
ERFC: Final = np.vectorize(math.erfc, otypes=[np.float64])
MIN_RATE: Final = 0.001  # a tenth of a point, for rates near 0, of which a tenth is nothing


@dataclass(frozen=True)
class Effects:
    """For each part: its contribution to the total change, the p-value, whether runs suffice for one, and whether the
    contribution is large enough to matter."""

    total: float
    contribution: Floats
    p_value: Floats
    tested: npt.NDArray[np.bool_]
    matters: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sides:
    """COUNTS of the parts and of all runs, of both periods, and how far sittings inflate the variance of sums."""

    now: Counts
    then: Counts
    all_now: Counts
    all_then: Counts
    clustering: float = 1.0


def share_effects(side: Sides, *, base: str, hits: str) -> Effects:
    """For a rate hits / base: effects of the rate within a part and of the part's weight together, adding up.

    Beyond the contribution itself, the part must have changed otherwise than the rest: where everything became worse
    alike, no part is the cause. The p-value is that of the weaker of both claims.
    """
    n1, n0, of1, of0 = side.now[base], side.then[base], side.all_now[base], side.all_then[base]
    f1, f0, hit1, hit0 = side.now[hits], side.then[hits], side.all_now[hits], side.all_then[hits]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate1, rate0 = hit1 / of1, hit0 / of0
        middle, of = (rate1 + rate0) / 2, of1 + of0
        contribution = (f1 - n1 * middle) / of1 - (f0 - n0 * middle) / of0
        specific = (f1 - n1 * rate1) / of1 - (f0 - n0 * rate0) / of0
        f, n, hit, rate = f1 + f0, n1 + n0, hit1 + hit0, (hit1 + hit0) / of
        weight = n / of
        own = (f * (1 - middle) ** 2 + (n - f) * middle**2) / of - ((f - n * middle) / of) ** 2
        inside = (f * (1 - rate) ** 2 + (n - f) * rate**2) * (1 - weight) ** 2
        outside = ((hit - f) * (1 - rate) ** 2 + (of - n - hit + f) * rate**2) * weight**2
        per_run = 1 / of1 + 1 / of0
        p_value = _both(contribution, own * per_run, specific, (inside + outside) / of * per_run)
    matters = np.abs(contribution) >= _least(rate0, rate1)
    return Effects((rate1 - rate0).item(), contribution, p_value, (f >= MIN_HITS) & _enough(side), matters)


def sum_effects(side: Sides, *, sums: str, squares: str) -> Effects:
    """For a sum: a part's change. It must differ from what a change of everything alike would have made of it.

    Variances are those of independent runs, the sum of squares, times the clustering (Kish's design effect).
    """
    s1, s0, all1, all0 = side.now[sums], side.then[sums], side.all_now[sums], side.all_then[sums]
    with np.errstate(divide="ignore", invalid="ignore"):
        of1, of0 = side.all_now["n"], side.all_then["n"]
        q = side.clustering * (side.now[squares] + side.then[squares])
        every = side.clustering * (side.all_now[squares] + side.all_then[squares])
        share = (s1 + s0) / (all1 + all0)
        spread = (q * (1 - share) ** 2 + (every - q) * share**2) / (of1 + of0)
        p_value = _both(s1 - s0, q, s1 / all1 - s0 / all0, spread * (of1 / all1**2 + of0 / all0**2))
    matters = np.abs(s1 - s0) >= MIN_RELATIVE * np.abs(all0)
    return Effects((all1 - all0).item(), s1 - s0, p_value, _enough(side), matters)


def total_p_value(side: Sides, *, base: str, hits: str, squares: str | None) -> float:
    """How likely chance alone moves the whole as far; 1 where the move is too small to matter, or runs are few."""
    of1, of0 = side.all_now[base].item(), side.all_then[base].item()
    hit1, hit0 = side.all_now[hits].item(), side.all_then[hits].item()
    if min(of1, of0) < MIN_RUNS:
        return 1.0
    if squares is None:
        rate, change = (hit1 + hit0) / (of1 + of0), hit1 / of1 - hit0 / of0
        variance, least = rate * (1 - rate) * (1 / of1 + 1 / of0), float(_least(hit0 / of0, hit1 / of1))
    else:
        change, least = hit1 - hit0, MIN_RELATIVE * abs(hit0)
        variance = side.clustering * (side.all_now[squares] + side.all_then[squares]).item()
    return _two_sided(change, variance).item() if variance > 0 and abs(change) >= least else 1.0


def holm(p_values: Floats) -> Floats:
    """The p-values corrected for their number: all that are below 0.05 then are true findings in 95 of 100 looks."""
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def _enough(side: Sides) -> npt.NDArray[np.bool_]:
    """A part may be new or gone; all runs of each side may not be few."""
    whole = min(side.all_now["n"].item(), side.all_then["n"].item()) >= MIN_RUNS
    return (np.maximum(side.now["n"], side.then["n"]) >= MIN_RUNS) & whole


def _least(one: npt.ArrayLike, other: npt.ArrayLike) -> Floats:
    return np.maximum(MIN_RELATIVE * np.maximum(one, other), MIN_RATE)


def _both(first: Floats, first_variance: Floats, second: Floats, second_variance: Floats) -> Floats:
    """The p-value of two claims that must both hold and point the same way; 1 where they don't.

    What cannot vary claims nothing: a part that is the whole differs from the rest by a rounding error.
    """
    weaker = np.maximum(_two_sided(first, first_variance), _two_sided(second, second_variance))
    varies = (first_variance > 0) & (second_variance > 0)
    return np.where((np.sign(first) == np.sign(second)) & np.isfinite(weaker) & varies, weaker, 1.0)


def _two_sided(value: npt.ArrayLike, variance: npt.ArrayLike) -> Floats:
    """2 (1 - Φ(|value| / √variance)), element by element."""
    return np.asarray(ERFC(np.abs(value) / np.sqrt(2 * np.asarray(variance))), dtype=np.float64)
