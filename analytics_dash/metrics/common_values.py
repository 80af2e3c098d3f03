"""Owns what selected runs have in common: values that they show more often than the rest, beyond chance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pandas as pd
from duckdb import CoalesceOperator, Expression, SQLExpression, StarExpression

from analytics_dash.metrics.chance import adjusted
from analytics_dash.metrics.columns import (
    ADJUSTED_P,
    COMMON_VALUE_COLUMNS,
    DIFFERENCE,
    DIMENSION,
    LIFT,
    REST,
    REST_SHARE,
    SELECTED,
    SELECTED_SHARE,
    TITLE,
)
from analytics_dash.metrics.common_values_chance import more_frequent_by_chance
from analytics_dash.metrics.common_values_counts import CHOSEN, HOUR, TOKENS, WEEKDAY, Counts, counts
from analytics_dash.runs.dimension import DIMENSIONS, VALUE

SURE_BELOW: Final = 0.05  # of the values found, at most this share is expected to be found by chance
LEAST_DIFFERENCE: Final = 0.01  # of the share: a value that explains less than a point is not what runs have in common
ROWS: Final = 10
LABELS: Final = {
    **{name: dimension.label for name, dimension in DIMENSIONS.items()},
    TOKENS: "Tokens, by quarters",
    HOUR: "Hour of day",
    WEEKDAY: "Weekday",
}
"""What each dimension is called; `tokens`, `hour` and `weekday` are no parameters of a link."""


@dataclass(frozen=True, eq=False)
class CommonValues:
    """COMMON_VALUE_COLUMNS for the first of the values found, how many were found, and out of what.

    Shares are of all runs of a side; LIFT is infinite for a value that the rest never shows.
    """

    frame: pd.DataFrame
    of: int
    tests: int
    selected: int
    rest: int


def split(
    runs: duckdb.DuckDBPyRelation, condition: Expression
) -> tuple[duckdb.DuckDBPyRelation, duckdb.DuckDBPyRelation]:
    """The runs for which the condition holds and all others, those for which it is unknown among the others."""
    chosen = _decided(condition)
    return runs.filter(chosen), runs.filter(~chosen)


def common_values(
    selected: duckdb.DuckDBPyRelation,
    rest: duckdb.DuckDBPyRelation,
    *,
    zone: str,
    leave_out: Collection[str] = (),
    limit: int = ROWS,
) -> CommonValues:
    """What the selected runs have in common against the rest: two parts of one relation that share no run.

    `leave_out` names dimensions that the selection itself is made by; hours and weekdays are those of the zone.
    """
    marked = selected.project(f"*, true AS {CHOSEN}").union(rest.project(f"*, false AS {CHOSEN}"))
    return _common(marked, zone=zone, leave_out=leave_out, limit=limit)


def common_values_where(
    runs: duckdb.DuckDBPyRelation,
    condition: Expression,
    *,
    zone: str,
    leave_out: Collection[str] = (),
    limit: int = ROWS,
) -> CommonValues:
    """The same for the runs for which the condition holds against all others, in one pass over them."""
    marked = runs.project(StarExpression(), _decided(condition).alias(CHOSEN))
    return _common(marked, zone=zone, leave_out=leave_out, limit=limit)


def _decided(condition: Expression) -> Expression:
    return CoalesceOperator(condition, SQLExpression("false"))


def _common(marked: duckdb.DuckDBPyRelation, *, zone: str, leave_out: Collection[str], limit: int) -> CommonValues:
    dimensions = [dimension for name, dimension in DIMENSIONS.items() if name not in leave_out]
    counted = counts(marked, dimensions, zone=zone)
    frame = _compared(counted)
    sure = (frame[ADJUSTED_P] <= SURE_BELOW) & (frame[DIFFERENCE] >= LEAST_DIFFERENCE)
    found = frame[sure & ~frame[DIMENSION].isin(list(leave_out))]
    ranked = found.sort_values([DIFFERENCE, ADJUSTED_P], ascending=[False, True], kind="stable", ignore_index=True)
    return CommonValues(ranked.head(limit), len(ranked), counted.tests, counted.selected, counted.rest)


def _compared(counted: Counts) -> pd.DataFrame:
    """COMMON_VALUE_COLUMNS for every value worth a test; none where either side is empty."""
    values = counted.values if counted.selected and counted.rest else []
    inside = np.array([value.selected for value in values], dtype="int64")
    outside = np.array([value.rest for value in values], dtype="int64")
    share, rest_share = inside / max(counted.selected, 1), outside / max(counted.rest, 1)
    chances = more_frequent_by_chance(inside, outside, selected=counted.selected, rest=counted.rest)
    columns = {
        DIMENSION: pd.Series([value.dimension for value in values], dtype="str"),
        VALUE: pd.Series([value.value for value in values], dtype="str"),
        TITLE: pd.Series([value.title for value in values], dtype="str"),
        SELECTED: inside,
        REST: outside,
        SELECTED_SHARE: share,
        REST_SHARE: rest_share,
        DIFFERENCE: share - rest_share,
        LIFT: np.divide(share, rest_share, out=np.full_like(share, np.inf), where=rest_share > 0),
        ADJUSTED_P: adjusted(chances, tests=counted.tests),
    }
    return pd.DataFrame(columns)[list(COMMON_VALUE_COLUMNS)]
