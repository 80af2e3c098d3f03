"""Owns one conversation: its turns in order, the time between them, and the tokens they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import pandas as pd
from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.metrics.columns import TOKENS, USER
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.runs.instants import aware
from analytics_dash.runs.record import INT64_MAX

AT_A_TIME: Final = 50  # turns of a page: two texts each are as much as a browser draws at once
ERROR_CHARS: Final = 4000  # of an error; the run's own page has all of it

RUN_KEY: Final = "run_key"
RUN_ID: Final = "run_id"
PLACE: Final = "place"
DATE: Final = "date"
STATE: Final = "state"
OUTCOME: Final = "outcome"
ERROR: Final = "error"
LATENCY: Final = "latency"
SO_FAR: Final = "tokens_so_far"
WAIT_S: Final = "wait_s"
FITS: Final = "fits"
COUNTED: Final = "counted"
IN_RANGE: Final = "in_range"
TURN_COLUMNS: Final = (
    RUN_KEY, RUN_ID, PLACE, DATE, STATE, OUTCOME, ERROR, LATENCY, TOKENS, SO_FAR, WAIT_S, USER, COUNTED, IN_RANGE, FITS,
)  # fmt: skip
ORDER: Final = "date, run_id"
TURNS_SQL: Final = """
WITH ordered AS (
    SELECT *, row_number() OVER (ORDER BY {order}) AS place,
        sum(coalesce(total_tokens, 0)) FILTER (WHERE counted) OVER (
            ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far,
        lag(epoch_us(date) + CASE WHEN isfinite(latency) THEN greatest(latency, 0) * 1e6 ELSE 0 END)
            OVER (ORDER BY {order}) AS ended_us
    FROM runs
)
SELECT run_key, run_id, place, date, state, outcome, left(error, {error}) AS error,
    CASE WHEN isfinite(latency) THEN latency END AS latency, total_tokens AS tokens,
    {so_far} AS tokens_so_far,
    CASE WHEN ended_us IS NOT NULL THEN greatest(epoch_us(date) - ended_us, 0) / 1e6 END AS wait_s, user_id, counted,
    date >= {start} AND date < {end} AS in_range, fits
FROM ordered ORDER BY place {direction} LIMIT {limit} OFFSET {offset}"""


@dataclass(frozen=True)
class Thread:
    """What a conversation amounts to over its counted turns, of `stored` in all; `first` and `last` are None without.

    `duration_s` is from the start of the first to the start of the last; `outside` are those that the range or the
    filters leave out;
    """

    stored: int
    turns: int
    failed: int
    tokens: int
    token_turns: int
    users: int
    first: datetime | None
    last: datetime | None
    duration_s: float | None
    last_outcome: str | None
    outside: int


def thread_figures(turns: duckdb.DuckDBPyRelation, *, start: datetime, end: datetime) -> Thread:
    """What all of `turns` amount to, each with `fits` and `counted`, against the range [start, end)."""
    counted = "FILTER (WHERE counted)"
    stored, *counts, first, last, duration_s, last_outcome, outside = turns.aggregate(
        f"""count(*), count(*) {counted}, count(*) FILTER (WHERE counted AND outcome = 'failed'),
        {_held(f"sum(total_tokens) {counted}")}, count(total_tokens) {counted},
        count(DISTINCT nullif(user_id, '')) {counted}, min(date) {counted}, max(date) {counted},
        (max(epoch_us(date)) {counted} - min(epoch_us(date)) {counted}) / 1e6,
        arg_max(outcome, (date, run_id)) {counted},
        count(*) FILTER (WHERE counted AND NOT (fits AND date >= {_instant(start)} AND date < {_instant(end)}))"""
    ).fetchall()[0]
    held, failed, tokens, token_turns, users = counts
    return Thread(
        stored, held, failed, tokens, token_turns, users, aware(first), aware(last), duration_s, last_outcome, outside
    )


def turns_of(
    turns: duckdb.DuckDBPyRelation,
    *,
    start: datetime,
    end: datetime,
    offset: int = 0,
    limit: int = AT_A_TIME,
    newest_first: bool = False,
) -> pd.DataFrame:
    """TURN_COLUMNS of a page of the thread, `place` from 1 by date and run ID; instants in UTC, times in seconds.

    `tokens_so_far` adds up the counted turns up to this one; `wait_s` is since the turn before ended, or began where
    its latency is not known, NaN for the first; `in_range` is whether the turn began in [start, end).
    """
    sql = TURNS_SQL.format(
        start=_instant(start),
        end=_instant(end),
        error=ERROR_CHARS,
        order=ORDER,
        so_far=_held("so_far"),
        direction="DESC" if newest_first else "ASC",
        limit=int(limit),
        offset=int(offset),
    )
    found = turns.query("runs", sql).df()
    return found.assign(**{DATE: found[DATE].dt.tz_localize("UTC")})


def place_of(turns: duckdb.DuckDBPyRelation, run_id: str) -> int | None:
    """The place of a run among the turns, from 1; None where it is not one of them."""
    placed = turns.project(f"{RUN_ID}, row_number() OVER (ORDER BY {ORDER}) AS {PLACE}")
    found = placed.filter(ColumnExpression(RUN_ID) == ConstantExpression(run_id)).project(PLACE).fetchall()
    return int(found[0][0]) if found else None


def _held(sum_sql: str) -> str:
    """A sum of tokens within a column's integers, 0 for none; only a server's nonsense is more."""
    return f"greatest(least(coalesce({sum_sql}, 0), {INT64_MAX}), -{INT64_MAX})::BIGINT"


def _instant(value: datetime) -> str:
    return f"make_timestamp({(value - EPOCH) // MICROSECOND}::BIGINT)"
