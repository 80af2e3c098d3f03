"""Owns bins of equal width on a log scale, for seconds and for tokens: fixed round edges that no reload moves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

R10: Final = ("1", "1.25", "1.6", "2", "2.5", "3.2", "4", "5", "6.3", "8")
"""Renard's preferred numbers: ten steps to a decade, as good as equal on a log scale, and easy to read."""
STEPS: Final = (1, 2, 5, 10)  # every n-th of them: 10, 5, 2 and 1 bins a decade, each a merger of the finer ones

OUTLYING: Final = 0.002  # of the values at either end: one at 0 s must not cost all others their detail


def _edges(first_power: int, last_power: int) -> tuple[float, ...]:
    inner = (float(f"{factor}e{power}") for power in range(first_power, last_power) for factor in R10)
    return (*inner, float(f"1e{last_power}"))


SECONDS: Final = _edges(-3, 5)  # from a millisecond to a day and more
TOKENS: Final = _edges(0, 9)


@dataclass(frozen=True)
class Bins:
    """Adjacent bins [bound, next bound) in order, the outermost possibly open; no bounds where nothing fell in any."""

    bounds: tuple[float, ...] = ()

    def __len__(self) -> int:
        return max(len(self.bounds) - 1, 0)


@dataclass(frozen=True)
class Fitted:
    """The bins that hold what was counted by `bin_sql`, and how that count's numbers become theirs."""

    bins: Bins
    step: int
    first: int

    def place(self, number: int) -> int:
        """Where a value with this number in `bin_sql` lies among the fitted bins; what is beyond, in the outermost."""
        return min(max(_merged(number, self.step) - self.first, 0), len(self.bins) - 1)


def bin_sql(column: str, edges: Sequence[float]) -> str:
    """The SQL for how many edges lie at or below a value; a tree, for a chain takes seven times as long."""
    return _tree(column, edges, 0, len(edges))


def fitted(counts: Mapping[int, int], edges: Sequence[float], *, at_most: int) -> Fitted:
    """The finest `at_most` bins for values counted by number of `bin_sql`, the outermost open where few lie beyond.

    ValueError where even the coarsest are more than `at_most`.
    """
    if not counts:
        return Fitted(Bins(), 1, 0)
    ends, core = (min(counts), max(counts)), _core(counts)
    for step in STEPS:
        widest, inner = _places(ends, step), _places(core, step)
        narrowest = max(inner[0] - 1, widest[0]), min(inner[1] + 1, widest[1])
        for first, last in (widest, narrowest):
            if last - first < at_most:
                return Fitted(_bins(edges[::step], (first, last), held=widest), step, first)
    raise ValueError(f"{at_most} bins are too few for these edges")


def _core(counts: Mapping[int, int]) -> tuple[int, int]:
    """The first and the last number of what is left without the OUTLYING share at either end."""
    numbers = sorted(counts)
    spared = OUTLYING * sum(counts.values())
    below = accumulate(counts[number] for number in numbers)
    above = accumulate(counts[number] for number in reversed(numbers))
    low = next(number for number, held in zip(numbers, below, strict=True) if held > spared)
    high = next(number for number, held in zip(reversed(numbers), above, strict=True) if held > spared)
    return low, high


def _places(ends: tuple[int, int], step: int) -> tuple[int, int]:
    return _merged(ends[0], step), _merged(ends[1], step)


def _bins(edges: Sequence[float], shown: tuple[int, int], *, held: tuple[int, int]) -> Bins:
    """The bins shown, an outermost one open where more is held beyond it."""
    bounds = [-math.inf, *edges, math.inf][shown[0] : shown[1] + 2]
    bounds[0] = bounds[0] if held[0] == shown[0] else -math.inf
    bounds[-1] = bounds[-1] if held[1] == shown[1] else math.inf
    return Bins(tuple(bounds))


def _merged(number: int, step: int) -> int:
    """The bin below all edges stays on its own, however coarse the others."""
    return 0 if number == 0 else 1 + (number - 1) // step


def _tree(column: str, edges: Sequence[float], low: int, high: int) -> str:
    if low == high:
        return str(low)
    middle = (low + high) // 2
    below, above = _tree(column, edges, low, middle), _tree(column, edges, middle + 1, high)
    return f"CASE WHEN {column} < {edges[middle]!r} THEN {below} ELSE {above} END"
