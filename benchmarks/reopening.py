"""Owns looking at a long past: how soon a cold process has the overview's figures, and what a session weighs."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.api.auth import api_key
from analytics_dash.metrics.buckets import buckets_for
from analytics_dash.metrics.over_time import over_time
from analytics_dash.metrics.summary import summary
from analytics_dash.runs.view import View
from analytics_dash.settings import load_settings
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.library import Library
from analytics_dash.store.workspace import Workspace
from benchmarks.fresh import rss_mb
from benchmarks.history import API
from benchmarks.rows import DAYS, FLOW, ORG

ZONE: Final = "Europe/Berlin"
VIEW: Final = View(org=ORG, flow=FLOW, range=f"{DAYS}d", tests=True, tz=ZONE)
SESSIONS: Final = 10


@dataclass(frozen=True)
class Reopened:
    """Seconds that each of the overview's parts took, one after the other, and those of CPU over all cores."""

    rows: int
    open_s: float
    data_s: float
    figures_s: float
    charts_s: float
    cpu_s: float

    @property
    def total_s(self) -> float:
        """Until everything is there."""
        return self.open_s + self.data_s + self.figures_s + self.charts_s


def reopen(folder: Path, *, end: datetime) -> Reopened:
    """Open the store in a process that has nothing but its imports, and compute the overview of all DAYS days."""
    warm_imports()
    cpu_began, marks = time.process_time(), [time.perf_counter()]
    with library(folder) as shared:
        marks.append(time.perf_counter())
        with complete(session(shared), end) as dataset:
            runs = dataset.runs(VIEW)
            marks.append(time.perf_counter())
            rows = summary(runs, now=end).runs
            marks.append(time.perf_counter())
            _charts(runs, end)
            marks.append(time.perf_counter())
        cpu_s = time.process_time() - cpu_began
    open_s, data_s, figures_s, charts_s = (later - earlier for earlier, later in pairwise(marks))
    return Reopened(rows, open_s, data_s, figures_s, charts_s, cpu_s)


def weigh_sessions(folder: Path, *, end: datetime) -> float:
    """MB that each of SESSIONS more sessions adds to a server that has one open, every overview computed."""
    warm_imports()
    with library(folder) as shared:
        held = [
            _seen(shared, end),
            _seen(shared, end),
        ]  # the engine's buffers grow with the first queries, whoever asks
        gc.collect()
        before_mb = rss_mb()
        held += [_seen(shared, end) for _ in range(SESSIONS)]
        gc.collect()
        return (rss_mb() - before_mb) / SESSIONS


def _seen(shared: Library, end: datetime) -> Workspace:
    """A session that has its overview."""
    own = session(shared)
    with complete(own, end) as dataset:
        runs = dataset.runs(VIEW)
        summary(runs, now=end)
        _charts(runs, end)
    return own


def _charts(runs: duckdb.DuckDBPyRelation, end: datetime) -> None:
    """The numbers of the overview's charts."""
    over_time(runs, buckets_for(end - timedelta(days=DAYS), end, zone=ZONE, now=end))


def session(shared: Library) -> Workspace:
    """A sign-in that the API has let in."""
    own = Workspace(api_key("bench"), settings=load_settings(api_url=API), shared=shared)
    own.access(VIEW).grant()
    return own


@contextmanager
def library(folder: Path) -> Iterator[Library]:
    """The process's store; raises RuntimeError where it is not the file in this folder."""
    shared = Library(load_settings(api_url=API, data_dir=folder))
    if shared.problem:
        raise RuntimeError(shared.problem)
    try:
        yield shared
    finally:
        shared.close()


@contextmanager
def complete(own: Workspace, end: datetime) -> Iterator[Dataset]:
    """The data of the DAYS days; raises RuntimeError where not all of them are read."""
    with own.data(VIEW, now=end) as dataset:
        if dataset is None or not dataset.complete:
            raise RuntimeError("The store does not hold all of the range.")
        yield dataset


def warm_imports() -> None:
    """What libraries import at their first use: a server has done so long before somebody looks."""
    frame = duckdb.connect(":memory:").sql("SELECT DATE '2026-01-01' AS day, 1 AS runs").df()
    pd.concat([frame.set_index("day"), frame["runs"] / 2], axis="columns")
