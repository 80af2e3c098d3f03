"""Owns runs that only pass through: read into a store of their own, handed on row by row, and gone with it.

So a flow of any length takes as little memory as a sync of it, and what the dashboard has stored is neither asked nor
touched. What is handed on is what the server has at that moment.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Final

import duckdb
from duckdb import ColumnExpression, ConstantExpression, Expression

from analytics_dash.api.client import Client, Progress
from analytics_dash.api.retry import LISTING
from analytics_dash.api.slices import EPOCH, Order, Stretch
from analytics_dash.errors import RequestRefused, StoreError
from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.instants import naive
from analytics_dash.settings import Settings
from analytics_dash.store.asked import Asked
from analytics_dash.store.dataset import Report, report_of
from analytics_dash.store.engine import Engine, open_engine_or_raise
from analytics_dash.store.flow import FlowKey, FlowStore, coverage_of
from analytics_dash.store.intervals import Interval
from analytics_dash.store.reader import Reader
from analytics_dash.store.trouble import is_lack_of_memory
from analytics_dash.store.writer import Writer

FOLDER: Final = "analytics-dash-"
NO_ROOM: Final = (
    "Runs are kept among the temporary files on their way, and that folder did not take them. Make room there, or set "
    "TMPDIR to a folder that has it."
)
ROUND: Final = timedelta(seconds=1)  # servers' dates may be cut to whole seconds: a run of this moment is not left out


@dataclass(frozen=True)
class Passed:
    """All runs that were asked for, newest first, in the API's columns, and what they rest on.

    `asked` is when they began: an open start means EPOCH, an open end the moment of reading.
    """

    rows: Iterator[tuple[object, ...]]
    report: Report
    asked: Interval


@contextmanager
def passing(
    client: Client,
    key: FlowKey,
    wanted: RunFilter,
    *,
    settings: Settings,
    progress: Callable[[Progress], object] | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[Passed]:
    """The runs while the block runs; raises what the client raises, and StoreError where the disk has no room."""
    with _room(settings) as engine:
        flow = FlowStore(engine, key)
        as_of = _read(client, flow, wanted, progress=progress, cancel=cancel)
        with engine.reading() as cursor:
            yield _passed(cursor, flow, wanted, as_of, more=engine.take_more_memory)


@contextmanager
def _room(settings: Settings) -> Iterator[Engine]:
    """A store among the temporary files; raises StoreError that says how to find it another place, or more memory."""
    try:
        with tempfile.TemporaryDirectory(prefix=FOLDER, ignore_cleanup_errors=True) as folder:
            engine = open_engine_or_raise(settings.model_copy(update={"data_dir": Path(folder)}), only_writes=True)
            try:
                yield engine
            finally:
                engine.close()
    except (StoreError, FileNotFoundError) as error:  # the latter where no folder for temporary files can be used
        if is_lack_of_memory(error.__cause__):
            raise
        raise StoreError(NO_ROOM) from error


def _read(
    client: Client,
    flow: FlowStore,
    wanted: RunFilter,
    *,
    progress: Callable[[Progress], object] | None,
    cancel: threading.Event | None,
) -> datetime:
    """Read all of it, and return when by the server's clock."""
    key = flow.key
    with suppress(RequestRefused):  # some servers give no single rows; the reading tells what else is wrong
        client.probe(key.org, key.flow, policy=LISTING)
    as_of, asked = client.now(), _asked(wanted)
    low, high = wanted.start or EPOCH, min(wanted.end or as_of + ROUND, as_of + ROUND)
    if low >= high:
        return as_of

    def keep(stretches: Sequence[Stretch]) -> None:
        flow.keep(*stretches, read_at=as_of, asked=asked)

    order = Order(low, high, user_id=asked.user_id, states=asked.states)
    with Writer(keep) as writer:
        client.read_slices(key.org, key.flow, order, sink=writer.put, progress=progress, cancel=cancel)
    return as_of


def _asked(wanted: RunFilter) -> Asked:
    return Asked(wanted.user_id, wanted.states)


def _passed(
    cursor: duckdb.DuckDBPyConnection,
    flow: FlowStore,
    wanted: RunFilter,
    as_of: datetime,
    *,
    more: Callable[[], bool],
) -> Passed:
    ever = Interval(wanted.start or EPOCH, wanted.end or as_of + ROUND)
    runs = cursor.table("stored_runs").filter(_matching(wanted))
    report = report_of(cursor, flow, ever, coverage_of(cursor, flow.number, _asked(wanted)))
    counted: int = runs.count("*").fetchall()[0][0]
    rows = Reader(cursor, flow.number).sent(runs, more=more)
    asked = Interval(ever.low, min(ever.high, as_of))
    return Passed(rows, replace(report, rows=counted, as_of=as_of), asked)


def _matching(wanted: RunFilter) -> Expression:
    """The same rule as `RunFilter.matches`: a server may leave a filter out."""
    date, user, state = map(ColumnExpression, ("date", "user_id", "state"))
    rules = [ConstantExpression(value=True)]
    rules += [date >= ConstantExpression(naive(wanted.start))] if wanted.start else []
    rules += [date < ConstantExpression(naive(wanted.end))] if wanted.end else []
    rules += [user == ConstantExpression(wanted.user_id)] if wanted.user_id is not None else []
    rules += [state.isin(*map(ConstantExpression, wanted.states))] if wanted.states else []
    return reduce(and_, rules)
