"""Owns which of many suspects to name: runs that two values share are told once, and as narrowly as they explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

MAX_NAMED: Final = 3  # per metric: what a person reads and acts upon
SAME: Final = 0.5  # of a suspect's contribution within what has been named: it is the same runs from another side
KEPT: Final = 0.8  # of the contribution that a pair must keep
NARROWER: Final = 0.7  # of the runs that a pair may have at most, to be worth a second value

Suspects = frozenset[int]
"""Runs with all of these values, by number."""
Measure = Callable[[Suspects], float]


def named(
    ordered: Iterable[int], *, contribution: Measure, runs: Measure, dimension: Callable[[int], str]
) -> list[Suspects]:
    """The values to name, the largest contribution first; a pair of two dimensions where it explains nearly as much."""
    suspects, found = list(ordered), list[Suspects]()
    for suspect in suspects:
        if len(found) < MAX_NAMED and not _told(suspect, found, contribution):
            partners = [other for other in suspects if dimension(other) != dimension(suspect)]
            found.append(_narrowest(suspect, partners, contribution=contribution, runs=runs))
    return found


def _told(suspect: int, found: list[Suspects], contribution: Measure) -> bool:
    whole = contribution(frozenset({suspect}))
    return any(contribution(held | {suspect}) / whole >= SAME for held in found)


def _narrowest(suspect: int, partners: list[int], *, contribution: Measure, runs: Measure) -> Suspects:
    alone = frozenset({suspect})
    pairs = [alone | {partner} for partner in partners]
    kept = [pair for pair in pairs if contribution(pair) / contribution(alone) >= KEPT]
    narrower = [pair for pair in kept if runs(pair) <= NARROWER * runs(alone)]
    return min(narrower, key=runs, default=alone)
