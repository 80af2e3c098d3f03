"""Owns the runs that have not ended: how many wait in which state, for how long, and which are far beyond the usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.percentiles import FINISHED, P99_RUNS
from analytics_dash.runs.instants import aware, naive
from analytics_dash.runs.outcome import UNFINISHED_STATES

SHOWN: Final = 200  # rows of the table; the number of all is told beside it
TIMES_USUAL: Final = 10  # of the p99: what takes so much longer than the slowest runs has most likely hung
AT_LEAST: Final = timedelta(hours=1)  # before that, nothing is called stuck, however fast the flow is
USUAL: Final = 0.99
LONGEST: Final = timedelta(days=36_500)  # a latency without sense must not leave the calendar
ZERO: Final = pd.Timedelta(0)
AGE: Final = "age"
STUCK: Final = "stuck"
WAITING_COLUMNS: Final = (
    "run_id", "date", AGE, "state", STUCK, "gone", "user_id", "ran_by_display_name", "ran_by_type", "run_type",
    "parent_project_name", "parent_project_id", "parent_run_id", "conversation_id",
)  # fmt: skip
PAUSED: Final = "PAUSED"
WAITS: Final = "outcome = 'unfinished'"


@dataclass(frozen=True)
class Usual:
    """How long finished runs take: their p99 in seconds, None below P99_RUNS of them."""

    p99_s: float | None
    runs: int

    @property
    def stuck_after(self) -> timedelta | None:
        """The age from which a run counts as stuck: TIMES_USUAL times the p99, AT_LEAST at least; None if unknown."""
        if self.p99_s is None:
            return None
        usual = timedelta(seconds=min(self.p99_s * TIMES_USUAL, LONGEST.total_seconds()))
        return max(AT_LEAST, usual)


@dataclass(frozen=True, eq=False)
class Waiting:
    """WAITING_COLUMNS of the runs that wait longest, of `of`; what of all of them the cards say.

    `date` in UTC, AGE a Timedelta. `stuck` is None where what is usual is not known; runs that are `gone` from the
    server are in the counts by state, but never stuck nor the oldest. `stuck_paused` of the stuck are paused.
    """

    frame: pd.DataFrame
    of: int
    by_state: Mapping[str, int]
    stuck: int | None
    stuck_paused: int
    gone: int
    oldest: timedelta | None
    usual: Usual


def usual(finished: duckdb.DuckDBPyRelation) -> Usual:
    """What is usual by the latency of finished runs, the failed ones too."""
    p99_s, runs = finished.filter(FINISHED).aggregate(f"quantile_cont(latency, {USUAL}), count(*)").fetchall()[0]
    return Usual(float(p99_s) if runs >= P99_RUNS else None, int(runs))


def waiting(runs: duckdb.DuckDBPyRelation, *, now: datetime, usual: Usual, limit: int = SHOWN) -> Waiting:
    """The unfinished runs, the oldest first; ages at `now`, which is when their states were read."""
    held = runs.filter(WAITS)
    late = f"NOT gone AND date <= TIMESTAMP '{naive(now - usual.stuck_after)}'" if usual.stuck_after else "false"
    counted = [f"count(*) FILTER (WHERE state = '{state}') AS {state}" for state in UNFINISHED_STATES]
    row = held.aggregate(
        f"{', '.join(counted)}, count(*), count(*) FILTER (WHERE {late}), "
        f"count(*) FILTER (WHERE {late} AND state = '{PAUSED}'), count(*) FILTER (WHERE gone), "
        "min(date) FILTER (WHERE NOT gone)"
    ).fetchall()[0]
    by_state = dict(zip(UNFINISHED_STATES, map(int, row), strict=False))
    of, stuck, paused, gone, first = row[len(UNFINISHED_STATES) :]
    return Waiting(
        _oldest(held, late, now, limit),
        of=int(of),
        by_state=by_state,
        stuck=int(stuck) if usual.stuck_after else None,
        stuck_paused=int(paused),
        gone=int(gone),
        oldest=max(now - aware(first), timedelta()) if first else None,
        usual=usual,
    )


def _oldest(held: duckdb.DuckDBPyRelation, late: str, now: datetime, limit: int) -> pd.DataFrame:
    columns = ", ".join(f"({late}) AS {name}" if name == STUCK else name for name in WAITING_COLUMNS if name != AGE)
    frame = held.order("date, run_id").limit(int(limit)).project(columns).df()
    dates = frame["date"].astype("datetime64[us]").dt.tz_localize("UTC")
    ages = (pd.Timestamp(now) - dates).astype("timedelta64[us]")
    aged = frame.assign(**{AGE: ages.where(ages > ZERO, ZERO)})  # a server's clock may be ahead of the reader's
    return aged.assign(date=dates, stuck=frame[STUCK].astype(bool))[list(WAITING_COLUMNS)]
