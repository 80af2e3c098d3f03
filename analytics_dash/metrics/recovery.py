"""Owns recovery: how often a failure is followed by a success of the same conversation or user, and how soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import duckdb

from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.metrics.wilson import wilson

WITHIN: Final = timedelta(hours=1)  # long enough to try again, short enough to be the same errand


class By(StrEnum):
    """Whose success makes up for a failure; each is the column that tells."""

    CONVERSATION = "conversation_id"
    USER = "user_id"


RECOVERY_SQL: Final = """
WITH decided AS (SELECT nullif({key}, '') AS key, date, outcome FROM runs),
failures AS (SELECT key, date FROM decided WHERE outcome = 'failed'),
successes AS (SELECT key, date AS next FROM decided WHERE outcome = 'succeeded' AND key IS NOT NULL),
followed AS (
    SELECT failures.key, failures.date, epoch_us(next) - epoch_us(date) AS wait_us,
        epoch_us(date) + {within} <= {until} AS old
    FROM failures ASOF LEFT JOIN successes ON failures.key = successes.key AND failures.date < successes.next
)
SELECT count(*), count(*) FILTER (WHERE key IS NULL), count(*) FILTER (WHERE key IS NOT NULL AND NOT old),
    count(*) FILTER (WHERE key IS NOT NULL AND old AND wait_us <= {within}),
    quantile_cont(wait_us, 0.5) FILTER (WHERE key IS NOT NULL AND old AND wait_us <= {within})
FROM followed"""


@dataclass(frozen=True)
class Recovery:
    """Failed runs are judged, too young or without a key; the rate is recovered / judged, None without any judged."""

    failed: int
    judged: int
    recovered: int
    too_young: int
    without_key: int
    rate: float | None
    low: float | None
    high: float | None
    median: timedelta | None


def recovery(
    runs: duckdb.DuckDBPyRelation,
    successes: duckdb.DuckDBPyRelation,
    *,
    until: datetime,
    by: By = By.CONVERSATION,
    within: timedelta = WITHIN,
) -> Recovery:
    """What became of the failed ones of `runs`: a later success of the same key at most `within` after; median wait.

    `successes` are the runs in which one is looked for, which may begin after all of `runs`; what else they hold is
    left aside. `until` is up to when they are complete. A failure less than `within` before it is too young to tell,
    even if it has recovered, for else the rate would lean upwards.
    """
    sql = RECOVERY_SQL.format(
        key=by.value, within=within // MICROSECOND, until=(until.astimezone(UTC) - EPOCH) // MICROSECOND
    )
    columns = "conversation_id, user_id, date, outcome"
    failures = runs.filter("outcome = 'failed'").project(columns)
    both = failures.union(successes.filter("outcome = 'succeeded'").project(columns))
    failed, without, young, recovered, wait_us = both.query("runs", sql).fetchall()[0]
    judged = failed - without - young
    low, high = wilson(recovered, judged)
    return Recovery(
        failed=failed,
        judged=judged,
        recovered=recovered,
        too_young=young,
        without_key=without,
        rate=recovered / judged if judged else None,
        low=float(low) if judged else None,
        high=float(high) if judged else None,
        median=None if wait_us is None else wait_us * MICROSECOND,
    )
