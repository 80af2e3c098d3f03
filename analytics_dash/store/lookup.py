"""Owns finding what an ID, a name or an address stands for, among everything that is stored of a flow.

What it is exactly comes first, then what differs only in case, then what begins with it or holds it; the first of these
that finds something is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final

import duckdb
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, Expression, FunctionExpression

from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.intervals import Interval

EVERYTHING: Final = View(tests=True)
MOST: Final = 12  # of each kind: a list to choose from, no table
BRIEF: Final = 3  # characters from which a mere part of a value is looked for: two are in every name
AROUND: Final = " \t\r\n\0\"'`´“”„‚‘’«»‹›<>,;"  # what a copied value is often wrapped in


class Kind(StrEnum):
    """What a hit is."""

    RUN = "run"
    USER = "user"
    STARTER = "starter"
    """Someone who started runs that have no user."""
    CONVERSATION = "conversation"
    PARENT = "parent"


@dataclass(frozen=True)
class Hit:
    """Something stored: `value` as a link names it, `label` for people, how many runs it has and when (UTC, naive)."""

    kind: Kind
    value: str
    label: str
    runs: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class _Source:
    """Where a kind is found: the column that is searched, the one that is the hit's value, and the one for people."""

    kind: Kind
    column: str
    value: str
    label: str
    among: str | None = None
    in_part: bool = False
    """Whether a part of the value is enough; else it must begin with what is asked for."""


NO_USER_SQL: Final = "coalesce(user_id, '') = '' AND ran_by_display_name IS NOT NULL"
SOURCES: Final = (
    _Source(Kind.RUN, "run_id", "run_id", "run_id"),
    _Source(Kind.USER, "user_id", "user_id", "user_id", in_part=True),
    _Source(Kind.USER, "ran_by_id", "user_id", "coalesce(ran_by_display_name, user_id)", "user_id <> ''"),
    _Source(Kind.USER, "ran_by_display_name", "user_id", "ran_by_display_name", "user_id <> ''", in_part=True),
    _Source(Kind.STARTER, "ran_by_id", "ran_by_display_name", "ran_by_display_name", NO_USER_SQL),
    _Source(
        Kind.STARTER, "ran_by_display_name", "ran_by_display_name", "ran_by_display_name", NO_USER_SQL, in_part=True
    ),
    _Source(Kind.CONVERSATION, "conversation_id", "conversation_id", "conversation_id"),
    _Source(Kind.PARENT, "parent_project_id", "parent_project_id", "coalesce(parent_project_name, parent_project_id)"),
    _Source(Kind.PARENT, "parent_project_name", "parent_project_id", "parent_project_name", in_part=True),
    _Source(Kind.PARENT, "parent_run_id", "parent_project_id", "coalesce(parent_project_name, parent_project_id)"),
)

NEEDED: Final = (
    *("run_id", "date", "user_id", "ran_by_id", "ran_by_display_name", "conversation_id"),
    *("parent_project_id", "parent_project_name", "parent_run_id"),
)
NO: Final = ConstantExpression(value=False)


def _of(number: int, source: _Source) -> str:
    return (
        f"(SELECT {number} AS source, {source.value} AS value, arg_max({source.label}, date) AS label, "  # noqa: S608  columns of ours
        f"count(*) AS runs, min(date), max(date) FROM held WHERE fits_{number} AND {source.among or 'true'} "
        f"AND {source.value} IS NOT NULL GROUP BY {source.value} ORDER BY runs DESC, value LIMIT {MOST})"
    )


BY_SOURCE: Final = (
    f"WITH held AS MATERIALIZED (SELECT * FROM runs) SELECT * FROM "  # noqa: S608  columns of ours
    f"({' UNION ALL '.join(_of(number, source) for number, source in enumerate(SOURCES))}) "
    "ORDER BY source, runs DESC, value"
)


def cleaned(text: str) -> str:
    """What was meant by the pasted text: without the spaces, quotes and commas around it."""
    return text.strip(AROUND)


def stored_span(dataset: Dataset) -> Interval:
    """From when to when runs of the flow are stored, with gaps perhaps."""
    return Interval(min(dataset.read).low, max(piece.high for piece in dataset.read))


def look_up(dataset: Dataset, text: str) -> list[Hit]:
    """What the text stands for, each thing once: runs first, then users, conversations, parents; most runs first."""
    asked, span = cleaned(text), stored_span(dataset)
    if not asked:
        return []
    runs = dataset.runs(EVERYTHING, start=span.low, end=span.high)
    for fits in (_is, _is_but_for_case, _is_part):
        if hits := _once(_hits(runs, [fits(source, asked) for source in SOURCES])):
            return hits
    return []


def _hits(runs: duckdb.DuckDBPyRelation, fits: Sequence[Expression]) -> Iterator[Hit]:
    """The hits by each source; the runs are gone through once, and only those that fit a second time."""
    columns = [ColumnExpression(name) for name in NEEDED]
    marks = [CoalesceOperator(fit, NO).alias(f"fits_{number}") for number, fit in enumerate(fits)]
    found = runs.filter(reduce(or_, [CoalesceOperator(fit, NO) for fit in fits])).select(*columns, *marks)
    for number, value, label, count, first, last in found.query("runs", BY_SOURCE).fetchall():
        yield Hit(SOURCES[number].kind, value, label or value, count, first, last)


def _once(hits: Iterator[Hit]) -> list[Hit]:
    """Each thing once, though it was found in two ways, as whichever has more runs."""
    best: dict[tuple[Kind, str], Hit] = {}
    for hit in hits:
        held = best.setdefault((hit.kind, hit.value), hit)
        if hit.runs > held.runs:
            best[hit.kind, hit.value] = hit
    return list(best.values())


def _is(source: _Source, text: str) -> Expression:
    return ColumnExpression(source.column) == ConstantExpression(text)


def _is_but_for_case(source: _Source, text: str) -> Expression:
    return _lower(ColumnExpression(source.column)) == _lower(ConstantExpression(text))


def _is_part(source: _Source, text: str) -> Expression:
    if len(text) < BRIEF:
        return NO
    name = "contains" if source.in_part else "starts_with"
    return FunctionExpression(name, _lower(ColumnExpression(source.column)), _lower(ConstantExpression(text)))


def _lower(text: Expression) -> Expression:
    return FunctionExpression("lower", text)
