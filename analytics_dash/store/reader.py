"""Owns reading from the store: a view becomes one lazy relation over the runs of one flow, on one cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, Expression, FunctionExpression
from numpy.typing import NDArray

from analytics_dash.errors import StoreError
from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.runs.instants import naive
from analytics_dash.runs.record import API_COLUMNS
from analytics_dash.runs.search import Search, search_of
from analytics_dash.runs.stored import STORED_TYPES, TEXT_TYPES
from analytics_dash.runs.view import MULTIPLE, RANGES, View
from analytics_dash.store.choices import Choice, choices_of, merged
from analytics_dash.store.intervals import Interval
from analytics_dash.store.searches import Searches
from analytics_dash.store.trouble import is_lack_of_memory

TEST_RUN_TYPE: Final = "workflow_builder"
SEARCHED: Final = ("inputs", "outputs")
RANGED: Final = dict(zip(RANGES, ("latency", "total_tokens"), strict=True))
"""The bounds of a view, [from, to), and the column that they are about."""
LITERALLY: Final = "il"  # of a pattern: in any case, and every sign stands for itself
AT_FIRST: Final = 16  # rows of an export, until it shows how long their texts are
AT_A_TIME: Final = 2000  # rows held at once: some five megabytes
AT_ONCE: Final = 16_000_000  # characters, of fewer and longer rows: each look at long texts unpacks some 2,000 runs'
FASTER: Final = 8  # times as many rows as before at most: longer ones may come
CHANGED: Final = (
    "The runs changed while they were taken out, and memory did not do for all of their texts. Try again, or allow "
    "more with ANALYTICS_DASH_STORE_MEMORY."
)
SENT: Final = ", ".join(API_COLUMNS)
COLUMNS: Final = ", ".join(f'"{name}"' for name in STORED_TYPES if name != "gone") + ", gone_at IS NOT NULL AS gone"


class Reader:
    """The rows of one flow as one cursor sees them; whoever made the cursor closes it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, flow_key: int, searches: Searches | None = None) -> None:
        self._cursor = cursor
        self._flow_key = flow_key
        self._searches = searches or Searches()
        self._is_ours = ColumnExpression("flow_key") == ConstantExpression(flow_key)

    def runs(self, view: View, *, start: datetime, end: datetime, read: Sequence[Interval]) -> duckdb.DuckDBPyRelation:
        """The view's runs in [start, end), as far as that was read: STORED_TYPES; `date` is naive UTC."""
        spans = [span for interval in read if (span := interval.cut(Interval(start, end)))]
        dated = reduce(or_, [_dated(span) for span in spans], _nothing()) if len(spans) != 1 else _dated(spans[0])
        held = self._cursor.table("stored_runs").filter(reduce(and_, [self._is_ours, dated, *_conditions(view)]))
        found = held.project(COLUMNS)
        return self._searched(search, found, Interval(start, end)) if (search := search_of(view.q)) else found

    def _searched(self, search: Search, runs: duckdb.DuckDBPyRelation, span: Interval) -> duckdb.DuckDBPyRelation:
        """The runs that fit; the long texts are gone through at once, and not again for the same search."""
        dated = self._cursor.table("stored_runs").filter(self._is_ours & _dated(span))
        low, high = dated.aggregate("coalesce(min(run_key), 0), coalesce(max(run_key) + 1, 0)").fetchall()[0]
        fitting = self._searches.keys(search, low, high, lambda low, high: self._fitting(search, low, high))
        return runs.join(self._cursor.from_arrow(fitting), "run_key", how="semi")

    def _fitting(self, search: Search, low: int, high: int) -> pa.Table:
        """The keys from low to below high whose runs fit, each term looked for in inputs, outputs and error."""
        key = ColumnExpression("run_key")
        ours = self._is_ours & (key >= ConstantExpression(low)) & (key < ConstantExpression(high))
        terms = [*search.wanted, *search.unwanted]
        held = [_in_any(SEARCHED, term).alias(f"holds_{n}") for n, term in enumerate(terms)]
        texts = self._cursor.table("texts").filter(ours).project(key, *held)
        marked = (
            self._cursor.table("stored_runs").filter(ours).project("run_key, error").join(texts, "run_key", how="left")
        )
        holds = [_or_no(ColumnExpression(f"holds_{n}")) | _in_any(("error",), term) for n, term in enumerate(terms)]
        asked = len(search.wanted)
        fits = reduce(and_, [*holds[:asked], *(~held for held in holds[asked:])])
        return marked.filter(fits).project("run_key").to_arrow_table()

    def _texts(self) -> duckdb.DuckDBPyRelation:
        return self._cursor.table("texts").filter(self._is_ours)

    def with_texts(self, runs: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The runs with inputs, outputs and llm_usage beside them."""
        return runs.join(self._texts().project(f"run_key, {', '.join(TEXT_TYPES)}"), "run_key", how="left")

    def of_keys(self, keys: Sequence[int]) -> duckdb.DuckDBPyRelation:
        """The flow's runs under these keys (STORED_TYPES) with their texts beside them, in no order."""
        wanted = [ConstantExpression(int(key)) for key in keys] or [ConstantExpression(-1)]
        asked = self._is_ours & ColumnExpression("run_key").isin(*wanted)
        held = self._cursor.table("stored_runs").filter(asked).project(COLUMNS)
        texts = self._cursor.table("texts").filter(asked).project(f"run_key, {', '.join(TEXT_TYPES)}")
        return held.join(texts, "run_key", how="left")

    def sent(
        self, runs: duckdb.DuckDBPyRelation, *, more: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[object, ...]]:
        """The runs in the API's columns, newest first; only their keys are held at once, and some rows at a time.

        Where memory does not do for their texts, `more` is asked to give some, and says whether it did; else fewer are
        taken at a time.
        """
        keys = np.asarray(runs.order("date DESC, run_id").project("run_key").fetchnumpy()["run_key"])
        first, wide = 0, AT_FIRST
        while first < len(keys):
            try:
                rows = self._of(keys[first : first + wide])
            except duckdb.Error as error:
                if not is_lack_of_memory(error) or not (more() or wide > 1):
                    raise
                self._begin_again()
                wide = max(wide // 4, 1)
                continue
            yield from rows
            first += len(rows)
            wide = _wide(rows)

    def _of(self, keys: NDArray[np.int64]) -> list[tuple[object, ...]]:
        """The rows of these keys, newest first; raises StoreError where some are not there any more."""
        self._cursor.register("asked", pa.table({"run_key": keys}))
        rows = self._cursor.execute(
            f"SELECT {SENT} FROM (FROM stored_runs SEMI JOIN asked USING (run_key)) JOIN "  # noqa: S608  constants
            "(FROM texts SEMI JOIN asked USING (run_key)) AS t USING (run_key) ORDER BY date DESC, run_id"
        ).fetchall()
        if len(rows) != len(keys):
            raise StoreError(CHANGED)
        return rows

    def _begin_again(self) -> None:
        """The engine ends a transaction that ran out of memory."""
        self._cursor.rollback()
        self._cursor.execute("BEGIN TRANSACTION READ ONLY")

    def choices(
        self,
        view: View,
        names: Sequence[str],
        *,
        start: datetime,
        end: datetime,
        read: Sequence[Interval],
        limit: int,
    ) -> Mapping[str, list[Choice]]:
        """By dimension of these the values its filter could take, most runs first, as if it alone were not set."""
        chosen = [name for name in names if getattr(view, name)]
        opened: dict[View, list[Dimension]] = {view: [DIMENSIONS[name] for name in names if name not in chosen]}
        for name in chosen:
            cleared: dict[str, Any] = {name: ()}
            opened[replace(view, **cleared)] = [DIMENSIONS[name]]
        asked = ((self.runs(each, start=start, end=end, read=read), wanted) for each, wanted in opened.items())
        return merged(choices_of(runs, wanted, limit=limit, once=view.q is not None) for runs, wanted in asked)


def _wide(rows: Sequence[tuple[object, ...]]) -> int:
    """How many rows to take next, by the length of these."""
    length = sum(len(value) for row in rows for value in row if isinstance(value, str))
    return max(min(AT_A_TIME, len(rows) * FASTER, len(rows) * AT_ONCE // max(length, 1)), 1)


def _dated(span: Interval) -> Expression:
    date = ColumnExpression("date")
    return (date >= ConstantExpression(naive(span.low))) & (date < ConstantExpression(naive(span.high)))


def _nothing() -> Expression:
    return ConstantExpression(value=False)


def _conditions(view: View) -> list[Expression]:
    chosen = {name: getattr(view, name) for name in MULTIPLE}
    conditions = [DIMENSIONS[name].matches(values) for name, values in chosen.items() if values]
    conditions += [~DIMENSIONS[name].matches([value]) for name, value in view.without]
    for (low, high), column in RANGED.items():
        conditions += _bounded(column, getattr(view, low), getattr(view, high))
    if view.error_group is not None:
        conditions.append(ColumnExpression("error_group") == ConstantExpression(view.error_group))
    if view.contradicts:
        conditions.append(ColumnExpression("contradicts"))
    if not view.tests:
        run_type = ColumnExpression("run_type")
        conditions.append(run_type.isnull() | (run_type != ConstantExpression(TEST_RUN_TYPE)))
    return conditions


def _bounded(column: str, low: float | None, high: float | None) -> list[Expression]:
    """The conditions for [low, high); runs without a value are in no range that has a bound."""
    value = ColumnExpression(column)
    conditions = [value >= ConstantExpression(low)] if low is not None else []
    return conditions + ([value < ConstantExpression(high)] if high is not None else [])


def _in_any(columns: Sequence[str], text: str) -> Expression:
    return reduce(or_, [_or_no(_contains(column, text)) for column in columns])


def _or_no(condition: Expression) -> Expression:
    return CoalesceOperator(condition, _nothing())


def _contains(column: str, text: str) -> Expression:
    """Whether the text occurs, whatever the case: four times as fast as to lower what is searched."""
    sides = [ColumnExpression(column), *map(ConstantExpression, (text, LITERALLY))]
    return FunctionExpression("regexp_matches", *sides)
