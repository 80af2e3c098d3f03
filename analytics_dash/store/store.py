"""Owns the table that pages compute from: a listing's runs in an in-memory DuckDB, filters as lazy relations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import and_, or_
from typing import Final

import duckdb
import pandas as pd
from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression

from analytics_dash.runs.outcome import CONTRADICTS_SQL, OUTCOME_SQL
from analytics_dash.runs.record import API_COLUMNS
from analytics_dash.runs.view import NO_USER, View

TABLE: Final = "stored_runs"  # not "runs": a relation's own queries call it that, and DuckDB would see a view of itself
SQL_TYPES: Final = dict.fromkeys(API_COLUMNS, "VARCHAR") | {
    "date": "TIMESTAMP",  # naive UTC: bucketing a TIMESTAMPTZ costs twice as much
    "is_flow_successful": "BOOLEAN",
    "latency": "DOUBLE",
    "total_tokens": "BIGINT",
}
COLUMN_OF: Final = {
    "state": "state",
    "outcome": "outcome",
    "run_type": "run_type",
    "ran_by": "ran_by_display_name",
    "parent": "parent_project_id",
    "conversation": "conversation_id",
    "feedback": "feedback",
}
"""The column behind each filter of a view that asks for equality."""
TEST_RUN_TYPE: Final = "workflow_builder"
TEXT_COLUMNS: Final = ("inputs", "outputs", "error")


class RunStore:
    """Runs in the engine; each `runs(...)` answers on a cursor of its own, so threads do not wait for one another."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(f"{name} {SQL_TYPES[name]}" for name in API_COLUMNS)
        self._connection.execute(f"CREATE TABLE {TABLE} ({columns}, outcome VARCHAR, contradicts BOOLEAN)")
        self._add(frame)

    def _add(self, frame: pd.DataFrame) -> None:
        utc = frame.assign(date=frame["date"].dt.tz_convert("UTC").dt.tz_localize(None))
        self._connection.register("incoming", utc)
        names = ", ".join(API_COLUMNS)
        self._connection.execute(
            f"INSERT INTO {TABLE} SELECT {names}, {OUTCOME_SQL}, {CONTRADICTS_SQL} FROM incoming"  # noqa: S608  constants
        )
        self._connection.unregister("incoming")

    def runs(self, view: View, *, start: datetime, end: datetime) -> duckdb.DuckDBPyRelation:
        """The view's runs in [start, end): the API's columns, `outcome` and `contradicts`; `date` is naive UTC."""
        relation = self._connection.cursor().table(TABLE)
        return relation.filter(reduce(and_, [_dated(start, end), *_conditions(view)]))

    def choices(self, name: str, view: View, *, start: datetime, end: datetime) -> list[tuple[str, int]]:
        """The values a filter could take and the runs behind each, most first, as if that filter were not set."""
        column = "user_id" if name == "user" else COLUMN_OF[name]
        open_view = View(**{**view.__dict__, name: ()})
        counted = self.runs(open_view, start=start, end=end).aggregate(f'"{column}", count(*) AS runs')
        rows = counted.order(f'runs DESC, "{column}"').fetchall()
        named = [(NO_USER if value is None and name == "user" else value, int(runs)) for value, runs in rows]
        return [(str(value), runs) for value, runs in named if value]

    def oldest(self) -> datetime | None:
        """When the oldest run held began; None where there is none."""
        earliest: datetime | None = self._connection.cursor().table(TABLE).min("date").fetchall()[0][0]
        return earliest.replace(tzinfo=UTC) if earliest is not None else None

    def __len__(self) -> int:
        return int(self._connection.cursor().table(TABLE).count("*").fetchall()[0][0])


def _dated(start: datetime, end: datetime) -> Expression:
    date = ColumnExpression("date")
    return (date >= ConstantExpression(_naive(start))) & (date < ConstantExpression(_naive(end)))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _conditions(view: View) -> list[Expression]:
    conditions = [_is_one_of(column, getattr(view, name)) for name, column in COLUMN_OF.items() if getattr(view, name)]
    if view.user:
        conditions.append(_user_is_one_of(view.user))
    if view.model:
        conditions.append(reduce(or_, [_used_model(model) for model in view.model]))
    if view.q:
        conditions.append(reduce(or_, [_contains(column, view.q) for column in TEXT_COLUMNS]))
    if not view.tests:
        run_type = ColumnExpression("run_type")
        conditions.append(run_type.isnull() | (run_type != ConstantExpression(TEST_RUN_TYPE)))
    return conditions


def _is_one_of(column: str, values: Sequence[str]) -> Expression:
    return ColumnExpression(column).isin(*[ConstantExpression(value) for value in values])


def _user_is_one_of(users: Sequence[str]) -> Expression:
    known = [user for user in users if user != NO_USER]
    options: list[Expression] = [_is_one_of("user_id", known)] if known else []
    if NO_USER in users:
        options.append(ColumnExpression("user_id").isnull())
    return reduce(or_, options)


def _used_model(model: str) -> Expression:
    ids = FunctionExpression("json_extract_string", ColumnExpression("llm_usage"), ConstantExpression("$[*].model_id"))
    attributed = FunctionExpression("list_contains", ids, ConstantExpression(model))
    return attributed | FunctionExpression("contains", ColumnExpression("llms"), ConstantExpression(model))


def _contains(column: str, text: str) -> Expression:
    return FunctionExpression(
        "contains", FunctionExpression("lower", ColumnExpression(column)), ConstantExpression(text.lower())
    )
