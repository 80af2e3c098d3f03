"""Owns what lies around a run in a view's order: the runs before and after it, and which place of how many it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Final

from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, Expression

from analytics_dash.runs.order import Order, order_of
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset

NO: Final = ConstantExpression(value=False)
Held = Mapping[str, str | float | datetime | None]


@dataclass(frozen=True)
class Neighbours:
    """The run before and the one after by ID, None at the ends; `position` counts from 1 to `total`."""

    previous: str | None
    next: str | None
    position: int
    total: int


def neighbours(dataset: Dataset, view: View, run_id: str) -> Neighbours | None:
    """What lies around the run among the view's runs, in the view's order; None where the run is not among them.

    The runs are gone through once, and the sorting leaves all but the two neighbours aside.
    """
    order, runs = order_of(view), dataset.runs(view)
    is_it = ColumnExpression("run_id") == ConstantExpression(run_id)
    names = list(dict.fromkeys(["run_id", "date", order.column]))
    held = runs.filter(is_it).project(*map(ColumnExpression, names)).limit(1).fetchone()
    if held is None:
        return None
    before = _is_before(order, dict(zip(names, held, strict=True)))
    placed = runs.project(*map(ColumnExpression, names), before.alias("is_before"), is_it.alias("is_it"))
    found = placed.query("runs", _around(order)).fetchall()[0]
    return Neighbours(previous=found[0], next=found[1], position=found[2] + 1, total=found[3])


def _is_before(order: Order, held: Held) -> Expression:
    """The condition for runs that come before one with these values."""
    tied = _newer(held)
    if order.column == "date":
        return tied if order.descending else _older(held)
    column, value = ColumnExpression(order.column), held[order.column]
    if value is None:
        return column.isnotnull() | tied
    bound = ConstantExpression(value)
    ahead = column > bound if order.descending else column < bound
    return CoalesceOperator(ahead | ((column == bound) & tied), NO)


def _newer(held: Held) -> Expression:
    date = ColumnExpression("date")
    return (date > ConstantExpression(held["date"])) | _same_time(held)


def _older(held: Held) -> Expression:
    date = ColumnExpression("date")
    return (date < ConstantExpression(held["date"])) | _same_time(held)


def _same_time(held: Held) -> Expression:
    """The condition for runs that began at the same instant and come before by their ID."""
    pairs = (
        ColumnExpression("date") == ConstantExpression(held["date"]),
        ColumnExpression("run_id") < ConstantExpression(held["run_id"]),
    )
    return reduce(and_, pairs)


def _around(order: Order) -> str:
    """Materialized, since the runs of a text search cost a scan of all texts."""
    return f"""
    WITH placed AS MATERIALIZED (SELECT * FROM runs)
    SELECT (SELECT run_id FROM placed WHERE is_before ORDER BY {order.backwards_sql} LIMIT 1),
        (SELECT run_id FROM placed WHERE NOT is_before AND NOT is_it ORDER BY {order.sql} LIMIT 1),
        (SELECT count(*) FROM placed WHERE is_before),
        (SELECT count(*) FROM placed)"""  # noqa: S608  columns of ours
