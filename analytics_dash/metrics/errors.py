"""Owns errors as groups of one template each: how often, whom they hit, since when, new or back again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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
INSTANT: Final = pd.DatetimeTZDtype("us", "UTC")

BEFORE: Final = f"""
SELECT error_group AS {GROUP}, max(date) AS {SEEN_BEFORE} FROM runs WHERE outcome = 'failed' GROUP BY error_group"""  # noqa: S608  columns of ours


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
    absent: timedelta = ABSENT,
    sort: str = RUNS,
    limit: int = GROUPS,
) -> ErrorGroups:
    """The groups of the failed runs, highest `sort` (of SORTS) first; instants in UTC, PER_BUCKET a list of counts.

    Against the runs `before`: IS_NEW if the group is not among them, IS_BACK if its last there is `absent` or longer
    before its first here; both NA where there are no runs before to tell from. ValueError for another `sort`.
    """
    if sort not in SORTS:
        raise ValueError(f"error groups are sorted by one of {', '.join(SORTS)}")
    found = runs.query("runs", _grouped_sql(buckets, sort, limit)).df()
    groups, failed = (int(found[name].iloc[0]) if len(found) else 0 for name in ("groups", "failed_runs"))
    frame = _aged(_typed(found, 0 if buckets is None else len(buckets)), before, absent)
    frame[SHARE] = frame[RUNS] / failed if failed else pd.Series(dtype="float64")
    return ErrorGroups(frame[list(ERROR_GROUP_COLUMNS)], groups, failed, failed - int(frame[RUNS].sum()))


def _grouped_sql(buckets: Buckets | None, sort: str, limit: int) -> str:
    edges = [(edge - EPOCH) // MICROSECOND for edge in (buckets.edges if buckets else ())] or [0, 0]
    return f"""
WITH failed AS (SELECT error_group, error, run_id, user_id, date FROM runs WHERE outcome = 'failed'),
edges AS (SELECT unnest(range({len(edges) - 1})) AS bucket, make_timestamp(unnest({edges[:-1]}::BIGINT[])) AS edge),
placed AS (
    SELECT failed.*, CASE WHEN date < make_timestamp({edges[-1]}::BIGINT) THEN bucket END AS bucket
    FROM failed ASOF LEFT JOIN edges ON failed.date >= edges.edge
),
grouped AS MATERIALIZED (
    SELECT error_group AS {GROUP}, count(*) AS {RUNS}, {USERS_SQL} AS {USERS},
        min(date) AS {FIRST_SEEN}, max(date) AS {LAST_SEEN},
        max((date, run_id, left(error, {FRAMES_WITHIN}))) AS newest,
        map_entries(histogram(bucket) FILTER (WHERE bucket IS NOT NULL)) AS {PER_BUCKET}
    FROM placed GROUP BY error_group
),
named AS (SELECT *, {template_sql("newest[3]")} AS {TEMPLATE} FROM grouped)
SELECT * EXCLUDE (newest), newest[2] AS {EXAMPLE_RUN}, left(newest[3], {EXAMPLE_LENGTH}) AS {EXAMPLE},
    count(*) OVER () AS groups, sum({RUNS}) OVER () AS failed_runs
FROM named ORDER BY {sort} DESC, {RUNS} DESC, {TEMPLATE} LIMIT {int(limit)}"""  # noqa: S608  columns and numbers of ours


def _typed(found: pd.DataFrame, buckets: int) -> pd.DataFrame:
    instants = {name: found[name].astype("datetime64[us]").dt.tz_localize("UTC") for name in (FIRST_SEEN, LAST_SEEN)}
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


def _aged(frame: pd.DataFrame, before: duckdb.DuckDBPyRelation | None, absent: timedelta) -> pd.DataFrame:
    if before is None or before.limit(1).fetchone() is None:
        unknown = pd.Series(pd.NA, index=frame.index, dtype="boolean")
        never = pd.Series(pd.NaT, index=frame.index, dtype=INSTANT)
        return frame.assign(**{SEEN_BEFORE: never}).assign(**{IS_NEW: unknown, IS_BACK: unknown})
    held = before.query("runs", BEFORE).df().set_index(GROUP)[SEEN_BEFORE].astype("datetime64[us]")
    found = held.reindex(pd.Index(frame[GROUP], dtype=held.index.dtype)).to_numpy()
    seen = pd.Series(found, index=frame.index, dtype="datetime64[us]").dt.tz_localize("UTC")
    back = frame[FIRST_SEEN] - seen >= pd.Timedelta(absent)
    marks = {IS_NEW: seen.isna().astype("boolean"), IS_BACK: back.astype("boolean")}
    return frame.assign(**{SEEN_BEFORE: seen}).assign(**marks)
