"""Owns bins of equal width on a log scale, for seconds and for tokens: fixed round edges that no reload moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

R10: Final = ("1", "1.25", "1.6", "2", "2.5", "3.2", "4", "5", "6.3", "8")
"""Renard's preferred numbers: ten steps to a decade, as good as equal on a log scale, and easy to read."""
STEPS: Final = (1, 2, 5, 10)  # every n-th of them: 10, 5, 2 and 1 bins a decade, each a merger of the finer ones


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
        """Where the bin with this number in `bin_sql` lies among the fitted ones."""
        return _merged(number, self.step) - self.first


def bin_sql(column: str, edges: Sequence[float]) -> str:
    """The SQL for how many edges lie at or below a value; a tree, for a chain takes seven times as long."""
    return _tree(column, edges, 0, len(edges))


def fitted(numbers: Iterable[int], edges: Sequence[float], *, at_most: int) -> Fitted:
    """The finest bins that span these numbers of `bin_sql` with `at_most` of them, or the coarsest there are."""
    held = sorted(set(numbers))
    if not held:
        return Fitted(Bins(), 1, 0)
    step = next((step for step in STEPS if _spanned(held, step) <= at_most), STEPS[-1])
    first, last = _merged(held[0], step), _merged(held[-1], step)
    outer = (-math.inf, *edges[::step], math.inf)
    return Fitted(Bins(outer[first : last + 2]), step, first)


def _merged(number: int, step: int) -> int:
    """The bin below all edges stays on its own, however coarse the others."""
    return 0 if number == 0 else 1 + (number - 1) // step


def _spanned(held: Sequence[int], step: int) -> int:
    return _merged(held[-1], step) - _merged(held[0], step) + 1


def _tree(column: str, edges: Sequence[float], low: int, high: int) -> str:
    if low == high:
        return str(low)
    middle = (low + high) // 2
    below, above = _tree(column, edges, low, middle), _tree(column, edges, middle + 1, high)
    return f"CASE WHEN {column} < {edges[middle]!r} THEN {below} ELSE {above} END"
