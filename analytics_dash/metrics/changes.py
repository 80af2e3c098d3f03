"""Owns “what changed”: which values of which dimensions explain how far a period's figures moved, beyond chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import numpy as np

from analytics_dash.metrics.changes_effects import (
    Counts,
    Effects,
    Floats,
    Sides,
    holm,
    share_effects,
    sum_effects,
    total_p_value,
)
from analytics_dash.metrics.changes_overlap import Suspects, named
from analytics_dash.metrics.changes_periods import Combinations, Pair, Part, Periods
from analytics_dash.metrics.comparison import Metric

ALPHA: Final = 0.05  # how many of a hundred looks at periods that are alike may name anything
MAX_SUSPECTS: Final = 4  # per metric, of which some turn out to be the same runs
NOBODY: Final[Suspects] = frozenset()


@dataclass(frozen=True)
class Kind:
    """How a metric is taken apart: as a share of `base`, or where it has `squares`, as a sum.

    `tested` are base and hits to test a share on, where the runs that it is told of depend on one another.
    """

    base: str
    hits: str
    squares: str | None = None
    tested: tuple[str, str] | None = None

    def effects(self, held: Sides) -> Effects:
        """What each part explains."""
        if self.squares is not None:
            return sum_effects(held, sums=self.hits, squares=self.squares)
        told = share_effects(held, base=self.base, hits=self.hits)
        if self.tested is None:
            return told
        tested = share_effects(held, base=self.tested[0], hits=self.tested[1])
        return replace(told, p_value=tested.p_value, tested=tested.tested)

    def total_p_value(self, held: Sides) -> float:
        """How likely the whole moved by chance."""
        base, hits = self.tested or (self.base, self.hits)
        return total_p_value(held, base=base, hits=hits, squares=self.squares)

    def value(self, side: Counts) -> float | None:
        """The share or sum itself, of counts in arrays of one; None where there is nothing to divide by."""
        hits, base = (float(np.ravel(side[name])[0]) for name in (self.hits, self.base))
        return hits if self.squares else hits / base if base else None


KINDS: Final = {
    Metric.FAILURE_RATE: Kind("decided", "failed", tested=("attempts", "attempts_failed")),
    Metric.P95: Kind("timed", "slow"),
    Metric.TOKENS: Kind("n", "tokens", "squares"),
    Metric.RUNS: Kind("n", "n", "n"),
}
"""What is explained, in the order in which findings are told; a p95 by the share of slow runs."""


@dataclass(frozen=True)
class Change:
    """A metric that moved, and the runs that explain it: those with all `parts`; without parts, no runs stand out.

    `now` and `then` are the metric over all runs, `here_now` and `here_then` over these; None is no data, such as the
    former rate of a new model.
    """

    metric: Metric
    parts: tuple[Part, ...]
    now: float | None
    then: float | None
    share: float | None
    """Of the total change; None where the total did not move beyond chance, or no runs stand out."""
    here_now: float | None
    here_then: float | None
    runs_now: int
    runs_then: int
    p_value: float
    """Corrected for the number of values looked at."""
    without_s: float | None = None
    """How far the p95 of all other runs moved, in seconds; None for other metrics."""

    @property
    def difference(self) -> float | None:
        """How far the metric over all runs moved, in its unit."""
        return None if self.now is None or self.then is None else self.now - self.then

    @property
    def filters(self) -> Mapping[str, str]:
        """The parameters of a link that opens on these runs; empty where none stand out."""
        return {part.name: part.value for part in self.parts}


def what_changed(
    now: duckdb.DuckDBPyRelation, then: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True
) -> tuple[Change, ...]:
    """What moved and why, by metric and then by effect; empty where nothing moved beyond chance, or a side is empty.

    The p95 is explained by the share of runs slower than the lower of both p95s: 5 % of the one side, more of the
    other, and unlike a percentile it adds up over the runs. Failures are tested over first attempts, runs and tokens
    with the variance of sittings (`metrics.dispersion`).
    """
    periods = Periods(now, then, failed_in_latency)
    parts = periods.parts()
    held = periods.sides(parts)
    effects = {metric: kind.effects(held) for metric, kind in KINDS.items()}
    totals, corrected = _corrected(held, effects)
    suspects = {metric: _suspects(effects[metric], corrected[metric]) for metric in KINDS}
    numbers = sorted({number for found in suspects.values() for number in found})
    if not numbers and min(totals.values()) >= ALPHA:
        return ()
    together = Combinations(periods, parts.iloc[numbers])
    return tuple(
        change
        for metric in KINDS
        for change in _changes(
            together,
            metric,
            [numbers.index(number) for number in suspects[metric]],
            p_values=corrected[metric][numbers],
            total_p_value=totals[metric],
        )
    )


def _corrected(held: Sides, effects: Mapping[Metric, Effects]) -> tuple[dict[Metric, float], dict[Metric, Floats]]:
    """The p-values of the totals and of the parts, corrected for their number; 1 for what has too few runs to test."""
    wholes = [kind.total_p_value(held) for kind in KINDS.values()]
    tested = [effects[metric].p_value[effects[metric].tested] for metric in KINDS]
    adjusted = holm(np.concatenate([wholes, *tested]))
    pieces = np.split(adjusted, np.cumsum([len(wholes), *map(len, tested)])[:-1])
    parts = {metric: np.ones(len(effects[metric].tested)) for metric in KINDS}
    for metric, found in zip(KINDS, pieces[1:], strict=True):
        parts[metric][effects[metric].tested] = found
    return dict(zip(KINDS, pieces[0].tolist(), strict=True)), parts


def _suspects(effects: Effects, corrected: Floats) -> list[int]:
    """The numbers of the parts that explain something beyond chance, the largest contribution first."""
    fitting = np.flatnonzero((corrected < ALPHA) & effects.matters)
    order = np.argsort(-np.abs(effects.contribution[fitting]), kind="stable")
    return [int(number) for number in fitting[order][:MAX_SUSPECTS]]


def _changes(
    together: Combinations, metric: Metric, suspects: Sequence[int], *, p_values: Floats, total_p_value: float
) -> Iterator[Change]:
    """What is told of one metric."""
    moved = total_p_value < ALPHA
    found = named(
        suspects,
        contribution=lambda those: float(KINDS[metric].effects(together.sides(those)).contribution[0]),
        runs=together.runs,
        dimension=together.dimension,
    )
    for those in found:
        p_value = min(float(p_values[number]) for number in those)
        yield _change(together, metric, those, moved=moved, p_value=p_value)
    if moved and not found:
        yield _change(together, metric, NOBODY, moved=False, p_value=total_p_value)


def _change(together: Combinations, metric: Metric, those: Suspects, *, moved: bool, p_value: float) -> Change:
    held, effects = together.sides(those), KINDS[metric].effects(together.sides(those))
    now, then = _values(together, metric, NOBODY)
    here_now, here_then = _values(together, metric, those)
    return Change(
        metric=metric,
        parts=together.parts(those),
        now=now,
        then=then,
        share=float(effects.contribution[0]) / effects.total if moved and effects.total else None,
        here_now=here_now,
        here_then=here_then,
        runs_now=int(held.now["n"][0]),
        runs_then=int(held.then["n"][0]),
        p_value=p_value,
        without_s=_moved(together.p95_s(those, inverted=True)) if those and metric is Metric.P95 else None,
    )


def _values(together: Combinations, metric: Metric, those: Suspects) -> Pair:
    """The metric of these runs, now and then."""
    if metric is Metric.P95:
        return together.p95_s(those)
    held = together.sides(those)
    return KINDS[metric].value(held.now), KINDS[metric].value(held.then)


def _moved(pair: Pair) -> float | None:
    return None if pair[0] is None or pair[1] is None else pair[0] - pair[1]
