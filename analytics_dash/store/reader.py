"""Owns reading from the store: a view becomes one lazy relation over the runs of one flow, on one cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from operator import and_, or_
from typing import Any, Final

import duckdb
import pyarrow as pa
from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression

from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from analytics_dash.runs.record import API_COLUMNS
from analytics_dash.runs.stored import STORED_TYPES, TEXT_TYPES
from analytics_dash.runs.view import View
from analytics_dash.store.intervals import Interval

FILTERS: Final = ("state", "outcome", "user", "run_type", "ran_by", "model", "parent", "conversation", "feedback")
"""The filters of a view that ask for values of a dimension of the same name."""
TEST_RUN_TYPE: Final = "workflow_builder"
SEARCHED: Final = ("inputs", "outputs")
AT_A_TIME: Final = 2000  # rows of an export held at once: some five megabytes
SENT: Final = ", ".join(API_COLUMNS)
COLUMNS: Final = ", ".join(f'"{name}"' for name in STORED_TYPES if name != "gone") + ", gone_at IS NOT NULL AS gone"


class Reader:
    """The rows of one flow as one cursor sees them; whoever made the cursor closes it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, flow_key: int) -> None:
        self._cursor = cursor
        self._is_ours = ColumnExpression("flow_key") == ConstantExpression(flow_key)

    def runs(self, view: View, *, start: datetime, end: datetime, read: Sequence[Interval]) -> duckdb.DuckDBPyRelation:
        """The view's runs in [start, end), as far as that was read: STORED_TYPES; `date` is naive UTC."""
        spans = [span for interval in read if (span := interval.cut(Interval(start, end)))]
        dated = reduce(or_, [_dated(span) for span in spans], _nothing()) if len(spans) != 1 else _dated(spans[0])
        held = self._cursor.table("stored_runs").filter(reduce(and_, [self._is_ours, dated, *_conditions(view)]))
        found = held.project(COLUMNS)
        return found.join(self._matches(view.q, found), "run_key", how="semi") if view.q else found

    def _matches(self, text: str, runs: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The keys of runs with the text in inputs, outputs or error, whatever its case."""
        long = self._texts().filter(reduce(or_, [_contains(column, text) for column in SEARCHED]))
        return long.project("run_key").union(runs.filter(_contains("error", text)).project("run_key"))

    def _texts(self) -> duckdb.DuckDBPyRelation:
        return self._cursor.table("texts").filter(self._is_ours)

    def with_texts(self, runs: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The runs with inputs, outputs and llm_usage beside them."""
        return runs.join(self._texts().project(f"run_key, {', '.join(TEXT_TYPES)}"), "run_key", how="left")

    def sent(self, runs: duckdb.DuckDBPyRelation) -> Iterator[tuple[object, ...]]:
        """The runs in the API's columns, newest first; only their keys are held at once, and some rows at a time."""
        keys = runs.order("date DESC, run_id").project("run_key").fetchnumpy()["run_key"]
        for first in range(0, len(keys), AT_A_TIME):
            self._cursor.register("asked", pa.table({"run_key": keys[first : first + AT_A_TIME]}))
            rows = self._cursor.execute(
                f"SELECT {SENT} FROM (FROM stored_runs SEMI JOIN asked USING (run_key)) JOIN "  # noqa: S608  constants
                "(FROM texts SEMI JOIN asked USING (run_key)) AS t USING (run_key) ORDER BY date DESC, run_id"
            )
            yield from rows.fetchall()

    def choices(
        self, name: str, view: View, *, start: datetime, end: datetime, read: Sequence[Interval], limit: int
    ) -> list[tuple[str, int]]:
        """The values a filter could take and the runs behind each, most first, as if that filter were not set."""
        dimension = DIMENSIONS[name]
        without: dict[str, Any] = {name: ()}
        open_view = replace(view, **without)
        rows = self.runs(open_view, start=start, end=end, read=read).query("runs", dimension.rows())
        counted = rows.aggregate(f"{VALUE}, count(*) AS runs").order(f"runs DESC, {VALUE}").limit(limit)
        return [(dimension.named(value), int(runs)) for value, runs in counted.fetchall()]


def _dated(span: Interval) -> Expression:
    date = ColumnExpression("date")
    return (date >= ConstantExpression(_naive(span.low))) & (date < ConstantExpression(_naive(span.high)))


def _nothing() -> Expression:
    return ConstantExpression(value=False)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _conditions(view: View) -> list[Expression]:
    chosen = {name: getattr(view, name) for name in FILTERS}
    conditions = [DIMENSIONS[name].matches(values) for name, values in chosen.items() if values]
    if not view.tests:
        run_type = ColumnExpression("run_type")
        conditions.append(run_type.isnull() | (run_type != ConstantExpression(TEST_RUN_TYPE)))
    return conditions


def _contains(column: str, text: str) -> Expression:
    return FunctionExpression(
        "contains", FunctionExpression("lower", ColumnExpression(column)), ConstantExpression(text.lower())
    )
