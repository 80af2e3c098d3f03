"""Owns streaks of failures: runs that failed one after another, without a success in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import duckdb

STREAKS: Final = 5  # told in a list; the longest says most
SHORTEST: Final = 2  # a single failure is no streak

STREAKS_SQL: Final = """
WITH decided AS (SELECT date, run_id, outcome FROM runs WHERE outcome IN ('failed', 'succeeded')),
placed AS (
    SELECT *, sum((outcome = 'succeeded')::BIGINT) OVER (
        ORDER BY date, run_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS successes_before
    FROM decided
),
streaks AS (
    SELECT successes_before, count(*) AS runs, min((date, run_id)) AS first, max((date, run_id)) AS last
    FROM placed WHERE outcome = 'failed' GROUP BY successes_before
)
SELECT runs, first[1], last[1], first[2], last[2],
    successes_before = (SELECT count(*) FROM decided WHERE outcome = 'succeeded') AS current
FROM streaks WHERE runs >= {shortest} OR current ORDER BY runs DESC, first DESC"""
"""Failures between the same two successes have as many before them; a count with FILTER would take quadratic time."""


@dataclass(frozen=True)
class Streak:
    """Consecutive failed runs, from the date of the first to the date of the last, in UTC."""

    runs: int
    start: datetime
    end: datetime
    first_run_id: str | None
    last_run_id: str | None


@dataclass(frozen=True)
class Streaks:
    """The longest streaks (later ones first among equals), of `of` in all; the one that no success has ended yet."""

    longest: tuple[Streak, ...]
    of: int
    current: Streak | None


def failure_streaks(runs: duckdb.DuckDBPyRelation, *, limit: int = STREAKS, shortest: int = SHORTEST) -> Streaks:
    """Streaks of at least `shortest` failures by date, over runs that failed or succeeded; a current one of any length.

    Runs of the same instant are in the order of their IDs.
    """
    rows = runs.query("runs", STREAKS_SQL.format(shortest=int(shortest))).fetchall()
    found = [(_streak(*row[:5]), bool(row[5])) for row in rows]
    long = tuple(streak for streak, _ in found if streak.runs >= shortest)
    return Streaks(long[:limit], len(long), next((streak for streak, current in found if current), None))


def _streak(runs: int, start: datetime, end: datetime, first: str | None, last: str | None) -> Streak:
    return Streak(runs, start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), first, last)
