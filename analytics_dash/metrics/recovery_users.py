"""Owns the users left broken: those whose last run failed and who have not succeeded since."""

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
    SELECT user_id, outcome, date, run_id, error FROM runs WHERE user_id <> ''
),
lasts AS (
    SELECT user_id, count(*) AS {RUNS},
        max((date, run_id)) FILTER (WHERE outcome = 'succeeded') AS success,
        max((date, run_id)) FILTER (WHERE outcome = 'failed') AS failure
    FROM mine GROUP BY user_id
),
broken AS (SELECT * FROM lasts WHERE failure IS NOT NULL AND (success IS NULL OR failure > success))
SELECT user_id AS {USER}, any_value({RUNS}) AS {RUNS}, count(*) AS {FAILURES_SINCE},
    min(date) AS {FIRST_FAILURE}, max(date) AS {LAST_FAILURE}, any_value(failure)[2] AS {LAST_RUN},
    max((date, run_id, left(error, {FRAMES_WITHIN})))[3] AS error, count(*) OVER () AS users
FROM mine JOIN broken USING (user_id)
WHERE outcome = 'failed' AND (success IS NULL OR (date, run_id) > success)
GROUP BY user_id ORDER BY {LAST_FAILURE} DESC, user_id LIMIT {{limit}}"""  # noqa: S608  columns and numbers of ours


@dataclass(frozen=True, eq=False)
class BrokenUsers:
    """BROKEN_USER_COLUMNS for the users who failed last, the newest first, of `of` in all."""

    frame: pd.DataFrame
    of: int


def users_left_broken(runs: duckdb.DuckDBPyRelation, *, limit: int = USERS_SHOWN) -> BrokenUsers:
    """Users whose last run that failed or succeeded failed; FAILURES_SINCE the last success, instants in UTC.

    GROUP and TEMPLATE are of the newest error; RUNS counts all of the user's. Runs without a user are left out.
    """
    found = runs.query("runs", BROKEN_SQL.format(limit=int(limit))).df()
    of = int(found["users"].iloc[0]) if len(found) else 0
    instants = {n: found[n].astype("datetime64[us]").dt.tz_localize("UTC") for n in (FIRST_FAILURE, LAST_FAILURE)}
    errors = [error if isinstance(error, str) else None for error in found["error"]]
    texts = {GROUP: [error_group_id(error) for error in errors], TEMPLATE: [error_template(e) for e in errors]}
    named = {name: pd.Series(held, index=found.index, dtype="str") for name, held in texts.items()}
    return BrokenUsers(found.assign(**instants, **named)[list(BROKEN_USER_COLUMNS)], of)
