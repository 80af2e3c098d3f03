"""Owns a store with a long past: filled without a server, through the call that a sync's writer makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics_dash.api.batch import Batch, batch_of
from analytics_dash.api.slices import Stretch
from analytics_dash.settings import load_settings
from analytics_dash.store.engine import Engine, open_engine_or_raise
from analytics_dash.store.flow import FlowKey, FlowStore
from benchmarks.rows import DAYS, FLOW, ORG, Ints, ages_us, build
from benchmarks.server import SEED

API: Final = "https://api.example.com"
BLOCK: Final = 50_000  # runs rendered once; the same texts come again in every block, with IDs and times of their own


@contextmanager
def opened(folder: Path, *, api: str = API) -> Iterator[tuple[Engine, FlowStore]]:
    """The store in this folder and the bench's flow in it."""
    engine = open_engine_or_raise(load_settings(api_url=api, data_dir=folder))
    try:
        yield engine, FlowStore(engine, FlowKey(api, ORG, FLOW))
    finally:
        engine.close()


def fill(folder: Path, *, rows: int, end: datetime) -> None:
    """Store `rows` runs of the DAYS days before `end`, the newest block first, each as a verified reading."""
    body = build(min(rows, BLOCK), end=end, seed=SEED).body
    block = batch_of(b"[" + body + b"]", number=0).table
    ages, high = ages_us(rows, SEED), end
    with opened(folder) as (_, flow):
        for number, first in enumerate(range(0, rows, BLOCK)):
            moved = _moved(block, ages[first : first + BLOCK], end=end, number=number)
            oldest = ages[first + BLOCK - 1] if first + BLOCK < rows else DAYS * 86_400_000_000
            low = end - timedelta(microseconds=int(oldest))
            flow.keep(_stretch(moved, low, high, end), read_at=end)
            high = low


def _moved(block: pa.Table, ages: Ints, *, end: datetime, number: int) -> pa.Table:
    """The block's runs at other times, under other IDs."""
    instants = np.datetime64(end.astimezone(UTC).replace(tzinfo=None), "us") - ages.astype("timedelta64[us]")
    moved = block.slice(0, len(ages))
    own = {
        "run_id": pc.binary_replace_slice(moved["run_id"], 0, 4, f"{number:04x}"),
        "date": pa.array(instants).cast(block.schema.field("date").type),
    }
    return pa.table({name: own.get(name, moved[name]) for name in block.column_names}, schema=block.schema)


def _stretch(table: pa.Table, low: datetime, high: datetime, end: datetime) -> Stretch:
    batch = Batch(keys=(), table=table)
    return Stretch(low, high, (batch,), began=end, verified=True, note=None, pages=len(table) // 1000, duplicates=0)
