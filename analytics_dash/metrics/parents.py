"""Owns the parents: which workflows call this one, how their runs of it went, and the same over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import duckdb
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
    """The parents shown, of `parents` there are; `called` of `runs` runs have one."""

    frame: pd.DataFrame
    """PARENT_COLUMNS, the worst first, runs without a parent last; instants in UTC, P95 in seconds."""
    parents: int
    called: int
    runs: int


def parents(
    runs: duckdb.DuckDBPyRelation, *, by: str = FAILED, limit: int = LIMIT, failed_in_latency: bool = True
) -> Parents:
    """Who calls, the highest by one of SORTS first; no rows without runs."""
    condition = timed(failed_in_latency=failed_in_latency)
    found = runs.query("runs", AGGREGATED.format(none=PARENT.none_label, timed=condition, tokens=TOTAL)).df()
    held = _derived(found)
    own, rest = held[held[KIND] != Kind.NONE], held[held[KIND] == Kind.NONE]
    shown = pd.concat([_sorted(own, by).iloc[:limit], rest]).reset_index(drop=True)
    return Parents(shown, len(own), int(own[RUNS].sum()), int(held[RUNS].sum()))


def parents_over_time(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, values: Sequence[str]
) -> Mapping[str, pd.DataFrame]:
    """FAILURE_COLUMNS, one row per bucket, for each of these values of the dimension “parent”."""
    return {value: failures_over_time(runs.filter(PARENT.matches([exactly(value)])), buckets) for value in values}


def _derived(found: pd.DataFrame) -> pd.DataFrame:
    decided = found[FAILED] + found[SUCCEEDED]
    low, high = wilson(found[FAILED], decided)
    derived = {
        RATE: found[FAILED] / decided.where(decided > 0),
        LOW: pd.Series(low, index=found.index),
        HIGH: pd.Series(high, index=found.index),
        FEW: found[LATENCY_RUNS].between(1, FEW_RUNS - 1),
        FIRST_SEEN: pd.to_datetime(found[FIRST_SEEN]).dt.tz_localize("UTC"),
        LAST_SEEN: pd.to_datetime(found[LAST_SEEN]).dt.tz_localize("UTC"),
    }
    return found.assign(**derived)[list(PARENT_COLUMNS)]


def _sorted(held: pd.DataFrame, by: str) -> pd.DataFrame:
    """Ties by runs and then by value; a percentile over few runs comes after those over enough."""
    column = LOW if by == RATE else by
    first = [FEW] if by == P95 else []
    order = [*first, column, RUNS, KIND, VALUE]
    rising = [*(True for _ in first), False, False, True, True]
    return held.sort_values(order, ascending=rising, na_position="last", kind="stable")
