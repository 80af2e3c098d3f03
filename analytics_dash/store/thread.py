"""Owns the runs of whole conversations, also those that the range or the filters leave out, and their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import FILTERS, View
from analytics_dash.store.dataset import SLACK, Dataset
from analytics_dash.store.intervals import union
from analytics_dash.store.reader import TEST_RUN_TYPE

FITS: Final = "fits"
COUNTED: Final = "counted"
ALL: Final = 500_000  # characters of one text that a page can still show


@dataclass(frozen=True)
class Texts:
    """What one run was asked and answered, each perhaps cut, and how many characters it has."""

    inputs: str | None
    inputs_length: int
    outputs: str | None
    outputs_length: int


def every_turn(dataset: Dataset, view: View) -> duckdb.DuckDBPyRelation:
    """All runs that are read, of any time, with FITS: whether the view's filters, but for its range, take them."""
    return _marked(dataset, dataset.at_any_time(View(tests=view.tests)), view)


def thread(dataset: Dataset, view: View, conversation: str) -> duckdb.DuckDBPyRelation:
    """One conversation's runs of any time, with FITS, and COUNTED: whether the view counts runs like it at all."""
    runs = dataset.at_any_time(View(tests=True, conversation=(exactly(conversation),)))
    counted = "true" if view.tests else f"coalesce(run_type <> '{TEST_RUN_TYPE}', true)"
    marked = _marked(dataset, runs, view).project(f"*, {counted} AS {COUNTED}")
    return marked.project(f"* REPLACE ({FITS} AND {COUNTED} AS {FITS})")


def spans_read(dataset: Dataset) -> list[tuple[datetime, datetime]]:
    """The intervals [low, high) of which the runs are read, oldest first."""
    return [(span.low, span.high) for span in union(dataset.read, across=SLACK)]


def texts_of(dataset: Dataset, run_keys: Sequence[int], *, most: int) -> dict[int, Texts]:
    """By run key the texts of these runs, each cut after `most` characters."""
    if not run_keys:
        return {}
    wanted = ColumnExpression("run_key").isin(*[ConstantExpression(key) for key in run_keys])
    runs = dataset.at_any_time(View(tests=True)).filter(wanted)
    rows = dataset.reader.with_texts(runs).project(
        f"run_key, left(inputs, {int(most)}), coalesce(length(inputs), 0), "
        f"left(outputs, {int(most)}), coalesce(length(outputs), 0)"
    )
    return {int(key): Texts(*rest) for key, *rest in rows.fetchall()}


def _marked(dataset: Dataset, runs: duckdb.DuckDBPyRelation, view: View) -> duckdb.DuckDBPyRelation:
    """The runs with FITS; where nothing is filtered it is true of all, and nothing is joined."""
    if all(getattr(view, name) == getattr(View(), name) for name in FILTERS):
        return runs.project(f"*, true AS {FITS}")
    fitting = dataset.at_any_time(view).project(f"run_key, true AS {FITS}").set_alias(FITS)
    columns = ", ".join(f'"{name}"' for name in runs.columns)
    return runs.join(fitting, "run_key", how="left").project(f"{columns}, coalesce({FITS}, false) AS {FITS}")
