"""Owns what users cost: the estimate of each, and who costs most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.columns import COST, COST_HIGH, NOT_ATTRIBUTED, PART, TOKENS, UNPRICED
from analytics_dash.metrics.prices import ModelPrice
from analytics_dash.metrics.spend import NONE, OTHER, top_spenders
from analytics_dash.runs.dimension import DIMENSIONS, VALUE

BY: Final = DIMENSIONS["user"]
COSTS: Final = (COST, COST_HIGH, UNPRICED)


def costs_of(runs: duckdb.DuckDBPyRelation, names: Sequence[str], prices: Sequence[ModelPrice]) -> pd.DataFrame:
    """COSTS, a row per name: US dollars, from and to, NaN where no token has a price; and the tokens without one."""
    rows = [_costs(parts) for parts in _parts(runs, names, prices)]
    return pd.DataFrame(rows, columns=list(COSTS)).astype({COST: "float64", COST_HIGH: "float64", UNPRICED: "int64"})


def dearest(runs: duckdb.DuckDBPyRelation, prices: Sequence[ModelPrice], limit: int) -> list[str]:
    """The names of those who cost anything, the dearest first."""
    found = top_spenders(runs, BY, prices=prices, limit=limit, by=COST).frame
    ranked = found[(found[PART] != OTHER) & (found[COST] > 0)].sort_values(COST, ascending=False, kind="stable")
    return [BY.named(value) for value in ranked[VALUE]][:limit]


def _parts(
    runs: duckdb.DuckDBPyRelation, names: Sequence[str], prices: Sequence[ModelPrice]
) -> list[list[Mapping[str, Any]]]:
    """The parts of the spend of each name: two where a stranger is called like those without a user."""
    rows = top_spenders(runs, BY, prices=prices, limit=len(names) + 1).frame.to_dict("records") if names else []
    held: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        held.setdefault(BY.none_label if row[PART] == NONE else str(row[VALUE]), []).append(
            {str(name): value for name, value in row.items()}
        )
    return [held.get(name, []) for name in names]


def _costs(parts: Sequence[Mapping[str, Any]]) -> tuple[float, float, int]:
    tokens, missing, unpriced = (sum(int(part[n]) for part in parts) for n in (TOKENS, NOT_ATTRIBUTED, UNPRICED))
    if tokens - missing - unpriced <= 0:
        return np.nan, np.nan, unpriced
    return sum(float(part[COST]) for part in parts), sum(float(part[COST_HIGH]) for part in parts), unpriced
