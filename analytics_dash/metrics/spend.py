"""Owns who and what spends: tokens and their estimated cost by the values of a dimension, over time and in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
    PROVIDER,
    RUNS,
    SHARE,
    SPEND_COLUMNS,
    SPENDER_COLUMNS,
    TITLE,
    TOKENS,
)
from analytics_dash.metrics.prices import ModelPrice, eras, keys, price_rows
from analytics_dash.metrics.spend_query import (
    KEYS,
    NONE,
    NUMBERED,
    OTHER,
    OWN,
    PLACE,
    VALUES,
    models_sql,
    spend_sql,
)
from analytics_dash.metrics.spend_sums import BUCKET, sums_sql
from analytics_dash.runs.dimension import VALUE, Dimension

TOP: Final = 8  # colours that people still tell apart
SPENDERS: Final = 20  # bars that fit on a screen, each with its name
NAMES: Final = [PLACE, PART, VALUE, TITLE]

EXACT: Final = {name: "Float64" if name in (COST, COST_HIGH) else "Int64" for name in MEASURES}
"""Dtypes in which a missing number does not make the others floats; RUNS keep theirs, for they may be NA."""
NO_MODEL: Final = ("", "")
"""Gives an empty list its type; no use of a model has an empty name."""
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


@dataclass(frozen=True)
class Cut:
    """How a spend is cut: by a dimension, at `edges` of time (None: not at all), its `top` values `by` a measure."""

    dimension: Dimension | None
    edges: Sequence[datetime] | None
    top: int
    by: str


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
    cut = Cut(dimension, buckets.edges, top, by)
    spent = _spent(runs, prices, cut) if len(buckets) else None
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
    spent = _spent(runs, prices, Cut(dimension, None, limit, by))
    table = _grid(spent, _parts(spent), 1)
    share = _share(table[by].to_numpy(np.float64).reshape(1, len(table)))
    frame = table.assign(**{SHARE: share.ravel(), CUMULATIVE: share.cumsum(axis=1).ravel()})
    return _named(frame[list(SPENDER_COLUMNS)], spent, dimension, by)


def spend_in_all(runs: duckdb.DuckDBPyRelation, *, prices: Sequence[ModelPrice] = ()) -> Spend:
    """MEASURES of all the runs in one row, with its part's names and its SHARE, which is 1."""
    spent = _spent(runs, prices, Cut(None, None, TOP, TOKENS))
    table = _grid(spent, _parts(spent), 1)
    return _named(table.assign(**{SHARE: 1.0}), spent, None, TOKENS)


def models_used(runs: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """MODEL_COLUMNS, a row per provider (None where not told) and model in `llm_usage`, most tokens first."""
    frame = runs.query("runs", models_sql()).df()[list(MODEL_COLUMNS)]
    provider = frame[PROVIDER].astype("object")
    return frame.assign(**{PROVIDER: provider.where(provider.notna(), None)})


def _spent(runs: duckdb.DuckDBPyRelation, prices: Sequence[ModelPrice], cut: Cut) -> pd.DataFrame:
    """The engine's answer; models' names, which are strangers' text, reach it as a constant and never as SQL."""
    sums = runs.query("runs", sums_sql(cut.dimension, edges=cut.edges, eras=eras(prices)))
    named = [{"provider": provider, "model": model} for provider, model in keys(prices) or [NO_MODEL]]
    numbered = sums.select(StarExpression(), ConstantExpression(named).alias(KEYS)).project(NUMBERED)
    by_model = cut.dimension is not None and cut.dimension.multiple
    return numbered.query("numbered", spend_sql(price_rows(prices), by_model=by_model, by=cut.by, top=cut.top)).df()


def _parts(spent: pd.DataFrame | None) -> pd.DataFrame:
    """NAMES of the parts that any bucket has, in order; a whole without any runs is one part."""
    if spent is None or spent.empty:
        return pd.DataFrame({PLACE: [0], PART: [NONE], VALUE: [None], TITLE: [None]}, dtype="object")
    names = spent.drop_duplicates(PLACE).sort_values(PLACE)[NAMES].astype("object")
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
