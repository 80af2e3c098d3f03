"""Owns the product's side: `analytics-dash sync` into a store, timed within its process once everything is imported."""

from __future__ import annotations

import os
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path

from benchmarks.fresh import forget_peak, peak_mb, rss_mb
from benchmarks.peers import PAGE, Rate
from benchmarks.rows import FLOW, ORG
from benchmarks.serving import Place


@dataclass(frozen=True)
class Synced:
    """What a sync did, and the most memory it held above that of the idle process."""

    rate: Rate
    above_idle_mb: float
    cpu_s: float


def sync(place: Place, folder: Path, *, rows: int, page_size: int = PAGE) -> Synced:
    """Bring the newest `rows` runs into the store in this folder; raises RuntimeError where they are not there then."""
    os.environ["ANALYTICS_DASH_API_URL"] = place.url
    os.environ["ANALYTICS_DASH_API_KEY"] = "bench"
    os.environ["ANALYTICS_DASH_DATA_DIR"] = str(folder)
    os.environ["ANALYTICS_DASH_PAGE_SIZE"] = str(page_size)
    import_module("analytics_dash.commands.sync")  # its imports belong to the idle process

    start = place.start_of(rows)
    before = _stored(place, folder)
    forget_peak()
    idle_mb, began, cpu_began = rss_mb(), time.perf_counter(), time.process_time()
    said = _command("sync", "--org", ORG, "--flow", FLOW, "--start", start.isoformat(), "--end", place.end.isoformat())
    seconds, cpu_s, above_mb = time.perf_counter() - began, time.process_time() - cpu_began, peak_mb() - idle_mb
    if before > rows or _stored(place, folder) != rows:
        raise RuntimeError(f"{_stored(place, folder)} of {rows} runs are stored. The sync said: {said}")
    return Synced(Rate(rows, seconds), above_mb, cpu_s)


def _command(*words: str) -> str:
    """What the command line said; raises RuntimeError where it failed."""
    from analytics_dash.cli import main

    with redirect_stdout(StringIO()) as out, redirect_stderr(out):
        code = main(words)
    if code:
        raise RuntimeError(f"analytics-dash {words[0]} ended with {code}: {out.getvalue()}")
    return out.getvalue()


def _stored(place: Place, folder: Path) -> int:
    """How many runs of the flow the store holds; makes the store where there is none."""
    from analytics_dash.runs.view import View
    from analytics_dash.store.intervals import Interval
    from analytics_dash.store.reader import Reader
    from benchmarks.history import opened

    start, end = place.start_of(place.rows), place.end
    with opened(folder, api=place.url) as (engine, flow), engine.reading() as cursor:
        runs = Reader(cursor, flow.number).runs(View(tests=True), start=start, end=end, read=[Interval(start, end)])
        return len(runs)
