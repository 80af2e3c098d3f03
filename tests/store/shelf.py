"""A store in memory with the runs of one flow in it, as if they had just been read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from analytics_dash.api.batch import Batch
from analytics_dash.api.slices import Stretch
from analytics_dash.runs.arrow import table_of
from analytics_dash.runs.record import Run
from analytics_dash.settings import load_settings
from analytics_dash.store.engine import memory_engine
from analytics_dash.store.flow import FlowKey, FlowStore
from analytics_dash.store.intervals import Interval
from analytics_dash.store.reader import Reader

KEY = FlowKey("https://api.example.com", "o", "f")


def empty_flow(*, texts: bool = True) -> FlowStore:
    return FlowStore(memory_engine(load_settings()), KEY, texts=texts)


def stretch(runs: Sequence[Run], low: datetime, high: datetime, *, at: datetime | None = None) -> Stretch:
    batch = Batch(tuple(run.run_id for run in runs), table_of(runs), ())
    return Stretch(low, high, (batch,), at or high, True, None, 1, 0)


@contextmanager
def reader(runs: Sequence[Run], low: datetime, high: datetime) -> Iterator[tuple[Reader, list[Interval]]]:
    """A reader over the runs, and the interval that counts as read."""
    flow = empty_flow()
    flow.keep(stretch(runs, low, high), read_at=high)
    with flow.engine.reading() as cursor:
        yield Reader(cursor, flow.number), [Interval(low, high)]
