"""Owns the list of conversations: those that overlap a range, how each went, and which were abandoned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import FAILED, TOKENS, USERS
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.metrics.tokens import TOTAL
from analytics_dash.runs.outcome import Outcome

ABANDONED_AFTER: Final = timedelta(minutes=30)  # a turn later than that is another errand more often than not
LEFT_BY: Final = (Outcome.FAILED, Outcome.UNFINISHED, Outcome.CANCELLED)
"""How the last turn of a conversation ended that nobody would call finished."""
AT_A_TIME: Final = 100  # rows of a page of the table

CONVERSATION: Final = "conversation_id"
TURNS: Final = "turns"
IN_VIEW: Final = "in_view"
FIRST: Final = "first_turn"
LAST: Final = "last_turn"
DURATION: Final = "duration_s"
LAST_OUTCOME: Final = "last_outcome"
ABANDONED: Final = "abandoned"
CONVERSATION_COLUMNS: Final = (
    CONVERSATION, FIRST, LAST, DURATION, TURNS, IN_VIEW, FAILED, USERS, TOKENS, LAST_OUTCOME, ABANDONED,
)  # fmt: skip


class Only(StrEnum):
    """Which of the conversations are listed."""

    EVERY = "all"
    FAILING = "failing"
    ABANDONED = "abandoned"


WANTED: Final = {Only.EVERY: "true", Only.FAILING: f"{FAILED} > 0", Only.ABANDONED: ABANDONED}
SORTS: Final = {
    LAST: f"{LAST} DESC", FIRST: f"{FIRST} DESC", TURNS: f"{TURNS} DESC", DURATION: f"{DURATION} DESC",
    FAILED: f"{FAILED} DESC", TOKENS: f"{TOKENS} DESC",
}  # fmt: skip
"""What the list can be sorted by: the latest, the longest, the most; the latest last turn first among equals."""

HELD: Final = """
talks AS (
    SELECT conversation_id, count(*) AS turns, count(*) FILTER (WHERE outcome = 'failed') AS failed,
        count(*) FILTER (WHERE fits AND date >= {start} AND date < {end}) AS in_view,
        min(date) AS first_turn, max(date) AS last_turn, {tokens} AS tokens,
        arg_max(outcome, (date, run_id)) AS last_outcome
    FROM runs WHERE conversation_id <> '' GROUP BY conversation_id
    HAVING min(date) FILTER (WHERE fits) < {end} AND max(date) FILTER (WHERE fits) >= {start}
),
held AS (
    SELECT *, (epoch_us(last_turn) - epoch_us(first_turn)) / 1e6 AS duration_s,
        last_outcome IN ({left_by}) AND ({old}) AS abandoned
    FROM talks
)"""
FIGURES: Final = """
SELECT count(*), count(*) FILTER (WHERE failed > 0), count(*) FILTER (WHERE abandoned), quantile_cont(turns, 0.5),
    quantile_cont(duration_s, 0.5), coalesce(sum(turns), 0)::BIGINT
FROM held"""
PAGE: Final = """
page AS MATERIALIZED (
    SELECT * FROM held WHERE {wanted} ORDER BY {sort}, last_turn DESC, conversation_id LIMIT {limit} OFFSET {offset}
),
people AS (
    SELECT conversation_id, count(DISTINCT nullif(user_id, '')) AS users
    FROM runs SEMI JOIN page USING (conversation_id) GROUP BY conversation_id
)
SELECT {columns} FROM page JOIN people USING (conversation_id) ORDER BY {sort}, last_turn DESC, conversation_id"""
WITHOUT: Final = "count(*) FILTER (WHERE coalesce(conversation_id, '') = '')"


@dataclass(frozen=True)
class ConversationFigures:
    """What the conversations of a view amount to; medians are None without any, the duration in seconds."""

    conversations: int
    failing: int
    abandoned: int
    median_turns: float | None
    median_duration_s: float | None
    turns: int


@dataclass(frozen=True)
class Within:
    """A range [start, end), and the times of which every run is known."""

    start: datetime
    end: datetime
    read: Sequence[tuple[datetime, datetime]]


def conversation_figures(turns: duckdb.DuckDBPyRelation, within: Within) -> ConversationFigures:
    """The conversations that overlap the range, each with all its turns.

    `turns` are the runs of all times, with `fits`: whether the filters take the run. A conversation overlaps the range
    where its runs that fit begin before the range's end and do not end before its start. It is abandoned where its last
    turn failed, was cancelled or is unfinished, and for ABANDONED_AFTER no other followed, as far as runs are known.
    """
    return ConversationFigures(*turns.query("runs", f"WITH {_held(within)} {FIGURES}").fetchall()[0])


def conversations(
    turns: duckdb.DuckDBPyRelation,
    within: Within,
    *,
    only: Only = Only.EVERY,
    sort: str = LAST,
    offset: int = 0,
    limit: int = AT_A_TIME,
) -> pd.DataFrame:
    """CONVERSATION_COLUMNS of a page of the list, of what `conversation_figures` counts; instants in UTC."""
    page = PAGE.format(
        wanted=WANTED[only],
        sort=SORTS[sort],
        limit=int(limit),
        offset=int(offset),
        columns=", ".join(CONVERSATION_COLUMNS),
    )
    found = turns.query("runs", f"WITH {_held(within)}, {page}").df()
    return found.assign(**{name: found[name].dt.tz_localize("UTC") for name in (FIRST, LAST)})


def without_conversation(runs: duckdb.DuckDBPyRelation) -> int:
    """How many of the runs belong to no conversation."""
    return int(runs.aggregate(WITHOUT).fetchall()[0][0])


def _held(within: Within) -> str:
    outcomes = ", ".join(f"'{outcome}'" for outcome in LEFT_BY)
    old = " OR ".join(_known_until(low, high) for low, high in within.read) or "false"
    return HELD.format(start=_instant(within.start), end=_instant(within.end), tokens=TOTAL, left_by=outcomes, old=old)


def _known_until(low: datetime, high: datetime) -> str:
    """Whether the last turn, and all that would have followed soon, lie where every run is known."""
    return f"(last_turn >= {_instant(low)} AND last_turn <= {_instant(high - ABANDONED_AFTER)})"


def _instant(value: datetime) -> str:
    return f"make_timestamp({(value - EPOCH) // MICROSECOND}::BIGINT)"
