"""Owns the breakdown: one row per value of a dimension, with what the rest adds up to and how many values there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.columns import (
    BREAKDOWN_COLUMNS,
    CHANGE,
    FEW,
    HIGH,
    LAST_SEEN,
    LATENCY_RUNS,
    LOW,
    P50,
    P95,
    PART,
    RATE,
    RUNS,
    RUNS_THEN,
    SHARE,
    TITLE,
    TOKENS,
    USERS,
)
from analytics_dash.metrics.people import USERS_SQL
from analytics_dash.metrics.percentiles import FEW_RUNS, timed
from analytics_dash.metrics.spend import OWN, top_spenders
from analytics_dash.metrics.tokens import TOTAL
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.dimension import VALUE, Dimension
from analytics_dash.runs.outcome import Outcome

OTHER: Final = "other"
UNATTRIBUTED: Final = "not attributed"
LIMIT: Final = 20  # rows that a person reads; the rest is told as “other”
DESCENDING: Final = frozenset(BREAKDOWN_COLUMNS) - {VALUE, TITLE}
SUMMED: Final = (RUNS, Outcome.FAILED, Outcome.SUCCEEDED, LATENCY_RUNS, TOKENS, RUNS_THEN)
"""What the values of a dimension add up to."""

BREAKDOWN: Final = """
SELECT value, any_value(title) AS title, count(*) AS runs,
    count(*) FILTER (WHERE outcome = 'failed') AS failed, count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE {timed}) AS latency_runs,
    (quantile_cont(latency, [0.5, 0.95]) FILTER (WHERE {timed}))[1] AS p50_s,
    (quantile_cont(latency, [0.5, 0.95]) FILTER (WHERE {timed}))[2] AS p95_s,
    {tokens} AS tokens, {users} AS users, max(date) AS last_seen
FROM ({rows}) GROUP BY value"""

FORMER: Final = "SELECT value, any_value(title) AS title_then, count(*) AS runs_then FROM ({rows}) GROUP BY value"


@dataclass(frozen=True)
class Breakdown:
    """The values shown, of `values` there are, and the others together; a run of several models counts under each."""

    frame: pd.DataFrame
    """BREAKDOWN_COLUMNS; instants in UTC, latencies in seconds, SHARE of all runs."""
    values: int
    other: pd.DataFrame
    """Rows of the same columns for what is not in `frame`: OTHER, what the values that are not shown add up to,
    percentiles and users unknown; UNATTRIBUTED, tokens that no value has. Of values of which a run has several only
    tokens add up: all else of these rows is unknown. Together all rows have the tokens of all runs."""


def breakdown(
    runs: duckdb.DuckDBPyRelation,
    dimension: Dimension,
    *,
    then: duckdb.DuckDBPyRelation | None = None,
    by: str = RUNS,
    limit: int = LIMIT,
    failed_in_latency: bool = True,
) -> Breakdown:
    """The values with the most of `by` (a column; VALUE and TITLE go up, what is unknown comes last).

    With the runs of a compared period, `then`, RUNS_THEN and CHANGE are filled and values that only it has are there.
    TOKENS of a model are what `llm_usage` says of it; those of runs without a model are the runs' own.
    """
    every = len(runs)
    former = None if then is None else _counted(then, dimension)
    held = _numbered(_aggregated(runs, dimension, failed_in_latency=failed_in_latency), former, every=every)
    left = 0
    if dimension.multiple:
        held, left = _attributed(held, runs, dimension)
    ordered = _sorted(held, by)
    shown, rest = ordered.iloc[:limit], ordered.iloc[limit:]
    if dimension.multiple:
        other = _tokens_only({OTHER: int(rest[TOKENS].sum()), UNATTRIBUTED: left})
    else:
        other = rest.iloc[:0] if rest.empty else _together(rest, every=every, has_then=then is not None)
    return Breakdown(shown.reset_index(drop=True), len(ordered), other.reset_index(drop=True))


def _attributed(held: pd.DataFrame, runs: duckdb.DuckDBPyRelation, dimension: Dimension) -> tuple[pd.DataFrame, int]:
    """The values with the tokens that are theirs, and how many are nobody's (below 0 where values have too many)."""
    spent = top_spenders(runs, dimension, limit=max(len(held), 1)).frame
    own = spent[spent[PART] == OWN].set_index(VALUE)[TOKENS]
    theirs = held[VALUE].map(own).fillna(0).astype("int64").where(held[VALUE] != dimension.none_label, held[TOKENS])
    return held.assign(**{TOKENS: theirs}), int(spent[TOKENS].sum() - theirs.sum())


