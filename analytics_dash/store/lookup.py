"""Owns finding what an ID, a name or an address stands for, among everything that is stored of a flow.

What it is exactly comes first, then what differs only in case, then what begins with it or holds it; the first of these
that finds something is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import duckdb
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, Expression, FunctionExpression

from analytics_dash.runs.instants import naive
from analytics_dash.runs.view import PRESETS, View
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


NO_USER_SQL: Final = "user_id IS NULL AND ran_by_display_name IS NOT NULL"
SOURCES: Final = (
    _Source(Kind.RUN, "run_id", "run_id", "run_id"),
    _Source(Kind.USER, "user_id", "user_id", "coalesce(ran_by_display_name, user_id)", in_part=True),
    _Source(Kind.USER, "ran_by_id", "user_id", "coalesce(ran_by_display_name, user_id)", "user_id IS NOT NULL"),
    _Source(Kind.USER, "ran_by_display_name", "user_id", "ran_by_display_name", "user_id IS NOT NULL", in_part=True),
    _Source(Kind.STARTER, "ran_by_id", "ran_by_display_name", "ran_by_display_name", NO_USER_SQL),
    _Source(
        Kind.STARTER, "ran_by_display_name", "ran_by_display_name", "ran_by_display_name", NO_USER_SQL, in_part=True
    ),
    _Source(Kind.CONVERSATION, "conversation_id", "conversation_id", "conversation_id"),
    _Source(Kind.PARENT, "parent_project_id", "parent_project_id", "coalesce(parent_project_name, parent_project_id)"),
    _Source(Kind.PARENT, "parent_project_name", "parent_project_id", "parent_project_name", in_part=True),
    _Source(Kind.PARENT, "parent_run_id", "parent_project_id", "coalesce(parent_project_name, parent_project_id)"),
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
        hits = _once(hit for source in SOURCES for hit in _hits(runs, source, fits(source, asked)))
        if hits:
            return hits
    return []


def _hits(runs: duckdb.DuckDBPyRelation, source: _Source, fits: Expression | None) -> Iterator[Hit]:
    if fits is None:
        return
    found = runs.filter(CoalesceOperator(fits, ConstantExpression(value=False)))
    found = (found.filter(source.among) if source.among else found).filter(f"{source.value} IS NOT NULL")
    grouped = found.aggregate(
        f"{source.value} AS value, arg_max({source.label}, date) AS label, count(*) AS runs, min(date), max(date)",
        source.value,
    )
    for value, label, count, first, last in grouped.order("runs DESC, value").limit(MOST).fetchall():
        yield Hit(source.kind, value, label or value, count, first, last)


def _once(hits: Iterator[Hit]) -> list[Hit]:
    """Each thing once, though it was found in two ways, as whichever has more runs."""
    best: dict[tuple[Kind, str], Hit] = {}
    for hit in hits:
        held = best.setdefault((hit.kind, hit.value), hit)
        if hit.runs > held.runs:
            best[hit.kind, hit.value] = hit
    return list(best.values())


Fits = Callable[[_Source, str], Expression | None]


def _is(source: _Source, text: str) -> Expression | None:
    return ColumnExpression(source.column) == ConstantExpression(text)


def _is_but_for_case(source: _Source, text: str) -> Expression | None:
    return _lower(ColumnExpression(source.column)) == _lower(ConstantExpression(text))


def _is_part(source: _Source, text: str) -> Expression | None:
    if len(text) < BRIEF:
        return None
    name = "contains" if source.in_part else "starts_with"
    return FunctionExpression(name, _lower(ColumnExpression(source.column)), _lower(ConstantExpression(text)))


def _lower(text: Expression) -> Expression:
    return FunctionExpression("lower", text)


def narrowed_to(view: View, hit: Hit) -> View:
    """The view that opens on the hit, as far as its own filters let it be seen."""
    held = view.at_large()
    if hit.kind is Kind.RUN:
        return replace(held, run=hit.value)
    name = {Kind.USER: "user", Kind.STARTER: "ran_by", Kind.CONVERSATION: "conversation"}.get(hit.kind, "parent")
    return replace(held, **{name: (hit.value,)})  # type: ignore[arg-type]  # a filter of several values


def opening_on(dataset: Dataset, view: View, hit: Hit) -> View:
    """The view that shows the hit: filters that would hide it are dropped, and the range reaches it."""
    wanted = narrowed_to(view, hit)
    unfiltered = narrowed_to(_without_filters(view), hit)
    for candidate in (wanted, unfiltered, replace(unfiltered, tests=True)):
        if _shows(dataset, candidate):
            return candidate
    span = stored_span(dataset)
    tried = (wanted, unfiltered)
    fitting = next((v for v in tried if _shows(dataset, v, span)), replace(unfiltered, tests=True))
    return _reaching(fitting, hit, span.high, dataset)


def _shows(dataset: Dataset, view: View, span: Interval | None = None) -> bool:
    """Whether the view has a run (the one that is read, where there is one) in the interval, or in what is shown."""
    held = span or dataset.shown
    runs = dataset.runs(view, start=held.low, end=held.high)
    if view.run is not None:
        runs = runs.filter(ColumnExpression("run_id") == ConstantExpression(view.run))
    return bool(runs.limit(1).fetchall())


def _reaching(view: View, hit: Hit, until: datetime, dataset: Dataset) -> View:
    """The view over the shortest of the usual ranges that holds the hit's newest run; else over instants that do."""
    now = dataset.scope.end if not view.is_custom else until
    if not view.is_custom:
        for preset in PRESETS:
            longer = view.with_preset(preset)
            if longer.length >= view.length and naive(now - longer.length) < hit.last < naive(now):
                return longer
    low, high = dataset.scope.start, dataset.scope.end
    at = hit.last.replace(tzinfo=low.tzinfo)
    return view.narrowed(min(low, at), max(high, at + timedelta(seconds=1)))


def _without_filters(view: View) -> View:
    """The view's flow, range, zone and test runs as they are, without what narrows it."""
    opened = View(org=view.org, flow=view.flow, range=view.range, start=view.start, end=view.end, tz=view.tz)
    return replace(opened, tests=view.tests, sort=view.sort, columns=view.columns)
