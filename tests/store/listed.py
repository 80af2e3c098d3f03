"""Runs of one flow as a page has them, and the order that Python's own sorting gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics_dash.runs.record import Run
from analytics_dash.store.dataset import Dataset, opened
from analytics_dash.store.sync import Scope
from tests.store.shelf import KEY, empty_flow, stretch

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)


def run(number: int, **fields: Any) -> Run:
    return Run.model_validate({"run_id": str(number), "date": START + timedelta(minutes=number), **fields})


@contextmanager
def data(
    runs: Sequence[Run],
    *,
    start: datetime = START,
    end: datetime = END,
    low: datetime = START,
    high: datetime = END,
    live: bool = False,
) -> Iterator[Dataset]:
    """The runs, read from `low` to `high`, as a view from `start` to `end` has them."""
    flow = empty_flow()
    flow.keep(stretch(runs, low, high), read_at=high)
    scope = Scope(KEY.org, KEY.flow, start, end, live=live)
    with opened(flow, scope, now=high, summary=None) as dataset:
        assert dataset is not None
        yield dataset
    flow.engine.close()


def in_order(runs: Sequence[Run], sort: str) -> list[str]:
    """The runs' IDs by this sort: newest first among equals, then by ID; none last, whichever the direction."""
    name = sort.removeprefix("-")
    tied = sorted(sorted(runs, key=lambda r: r.run_id), key=lambda r: r.date, reverse=True)
    valued = [r for r in tied if getattr(r, name) is not None]
    valued.sort(key=lambda r: getattr(r, name), reverse=sort.startswith("-"))
    return [r.run_id for r in [*valued, *(r for r in tied if getattr(r, name) is None)]]
