"""Owns who and what spends: tokens and their estimated cost by the values of a dimension, over time and in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from duckdb import ConstantExpression, StarExpression

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import (
    COST,
    COST_HIGH,
    CUMULATIVE,
    MEASURES,
    MODEL_COLUMNS,
    PART,
    RUNS,
    SHARE,
    SPEND_COLUMNS,
    SPENDER_COLUMNS,
    TITLE,
    TOKENS,
)
from analytics_dash.metrics.prices import ModelPrice, eras, price_rows
from analytics_dash.metrics.spend_query import BUCKET, NONE, OTHER, OWN, PLACE, VALUES, Cut, models_sql, spent_sql
from analytics_dash.runs.dimension import VALUE, Dimension

TOP: Final = 8  # colours that people still tell apart
SPENDERS: Final = 20  # bars that fit on a screen, each with its name
KEYS: Final = [PLACE, PART, VALUE, TITLE]

EXACT: Final = {name: "Float64" if name in (COST, COST_HIGH) else "Int64" for name in MEASURES}
"""Dtypes in which a missing number does not make the others floats; RUNS keep theirs, for they may be NA."""
Floats = npt.NDArray[np.float64]

__all__ = ["NONE", "OTHER", "OWN", "Spend", "models_used", "spend_over_time", "top_spenders"]


@dataclass(frozen=True)
class Spend:
    """A table of parts that add up to the whole, the largest `shown` of `values` by name; `by` is what ranks them."""

    frame: pd.DataFrame
    dimension: Dimension | None
    by: str
    shown: int
    values: int


def spend_over_time(
    runs: duckdb.DuckDBPyRelation,
    buckets: Buckets,
    dimension: Dimension | None = None,
    *,
    prices: Sequence[ModelPrice] = (),
    top: int = TOP,
    by: str = TOKENS,
) -> Spend:
    """SPEND_COLUMNS, a row per bucket and part: values from the largest down, then other, then no value, where any.

    Measures are 0 where there are no runs; SHARE is the part's of its bucket's TOKENS or COST (`by`), NaN without any.
    Without a dimension there is one part. TOKENS of a model are what `llm_usage` says; its part without a value is what
    is not attributed, below 0 where models have more than the runs' totals. Of a model's other, runs are NA: a run with
    two models is in it twice.
    """
    spent = _spent(runs, prices, Cut(dimension, buckets.edges or (), eras(prices), top, by)) if len(buckets) else None
    parts = _parts(spent)
    table = _grid(spent, parts, len(buckets))
    bounds = buckets.frame().loc[np.repeat(np.arange(len(buckets)), len(parts))].reset_index(drop=True)
    share = _share(table[by].to_numpy(np.float64).reshape(len(buckets), len(parts)))
    frame = pd.concat([bounds, table], axis="columns").assign(**{SHARE: share.ravel()})
    return _named(frame[list(SPEND_COLUMNS)], spent, dimension, by)


def top_spenders(
    runs: duckdb.DuckDBPyRelation,
    dimension: Dimension,
    *,
    prices: Sequence[ModelPrice] = (),
    limit: int = SPENDERS,
    by: str = TOKENS,
) -> Spend:
    """SPENDER_COLUMNS, a row per part: values from the largest down, then other, then no value, where there are any.

    SHARE and CUMULATIVE (over the rows so far) are of the whole's TOKENS or COST (`by`), NaN where that is 0.
    """
    spent = _spent(runs, prices, Cut(dimension, None, eras(prices), limit, by))
    table = _grid(spent, _parts(spent), 1)
    share = _share(table[by].to_numpy(np.float64).reshape(1, len(table)))
    frame = table.assign(**{SHARE: share.ravel(), CUMULATIVE: share.cumsum(axis=1).ravel()})
    return _named(frame[list(SPENDER_COLUMNS)], spent, dimension, by)


def models_used(runs: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """MODEL_COLUMNS, a row per provider (None where not told) and model in `llm_usage`, most tokens first."""
    return runs.query("runs", models_sql()).df()[list(MODEL_COLUMNS)]


def _spent(runs: duckdb.DuckDBPyRelation, prices: Sequence[ModelPrice], cut: Cut) -> pd.DataFrame:
    beside = runs.select(StarExpression(), ConstantExpression(price_rows(prices)).alias("prices"))
    return beside.query("runs", spent_sql(cut)).df()


def _parts(spent: pd.DataFrame | None) -> pd.DataFrame:
    """KEYS of the parts that any bucket has, in order; a whole without any runs is one part."""
    if spent is None or spent.empty:
        return pd.DataFrame({PLACE: [0], PART: [NONE], VALUE: [None], TITLE: [None]}, dtype="object")
    names = spent.drop_duplicates(PLACE).sort_values(PLACE)[KEYS].astype("object")
    return names.where(names.notna(), None)


def _grid(spent: pd.DataFrame | None, parts: pd.DataFrame, buckets: int) -> pd.DataFrame:
    """A row for each bucket and part, 0 where the engine has none."""
    keys = pd.MultiIndex.from_product([range(buckets), parts[PLACE]], names=[BUCKET, PLACE])
    held = pd.DataFrame(columns=[BUCKET, PLACE, *MEASURES]) if spent is None or spent.empty else spent
    numbers = held.set_index([BUCKET, PLACE])[list(MEASURES)].astype(EXACT).reindex(keys).reset_index(drop=True)
    whole = numbers.fillna(0).astype({name: kind.lower() for name, kind in EXACT.items() if name != RUNS})
    names = pd.concat([parts[[PART, VALUE, TITLE]]] * buckets) if buckets else parts[[PART, VALUE, TITLE]].iloc[:0]
    return names.reset_index(drop=True).join(whole)


def _share(amounts: Floats) -> Floats:
    whole = amounts.sum(axis=1, keepdims=True)
    return amounts / np.where(whole == 0, np.nan, whole)


def _named(frame: pd.DataFrame, spent: pd.DataFrame | None, dimension: Dimension | None, by: str) -> Spend:
    if dimension is not None and dimension.multiple:
        frame = frame.assign(**{RUNS: frame[RUNS].mask(frame[PART] == OTHER)})
    values = 0 if spent is None or spent.empty else int(spent[VALUES].fillna(0).max())
    shown = int(frame.loc[frame[PART] == OWN, VALUE].nunique())
    return Spend(frame, dimension, by, shown, values)