def _tokens_only(tokens: Mapping[str, int]) -> pd.DataFrame:
    """A row for each that has any."""
    held = {value: number for value, number in tokens.items() if number}
    found = pd.DataFrame({VALUE: list(held), TOKENS: pd.Series(list(held.values()), dtype="int64")})
    return found.reindex(columns=list(BREAKDOWN_COLUMNS)).assign(**{FEW: False})


def _aggregated(runs: duckdb.DuckDBPyRelation, dimension: Dimension, *, failed_in_latency: bool) -> pd.DataFrame:
    rows = _rows(dimension, "outcome", "latency", "total_tokens", "user_id", "date")
    condition = timed(failed_in_latency=failed_in_latency)
    return runs.query("runs", BREAKDOWN.format(timed=condition, tokens=TOTAL, users=USERS_SQL, rows=rows)).df()


def _counted(then: duckdb.DuckDBPyRelation, dimension: Dimension) -> pd.DataFrame:
    return then.query("runs", FORMER.format(rows=_rows(dimension))).df()


def _rows(dimension: Dimension, *columns: str) -> str:
    return dimension.named_rows(f"{dimension.title_column or 'NULL::VARCHAR'} AS title", *columns)


def _numbered(found: pd.DataFrame, former: pd.DataFrame | None, *, every: int) -> pd.DataFrame:
    """All columns: counts whole, what was divided by nothing NaN."""
    held = found.assign(**{RUNS_THEN: np.nan}) if former is None else _beside(found, former)
    counts = {name: held[name].fillna(0).astype("int64") for name in (*SUMMED[:-1], USERS)}
    whole = held.assign(**counts, **{LAST_SEEN: pd.to_datetime(held[LAST_SEEN]).dt.tz_localize("UTC")})
    return _derived(whole, every=every)


def _beside(found: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    held = found.merge(former, on=VALUE, how="outer")
    return held.assign(
        **{TITLE: held[TITLE].combine_first(held["title_then"]), RUNS_THEN: held[RUNS_THEN].fillna(0.0)}
    ).drop(columns="title_then")


def _derived(held: pd.DataFrame, *, every: int) -> pd.DataFrame:
    decided = held[Outcome.FAILED] + held[Outcome.SUCCEEDED]
    low, high = wilson(held[Outcome.FAILED], decided)
    return held.assign(
        **{
            SHARE: held[RUNS] / every if every else np.nan,
            RATE: held[Outcome.FAILED] / decided.where(decided > 0),
            LOW: low,
            HIGH: high,
            FEW: held[LATENCY_RUNS].between(1, FEW_RUNS - 1),
            CHANGE: held[RUNS] - held[RUNS_THEN],
        }
    )[list(BREAKDOWN_COLUMNS)]


def _sorted(held: pd.DataFrame, by: str) -> pd.DataFrame:
    """By the column, ties by runs and then by value, so that the order is the same at every look."""
    if by not in DESCENDING:
        return held.sort_values([by, VALUE], na_position="last", kind="stable")
    return held.sort_values([by, RUNS, VALUE], ascending=[False, False, True], na_position="last", kind="stable")


def _together(rest: pd.DataFrame, *, every: int, has_then: bool) -> pd.DataFrame:
    """What adds up, and the rate and last time that follow; NaN for percentiles and users, that do not."""
    sums = {name: [rest[name].sum()] for name in SUMMED}
    row = pd.DataFrame({**sums, VALUE: [OTHER], TITLE: [None], P50: [np.nan], P95: [np.nan], USERS: [np.nan]})
    row = row.assign(**{LAST_SEEN: rest[LAST_SEEN].max(), RUNS_THEN: rest[RUNS_THEN].sum() if has_then else np.nan})
    return _derived(row, every=every)
