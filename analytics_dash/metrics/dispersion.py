"""Owns how runs depend on one another: those that try again after a failure, and how far sittings inflate variances.

Tests against chance are for independent events, and runs are none: who failed tries again, and who came runs several.

- Failures are therefore tested over first attempts alone. Whether a run is one is settled before it ends, by the
  failures before it: in a steady flow each first attempt fails with the same chance, whatever became of those before.
- Counts and sums have no first attempts; their variance is that of a cluster sample, larger by the design effect (Kish,
  Survey Sampling, 1965; for tests of counts: Rao and Scott, Statistics in Medicine, 1992).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import duckdb

from analytics_dash.metrics.grouping import MICROSECOND
from analytics_dash.metrics.people import USER_SQL

PAUSE: Final = timedelta(minutes=30)  # longer, and the next run is another errand: the session of web analytics
PAUSE_US: Final = PAUSE // MICROSECOND
RUSH: Final = 0.25  # of a user's mean time between runs: with less of a pause than that, chance links few of their runs
CONVERSATION_SQL: Final = "nullif(conversation_id, '')"

REPEATS_SQL: Final = f"""
WITH decided AS MATERIALIZED (
    SELECT run_key, date, outcome, {USER_SQL} AS person, {CONVERSATION_SQL} AS talk
    FROM {{runs}} WHERE outcome IN ('failed', 'succeeded')
),
crowds AS (
    SELECT person FROM decided WHERE person IS NOT NULL
    GROUP BY person HAVING 2 * count(*) > (SELECT count(*) FROM decided)
),
keyed AS MATERIALIZED (
    SELECT run_key, date, epoch_us(date) AS at_us, at_us // {PAUSE_US} AS part, outcome,
        CASE WHEN person IS NOT NULL AND person NOT IN (FROM crowds) THEN hash('user', person)
            WHEN talk IS NOT NULL THEN hash('conversation', talk) END AS whose
    FROM decided
),
near AS (SELECT DISTINCT whose, unnest([part, part + 1]) AS part FROM keyed WHERE outcome = 'failed'),
after AS (
    SELECT *, max(at_us) FILTER (WHERE outcome = 'failed') OVER earlier AS failed_us
    FROM keyed SEMI JOIN near USING (whose, part)
    WINDOW earlier AS (PARTITION BY whose ORDER BY at_us, run_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
since AS (
    SELECT *, max(at_us) FILTER (WHERE outcome = 'failed' AND coalesce(at_us - failed_us >= {PAUSE_US}, true))
        OVER earlier AS since_us
    FROM after
    WINDOW earlier AS (PARTITION BY whose ORDER BY at_us, run_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT run_key, date, outcome FROM since
WHERE (at_us - since_us) // {PAUSE_US} = (failed_us - since_us) // {PAUSE_US}"""  # noqa: S608  constants of ours
"""An errand begins with a failure without another one in the PAUSE before it, and is cut into parts of a PAUSE.

Only runs near a failure of the same user's are put in order."""

SITTINGS_SQL: Final = f"""
WITH whole AS (
    SELECT count(*) AS runs, greatest(max(epoch_us(date)) - min(epoch_us(date)), {PAUSE_US}) AS us FROM every_run
),
keyed AS MATERIALIZED (SELECT hash({{key}}) AS whose, epoch_us(date) AS at_us FROM every_run WHERE {{key}} IS NOT NULL),
keys AS (
    SELECT whose, count(*) AS n, least({PAUSE_US} * n / us, {RUSH}) AS expected, expected * us / n AS pause_us
    FROM keyed, whole GROUP BY whose, us HAVING n > 1
),
placed AS (
    SELECT whose, row_number() OVER one AS place, at_us - lag(at_us) OVER one AS since_us
    FROM keyed SEMI JOIN keys USING (whose) WINDOW one AS (PARTITION BY whose ORDER BY at_us)
),
sittings AS (
    SELECT whose, coalesce(lead(place) OVER (PARTITION BY whose ORDER BY place), n + 1) - place AS size
    FROM placed JOIN keys USING (whose) WHERE since_us IS NULL OR since_us >= pause_us
),
squares AS (SELECT whose, sum(size * size)::DOUBLE AS squares FROM sittings GROUP BY whose)
SELECT any_value(runs), any_value(runs) + coalesce(sum(squares / least(2 * exp(expected) - 1, n) - n), 0)
FROM whole LEFT JOIN (FROM squares JOIN keys USING (whose)) ON true"""  # noqa: S608  constants of ours


def repeats(runs: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """`run_key`, `date` and `outcome` of the runs, failed or succeeded, that are no first attempts.

    A run is none where the same user (of a run without one: the same conversation) failed shortly before: in the same
    half hour (PAUSE), counted from their first failure after a PAUSE without any. So a batch that fails in a row is one
    failure, and a user who fails all day one every half hour. A user with more than half of the runs is no person but
    the flow itself: there conversations alone tell, and runs without one are all first attempts.
    """
    return runs.query("every_run", repeats_sql("every_run"))


def repeats_sql(runs: str) -> str:
    """The same as a SELECT over a table or view (a name of ours)."""
    return REPEATS_SQL.format(runs=runs)


def clustering(*sides: duckdb.DuckDBPyRelation) -> float:
    """How many times larger sittings make the variance of the number of runs; 1 where runs come independently.

    Kish's sum(m^2) / sum(m) over sittings of m runs, by user or by conversation, whichever is more: runs with pauses
    below PAUSE, and for a user with n runs in the span T below RUSH T / n. Each user's share is divided by what it
    would be if their runs came at random times, which links some too: (1 + q) / (1 - q), q = 1 - exp(-n pause / T).
    """
    return max(1.0, *(_clustering(sides, key) for key in (USER_SQL, CONVERSATION_SQL)))


def _clustering(sides: tuple[duckdb.DuckDBPyRelation, ...], key: str) -> float:
    counted = [side.query("every_run", SITTINGS_SQL.format(key=key)).fetchall()[0] for side in sides]
    runs, squares = (sum(column or 0 for column in columns) for columns in zip(*counted, strict=True))
    return squares / runs if runs else 1.0
