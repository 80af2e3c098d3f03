"""Owns the parents: which workflows call this one, how their runs of it went, and the same over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import (
    FAILED,
    FEW,
    FIRST_SEEN,
    HIGH,
    LAST_SEEN,
    LATENCY_RUNS,
    LOW,
    P95,
    RATE,
    RUNS,
    SUCCEEDED,
    TITLE,
    TOKENS,
)
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.percentiles import FEW_RUNS, timed
from analytics_dash.metrics.tokens import TOTAL
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from analytics_dash.runs.pattern import exactly

KIND: Final = "kind"
PARENT_RUNS: Final = "parent_runs"
PARENT_COLUMNS: Final = (
    KIND, VALUE, TITLE, RUNS, FAILED, SUCCEEDED, RATE, LOW, HIGH, LATENCY_RUNS, P95, FEW, TOKENS, PARENT_RUNS,
    FIRST_SEEN, LAST_SEEN,
)  # fmt: skip
PARENT: Final = DIMENSIONS["parent"]
LIMIT: Final = 20  # parents that a person reads; there are seldom more
SORTS: Final = (FAILED, RATE, P95, RUNS, TOKENS, LAST_SEEN)
"""By the failure rate means by the lower end of its interval: one failed run of one is not the worst parent."""


class Kind(StrEnum):
    """What is known of whoever called."""

    NAMED = "named"
    """The parent's workflow is told."""
    UNNAMED = "unnamed"
    """Only a run is told as parent, not its workflow."""
    NONE = "none"
    """Nothing called these runs."""
    OTHER = "other"
    """The parents that are not shown, together."""


AGGREGATED: Final = """
WITH called AS (
    SELECT nullif(parent_project_id, '') AS parent, nullif(parent_run_id, '') AS parent_run,
        nullif(parent_project_name, '') AS parent_name, outcome, latency, total_tokens, date
    FROM runs
), told AS (
    SELECT *, CASE WHEN parent IS NOT NULL THEN 'named' WHEN parent_run IS NOT NULL THEN 'unnamed' ELSE 'none' END
        AS kind
    FROM called
)
SELECT kind, coalesce(parent, '{none}') AS value, arg_max(parent_name, date) FILTER (WHERE parent_name IS NOT NULL)
    AS title, count(*) AS runs, count(*) FILTER (WHERE outcome = 'failed') AS failed,
    count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded, count(*) FILTER (WHERE {timed}) AS latency_runs,
    quantile_cont(latency, 0.95) FILTER (WHERE {timed}) AS p95_s, {tokens} AS tokens,
    count(DISTINCT parent_run) AS parent_runs, min(date) AS first_seen, max(date) AS last_seen
FROM told GROUP BY kind, value"""


@dataclass(frozen=True)
class Parents:
    """The parents shown, of `parents` there are; `called` of `runs` runs have one, some of them failed or succeeded."""

    frame: pd.DataFrame
    """PARENT_COLUMNS, the worst first, runs without a parent last; instants in UTC, P95 in seconds."""
    rest: pd.DataFrame
    """A row of the same columns for the parents that are not shown; what does not add up is unknown."""
    worst: pd.DataFrame
    """The row of the parent, of all, whose failure rate is highest by the lower end of its interval, if any has one."""
    parents: int
    called: int
    called_failed: int
    called_succeeded: int
    runs: int


def parents(
    runs: duckdb.DuckDBPyRelation, *, by: str = FAILED, limit: int = LIMIT, failed_in_latency: bool = True
) -> Parents:
    """Who calls, the highest by one of SORTS first; no rows without runs."""
    condition = timed(failed_in_latency=failed_in_latency)
    found = runs.query("runs", AGGREGATED.format(none=PARENT.none_label, timed=condition, tokens=TOTAL)).df()
    held = _derived(found)
    own, rest = held[held[KIND] != Kind.NONE], held[held[KIND] == Kind.NONE]
    ordered = _sorted(own, by)
    return Parents(
        frame=pd.concat([ordered.iloc[:limit], rest]).reset_index(drop=True),
        rest=_together(ordered.iloc[limit:]),
        worst=_sorted(own[own[RATE].notna()], RATE).iloc[:1],
        parents=len(own),
        called=int(own[RUNS].sum()),
        called_failed=int(own[FAILED].sum()),
        called_succeeded=int(own[SUCCEEDED].sum()),
        runs=int(held[RUNS].sum()),
    )


def parents_over_time(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, values: Sequence[str]
) -> Mapping[str, pd.DataFrame]:
    """FAILURE_COLUMNS, one row per bucket, for each of these values of the dimension “parent”."""
    return {value: failures_over_time(runs.filter(PARENT.matches([exactly(value)])), buckets) for value in values}


def _together(left: pd.DataFrame) -> pd.DataFrame:
    """What adds up, the rate that follows, and between which instants; no row without any."""
    if left.empty:
        return left
    sums = {name: [left[name].sum()] for name in (RUNS, FAILED, SUCCEEDED, LATENCY_RUNS, TOKENS)}
    row = pd.DataFrame({KIND: [str(Kind.OTHER)], VALUE: [None], TITLE: [None], P95: [np.nan], PARENT_RUNS: [np.nan]})
    seen = {FIRST_SEEN: left[FIRST_SEEN].min(), LAST_SEEN: left[LAST_SEEN].max()}
    return _rated(row.assign(**sums, **seen)).assign(**{FEW: False})


def _derived(found: pd.DataFrame) -> pd.DataFrame:
    """All columns, instants with their zone."""
    seen = {name: pd.to_datetime(found[name]).dt.tz_localize("UTC") for name in (FIRST_SEEN, LAST_SEEN)}
    return _rated(found.assign(**seen))


def _rated(found: pd.DataFrame) -> pd.DataFrame:
    decided = found[FAILED] + found[SUCCEEDED]
    low, high = wilson(found[FAILED], decided)
    derived = {
        RATE: found[FAILED] / decided.where(decided > 0),
        LOW: pd.Series(low, index=found.index),
        HIGH: pd.Series(high, index=found.index),
        FEW: found[LATENCY_RUNS].between(1, FEW_RUNS - 1),
    }
    return found.assign(**derived)[list(PARENT_COLUMNS)]


def _sorted(held: pd.DataFrame, by: str) -> pd.DataFrame:
    """Ties by runs and then by value; a percentile over few runs comes after those over enough."""
    column = LOW if by == RATE else by
    first = [FEW] if by == P95 else []
    order = [*first, column, RUNS, KIND, VALUE]
    rising = [*(True for _ in first), False, False, True, True]
    return held.sort_values(order, ascending=rising, na_position="last", kind="stable")
