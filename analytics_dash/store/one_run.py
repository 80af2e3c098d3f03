"""Owns how one run of a flow is found by its ID, whatever the filters and the range are, and the runs beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.runs.error_group import error_group_id
from analytics_dash.runs.instants import aware, naive
from analytics_dash.runs.one_run import RUN_FIELDS, Glimpse, OneRun
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.intervals import Interval
from analytics_dash.store.reader import TEST_RUN_TYPE

EVER: Final = Interval(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
EVERYTHING: Final = View(tests=True)
AROUND: Final = timedelta(days=7)  # on both sides of a run that is outside of what is loaded: what compares with it
FEW: Final = 5  # of a list beside a run: the newest tell, the rest has pages of its own
NEWEST: Final = "date DESC, run_id DESC"
OLDEST: Final = "date, run_id"
GLIMPSED: Final = ("run_id", "date", "outcome", "latency", "user_id")


@dataclass(frozen=True)
class InTime:
    """The runs of the flow just before and just after one, by time; None at the ends of what is stored."""

    before: Glimpse | None
    after: Glimpse | None


def stored(dataset: Dataset, view: View = EVERYTHING) -> duckdb.DuckDBPyRelation:
    """The view's runs among all that is stored of the flow, whatever its range (STORED_TYPES)."""
    return dataset.reader.runs(view, start=EVER.low, end=EVER.high, read=[EVER])


def alone(dataset: Dataset, run_id: str) -> duckdb.DuckDBPyRelation:
    """The run with this ID as a relation of one row, or of none where it is not stored (STORED_TYPES)."""
    return stored(dataset).filter(ColumnExpression("run_id") == ConstantExpression(run_id))


def one_run(dataset: Dataset, run_id: str) -> OneRun | None:
    """The run with this ID and its texts, whatever the filters and the range are; None where it is not stored."""
    found = dataset.reader.with_texts(alone(dataset, run_id)).project(_named(RUN_FIELDS)).limit(1).fetchone()
    if found is None:
        return None
    held: dict[str, Any] = dict(zip(RUN_FIELDS, found, strict=True))
    run = OneRun(**{**held, "date": aware(held["date"]), "models": tuple(held["models"] or ())})
    return run if dataset.keeps_texts else replace(run, inputs=None, outputs=None)


def comparable(dataset: Dataset, view: View, run: OneRun) -> duckdb.DuckDBPyRelation:
    """The runs that this one is measured against, whatever is filtered: of the range that is loaded around it.

    Test runs are among them where the view has them, or the run is one.
    """
    of_tests = view.tests or run.run_type == TEST_RUN_TYPE
    return _around(dataset, run, View(tests=of_tests))


def similar_failures(dataset: Dataset, run: OneRun, *, limit: int = FEW) -> list[Glimpse]:
    """The newest other failures of the same group of errors around the run; empty where it has not failed."""
    if run.outcome != Outcome.FAILED:
        return []
    group = replace(EVERYTHING, error_group=error_group_id(run.error))
    return _glimpses(_others(_around(dataset, run, group), run), NEWEST, limit)


def same_input(dataset: Dataset, run: OneRun, *, limit: int = FEW) -> list[Glimpse]:
    """The newest other runs around the run that were given exactly the same inputs; empty where it was given none."""
    if not run.inputs:
        return []
    texts = dataset.reader.with_texts(_others(_around(dataset, run, EVERYTHING), run))
    return _glimpses(texts.filter(ColumnExpression("inputs") == ConstantExpression(run.inputs)), NEWEST, limit)


def in_time(dataset: Dataset, run: OneRun) -> InTime:
    """The runs just before and just after it among all that is stored of the flow."""
    date, at = ColumnExpression("date"), ConstantExpression(naive(run.date))
    beside = ColumnExpression("run_id"), ConstantExpression(run.run_id)
    runs, same = stored(dataset), date == at
    before = _glimpses(runs.filter((date < at) | (same & (beside[0] < beside[1]))), NEWEST, 1)
    after = _glimpses(runs.filter((date > at) | (same & (beside[0] > beside[1]))), OLDEST, 1)
    return InTime(before[0] if before else None, after[0] if after else None)


def _around(dataset: Dataset, run: OneRun, view: View) -> duckdb.DuckDBPyRelation:
    """The view's runs of the range that is loaded, or, for a run outside of it, of a week on both sides."""
    start, end = dataset.interval
    if start <= run.date < end:
        return dataset.runs(view, start=start, end=end)
    return dataset.runs(view, start=run.date - AROUND, end=run.date + AROUND)


def _others(runs: duckdb.DuckDBPyRelation, run: OneRun) -> duckdb.DuckDBPyRelation:
    return runs.filter(ColumnExpression("run_id") != ConstantExpression(run.run_id))


def _glimpses(runs: duckdb.DuckDBPyRelation, order: str, limit: int) -> list[Glimpse]:
    rows = runs.order(order).limit(limit).project(_named(GLIMPSED)).fetchall()
    return [Glimpse(run_id, aware(date), *rest) for run_id, date, *rest in rows]


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
