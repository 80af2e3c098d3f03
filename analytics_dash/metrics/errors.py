"""Owns errors as groups of one template each: how often, whom they hit, since when, new or back again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import (
    ERROR_GROUP_COLUMNS,
    EXAMPLE,
    EXAMPLE_RUN,
    FIRST_SEEN,
    GROUP,
    IS_BACK,
    IS_NEW,
    LAST_SEEN,
    PER_BUCKET,
    RUNS,
    SEEN_BEFORE,
    SHARE,
    TEMPLATE,
    USERS,
)
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.metrics.people import USERS_SQL
from analytics_dash.runs.error_group import FRAMES_WITHIN, template_sql

GROUPS: Final = 50  # more rows than people read; the rest is told as a number
ABSENT: Final = timedelta(days=7)  # a week without an error, weekend included, is long enough to call it gone
EXAMPLE_LENGTH: Final = 4_000  # characters of the newest message: a text of 1 MB stays in the engine
SORTS: Final = (RUNS, USERS, FIRST_SEEN, LAST_SEEN)
FIRST_BEFORE: Final = "first_before"
FIRST_HERE: Final = "first_here"
BEFORE: Final = f"error_group AS {GROUP}, min(date) AS {FIRST_BEFORE}, max(date) AS {SEEN_BEFORE}"
INSTANTS: Final = (FIRST_HERE, FIRST_SEEN, LAST_SEEN, SEEN_BEFORE)
NOTHING_BEFORE: Final = f"*, NULL::TIMESTAMP AS {FIRST_BEFORE}, NULL::TIMESTAMP AS {SEEN_BEFORE}"


@dataclass(frozen=True, eq=False)
class ErrorGroups:
    """ERROR_GROUP_COLUMNS for the first of `groups` groups; the failed runs in all and in the groups left out."""

    frame: pd.DataFrame
    groups: int
    failed: int
    other_runs: int


def error_groups(
    runs: duckdb.DuckDBPyRelation,
    *,
    buckets: Buckets | None = None,
    before: duckdb.DuckDBPyRelation | None = None,
    since: datetime | None = None,
    absent: timedelta = ABSENT,
    sort: str = RUNS,
    limit: int = GROUPS,
) -> ErrorGroups:
    """The groups of the failed runs, highest `sort` (of SORTS) first; instants in UTC, PER_BUCKET a list of counts.

    `before` are runs of the same cursor that lie before these, all that began at `since` or later (None: all there ever
    were): FIRST_SEEN is the first among both. IS_BACK if a group's last there is `absent` or longer before its first
    here; IS_NEW if it is not among them although they reach back so long before its first here. Where they do not, or
    there are none, both are NA. ValueError for another `sort`.
    """
    if sort not in SORTS:
        raise ValueError(f"error groups are sorted by one of {', '.join(SORTS)}")
    past = before if before is not None and before.limit(1).fetchone() is not None else None
    grouped = _beside_those_before(runs.query("runs", _grouped_sql(buckets)), past)
    found = grouped.query("grouped", _sorted_sql(sort, limit)).df()
    groups, failed = (int(found[name].iloc[0]) if len(found) else 0 for name in ("groups", "failed_runs"))
    frame = _typed(found, 0 if buckets is None else len(buckets))
    marked = frame.assign(**_marks(frame, has_past=past is not None, since=since, absent=absent))
    marked[SHARE] = marked[RUNS] / failed if failed else pd.Series(dtype="float64")
    return ErrorGroups(marked[list(ERROR_GROUP_COLUMNS)], groups, failed, failed - int(marked[RUNS].sum()))


def _beside_those_before(
    grouped: duckdb.DuckDBPyRelation, before: duckdb.DuckDBPyRelation | None
) -> duckdb.DuckDBPyRelation:
    """The groups with when each was first and last seen among the runs before."""
    if before is None:
        return grouped.project(NOTHING_BEFORE)
    failed = before.filter("outcome = 'failed'")
    return grouped.join(failed.aggregate(BEFORE, "error_group"), GROUP, how="left")


def _grouped_sql(buckets: Buckets | None) -> str:
    edges = [(edge - EPOCH) // MICROSECOND for edge in (buckets.edges if buckets else ())] or [0, 0]
    return f"""
WITH failed AS (SELECT error_group, error, run_id, user_id, date FROM runs WHERE outcome = 'failed'),
edges AS (SELECT unnest(range({len(edges) - 1})) AS bucket, make_timestamp(unnest({edges[:-1]}::BIGINT[])) AS edge),
placed AS (
    SELECT failed.*, CASE WHEN date < make_timestamp({edges[-1]}::BIGINT) THEN bucket END AS bucket
    FROM failed ASOF LEFT JOIN edges ON failed.date >= edges.edge
)
SELECT error_group AS {GROUP}, count(*) AS {RUNS}, {USERS_SQL} AS {USERS},
    min(date) AS {FIRST_HERE}, max(date) AS {LAST_SEEN},
    max((date, run_id, left(error, {FRAMES_WITHIN}))) AS newest,
    map_entries(histogram(bucket) FILTER (WHERE bucket IS NOT NULL)) AS {PER_BUCKET}
FROM placed GROUP BY error_group"""  # noqa: S608  columns and numbers of ours


def _sorted_sql(sort: str, limit: int) -> str:
    return f"""
WITH held AS MATERIALIZED (FROM grouped),
named AS (
    SELECT *, least({FIRST_BEFORE}, {FIRST_HERE}) AS {FIRST_SEEN}, {template_sql("newest[3]")} AS {TEMPLATE} FROM held
)
SELECT * EXCLUDE (newest), newest[2] AS {EXAMPLE_RUN}, left(newest[3], {EXAMPLE_LENGTH}) AS {EXAMPLE},
    count(*) OVER () AS groups, sum({RUNS}) OVER () AS failed_runs
FROM named ORDER BY {sort} DESC, {RUNS} DESC, {TEMPLATE} LIMIT {int(limit)}"""  # noqa: S608  columns and numbers of ours


def _typed(found: pd.DataFrame, buckets: int) -> pd.DataFrame:
    instants = {name: found[name].astype("datetime64[us]").dt.tz_localize("UTC") for name in INSTANTS}
    counts = [_counts(entries, buckets) for entries in found[PER_BUCKET]]
    per_bucket = {PER_BUCKET: pd.Series(counts, index=found.index, dtype="object")}
    return found.assign(**instants).assign(**per_bucket)


def _counts(entries: object, buckets: int) -> list[int]:
    """A bucket's number and its runs, as the engine lists those that have some, to one count for each bucket."""
    counts = [0] * buckets
    if isinstance(entries, (list, np.ndarray)):  # NULL where no run falls into any
        for entry in entries:
            counts[entry["key"]] = int(entry["value"])
    return counts


def _marks(frame: pd.DataFrame, *, has_past: bool, since: datetime | None, absent: timedelta) -> dict[str, pd.Series]:
    """IS_NEW and IS_BACK; NA where nothing before tells, or what is there reaches back too little to tell."""
    if not has_past:
        unknown = pd.Series(pd.NA, index=frame.index, dtype="boolean")
        return {IS_NEW: unknown, IS_BACK: unknown}
    unseen, gone = frame[SEEN_BEFORE].isna(), pd.Timedelta(absent)
    reaches = pd.Series(data=True, index=frame.index) if since is None else frame[FIRST_HERE] - since >= gone
    back = frame[FIRST_HERE] - frame[SEEN_BEFORE] >= gone
    marks = {IS_NEW: unseen, IS_BACK: back}
    return {name: held.astype("boolean").mask(unseen & ~reaches) for name, held in marks.items()}
