"""Owns the users left broken: those with a failed run in view who have not succeeded since, in view or after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import (
    BROKEN_USER_COLUMNS,
    FAILURES_SINCE,
    FIRST_FAILURE,
    GROUP,
    LAST_FAILURE,
    LAST_RUN,
    RUNS,
    TEMPLATE,
    USER,
)
from analytics_dash.runs.error_group import FRAMES_WITHIN, error_group_id, error_template

USERS_SHOWN: Final = 50  # one page of a table; the number of all is told beside it

BROKEN_SQL: Final = f"""
WITH mine AS (
    SELECT * FROM runs WHERE user_id <> ''
),
lasts AS (
    SELECT user_id, count(*) FILTER (WHERE in_view) AS {RUNS},
        max((date, run_id)) FILTER (WHERE outcome = 'succeeded') AS success,
        max((date, run_id)) FILTER (WHERE outcome = 'failed' AND in_view) AS failure
    FROM mine GROUP BY user_id
),
broken AS (SELECT * FROM lasts WHERE failure IS NOT NULL AND (success IS NULL OR failure > success))
SELECT user_id AS {USER}, any_value({RUNS}) AS {RUNS}, count(*) AS {FAILURES_SINCE},
    min(date) AS {FIRST_FAILURE}, max(date) AS {LAST_FAILURE}, any_value(failure)[2] AS {LAST_RUN},
    max((date, run_id, left(error, {FRAMES_WITHIN})))[3] AS error, count(*) OVER () AS users
FROM mine JOIN broken USING (user_id)
WHERE outcome = 'failed' AND in_view AND (success IS NULL OR (date, run_id) > success)
GROUP BY user_id ORDER BY {LAST_FAILURE} DESC, user_id LIMIT {{limit}}"""  # noqa: S608  columns and numbers of ours


@dataclass(frozen=True, eq=False)
class BrokenUsers:
    """BROKEN_USER_COLUMNS for the users who failed last, the newest first, of `of` in all."""

    frame: pd.DataFrame
    of: int


def users_left_broken(
    runs: duckdb.DuckDBPyRelation, successes: duckdb.DuckDBPyRelation, *, limit: int = USERS_SHOWN
) -> BrokenUsers:
    """Users with a failed one of `runs` and no success after it; FAILURES_SINCE the last success, instants in UTC.

    `successes` are the runs in which one is looked for, which may begin after all of `runs`; what else they hold is
    left aside. GROUP and TEMPLATE are of the newest error; RUNS counts those of `runs`. Runs without a user are left
    out.
    """
    columns = "user_id, outcome, date, run_id"
    mended = successes.filter("outcome = 'succeeded'").project(f"{columns}, NULL::VARCHAR AS error, false AS in_view")
    both = runs.project(f"{columns}, error, true AS in_view").union(mended)
    found = both.query("runs", BROKEN_SQL.format(limit=int(limit))).df()
    of = int(found["users"].iloc[0]) if len(found) else 0
    instants = {n: found[n].astype("datetime64[us]").dt.tz_localize("UTC") for n in (FIRST_FAILURE, LAST_FAILURE)}
    errors = [error if isinstance(error, str) else None for error in found["error"]]
    texts = {GROUP: [error_group_id(error) for error in errors], TEMPLATE: [error_template(e) for e in errors]}
    named = {name: pd.Series(held, index=found.index, dtype="str") for name, held in texts.items()}
    return BrokenUsers(found.assign(**instants, **named)[list(BROKEN_USER_COLUMNS)], of)
