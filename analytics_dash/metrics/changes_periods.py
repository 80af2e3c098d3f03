"""Owns the two periods that “what changed” looks at: their parts, what some parts are together, and their p95."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.changes_counts import COUNTS, beside, combined, counts, marked
from analytics_dash.metrics.changes_effects import Counts, Floats, Sides
from analytics_dash.metrics.changes_overlap import Suspects
from analytics_dash.metrics.columns import DIMENSION, TITLE
from analytics_dash.metrics.dispersion import clustering
from analytics_dash.metrics.percentiles import timed
from analytics_dash.runs.dimension import DIMENSIONS, VALUE, Dimension

Relation = duckdb.DuckDBPyRelation
Pair = tuple[float | None, float | None]
"""A number now and then; None is no data."""


@dataclass(frozen=True)
class Part:
    """A value of a dimension: `name` and `value` as in a link, `title` for people."""

    name: str
    value: str
    title: str


@dataclass(frozen=True)
class Periods:
    """The runs of both periods."""

    now: Relation
    then: Relation
    failed_in_latency: bool

    @cached_property
    def p95_s(self) -> Pair:
        """The p95 of each side, in seconds."""
        condition = timed(failed_in_latency=self.failed_in_latency)
        now, then = (_only(r, f"quantile_cont(latency, 0.95) FILTER (WHERE {condition})") for r in self._both)
        return now, then

    @cached_property
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The counts of every value, now and then."""
        now, then = (
            counts(side, slower_than_s=self.slower_than_s, failed_in_latency=self.failed_in_latency)
            for side in self._both
        )
        return now, then

    @property
    def slower_than_s(self) -> float:
        """What makes a run slow: longer than the lower p95 of both sides."""
        return min((value for value in self.p95_s if value is not None), default=0.0)

    @cached_property
    def totals(self) -> tuple[Counts, Counts]:
        """The counts of all runs, now and then."""
        now, then = (_arrays(table[table[DIMENSION] == ""][list(COUNTS)]) for table in self.tables)
        return now, then

    @cached_property
    def clustering(self) -> float:
        """How far sittings inflate the variance of sums over both sides."""
        return clustering(*self._both)

    def parts(self) -> pd.DataFrame:
        """DIMENSION, VALUE, TITLE and the counts of both sides, a row per value."""
        return beside(*self.tables)

    def sides(self, parts: pd.DataFrame) -> Sides:
        """The parts' counts beside those of all runs."""
        now = {name: parts[name].to_numpy(np.float64) for name in COUNTS}
        then = {name: parts[f"{name}_then"].to_numpy(np.float64) for name in COUNTS}
        return Sides(now, then, *self.totals, self.clustering)

    @property
    def _both(self) -> tuple[Relation, Relation]:
        return self.now, self.then


class Combinations:
    """Some parts, and what those of them have in common that are asked for by their numbers."""

    def __init__(self, periods: Periods, parts: pd.DataFrame) -> None:
        self._periods = periods
        rows = parts[[DIMENSION, VALUE, TITLE]].itertuples(index=False)
        self._parts = [Part(name, value, title if isinstance(title, str) else value) for name, value, title in rows]
        self._tables = [
            _arrays(
                combined(
                    side, self._values, slower_than_s=periods.slower_than_s, failed_in_latency=periods.failed_in_latency
                )
            )
            for side in (periods.now, periods.then)
        ]

    def parts(self, those: Suspects) -> tuple[Part, ...]:
        """What the numbers stand for, in their order."""
        return tuple(self._parts[number] for number in sorted(those))

    def dimension(self, number: int) -> str:
        """The dimension that a part is a value of."""
        return self._parts[number].name

    def sides(self, those: Suspects) -> Sides:
        """The counts of the runs with all of these parts (all runs, where there are none), in arrays of one."""
        now, then = (self._sums(table, those) for table in self._tables)
        return Sides(now, then, *self._periods.totals, self._periods.clustering)

    def runs(self, those: Suspects) -> float:
        """How many runs of both sides have all of these parts."""
        held = self.sides(those)
        return float(held.now["n"][0] + held.then["n"][0])

    def p95_s(self, those: Suspects, *, inverted: bool = False) -> Pair:
        """The p95 of these runs (all runs, where there are no parts) now and then, or of all others."""
        if not those:
            return self._periods.p95_s
        together = " AND ".join(f"m{number}" for number in sorted(those))
        condition = f"{timed(failed_in_latency=self._periods.failed_in_latency)} AND {'NOT' * inverted} ({together})"
        now, then = (
            _only(marked(side, self._values), f"quantile_cont(latency, 0.95) FILTER (WHERE {condition})")
            for side in (self._periods.now, self._periods.then)
        )
        return now, then

    @property
    def _values(self) -> list[tuple[Dimension, str]]:
        return [(DIMENSIONS[part.name], part.value) for part in self._parts]

    @staticmethod
    def _sums(table: Mapping[str, Floats], those: Suspects) -> dict[str, Floats]:
        fitting = np.ones(len(table["n"]), dtype=bool)
        for number in those:
            fitting &= table[f"m{number}"] > 0
        return {name: table[name][fitting].sum(keepdims=True) for name in COUNTS}


def _arrays(table: pd.DataFrame) -> dict[str, Floats]:
    return {str(name): table[name].to_numpy(np.float64) for name in table}


def _only(runs: Relation, aggregate: str) -> float | None:
    value = runs.aggregate(f"{aggregate} AS value").fetchall()[0][0]
    return None if value is None else float(value)
