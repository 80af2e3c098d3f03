"""Owns the measuring sticks: reading and throwing away, the plain loop that anybody would write, and `dlt`.

Each function runs in a fresh process and returns a `Rate`; imports come before the clock starts.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

PAGE: Final = 1000
IN_FLIGHT: Final = 8


@dataclass(frozen=True)
class Rate:
    """Runs that were dealt with, and the seconds it took."""

    rows: int
    seconds: float

    @property
    def per_s(self) -> float:
        """Runs a second."""
        return self.rows / self.seconds


def discard(listing: str, *, rows: int, page_size: int = PAGE) -> Rate:
    """The newest pages, IN_FLIGHT at a time, their bytes thrown away as they come: what the wire allows httpx."""
    import httpx

    def read(client: httpx.Client, page: int) -> int:
        with client.stream("GET", listing, params={"page": page, "page_size": page_size}) as answer:
            return sum(len(chunk) for chunk in answer.iter_raw())

    with httpx.Client() as client, ThreadPoolExecutor(IN_FLIGHT) as threads:
        began = time.perf_counter()
        total = sum(threads.map(lambda page: read(client, page), range(rows // page_size)))
        seconds = time.perf_counter() - began
    if total < rows:
        raise RuntimeError(f"{total} bytes came for {rows} runs")
    return Rate(rows, seconds)


def plain(listing: str, file: Path, *, rows: int, page_size: int = PAGE, in_flight: int = 1) -> Rate:
    """What anybody would write: pages, pydantic models, a table, into a DuckDB file; one at a time, or some in flight.

    With several in flight, one thread makes the models and stores them, while others fetch what is next.
    """
    import duckdb
    import httpx
    import pyarrow as pa
    from pydantic import TypeAdapter

    from benchmarks.plain_run import PlainRun

    runs_of, pages = TypeAdapter(list[PlainRun]), range(rows // page_size)
    with httpx.Client() as client, ThreadPoolExecutor(in_flight) as threads, duckdb.connect(str(file)) as store:

        def body(page: int) -> bytes:
            return client.get(listing, params={"page": page, "page_size": page_size}).raise_for_status().content

        began = time.perf_counter()
        for page, content in enumerate(map(body, pages) if in_flight == 1 else threads.map(body, pages)):
            runs = runs_of.validate_json(content)
            table = pa.Table.from_pylist([run.model_dump() for run in runs], schema=PlainRun.arrow_schema())
            store.register("page", table)
            store.execute("INSERT INTO runs FROM page" if page else "CREATE TABLE runs AS FROM page")
        stored = _count(store.execute("SELECT count(*) FROM runs").fetchone())
        return Rate(stored, time.perf_counter() - began)


def dlt(url: str, path: str, folder: Path, *, rows: int, start: datetime) -> Rate:
    """dlt's own REST source into its own DuckDB destination; nested usage as JSON, no merge: its fastest settings."""
    os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"})
    os.environ.update({"DLT_DATA_DIR": str(folder / "dlt"), "DLT_PROJECT_DIR": str(folder)})
    import dlt as library  # type: ignore[import-not-found,unused-ignore]  # only in the bench's own environment
    import duckdb
    from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found,unused-ignore]

    paginator = {"type": "page_number", "base_page": 0, "page_param": "page", "total_path": None}
    endpoint = {"path": path, "params": {"page_size": PAGE, "start_date": start.isoformat()}, "paginator": paginator}
    source = rest_api_source(
        {"client": {"base_url": url}, "resources": [{"name": "runs", "endpoint": endpoint, "max_table_nesting": 0}]}
    )
    file = folder / "dlt.duckdb"
    pipeline = library.pipeline(
        "bench", destination=library.destinations.duckdb(str(file)), dataset_name="bench", pipelines_dir=str(folder)
    )
    began = time.perf_counter()
    pipeline.run(source)
    seconds = time.perf_counter() - began
    with duckdb.connect(str(file), read_only=True) as store:
        stored = _count(store.execute("SELECT count(*) FROM bench.runs").fetchone())
    if stored < rows:
        raise RuntimeError(f"dlt stored {stored} of {rows} runs")
    return Rate(stored, seconds)


def _count(row: tuple[int, ...] | None) -> int:
    return row[0] if row else 0
