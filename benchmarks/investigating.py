"""Owns what support waits for over a long past: the first rows of the list of runs, and of a text search."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from analytics_dash.runs.view import View
from analytics_dash.store import listing
from analytics_dash.store.dataset import Dataset
from benchmarks.reopening import VIEW, complete, library, session, warm_imports

SORT: Final = "-latency"  # which no block of rows is laid out by
OFTEN: Final = "claim"  # in almost every run's texts
SELDOM: Final = "cl-30307"  # the beginning of a number that few texts have


@dataclass(frozen=True)
class Looked:
    """Seconds until the first rows are there, each in a store that nobody has asked that before."""

    newest_s: float
    sorted_s: float
    often_s: float
    seldom_s: float
    again_s: float


def look(folder: Path, *, end: datetime) -> Looked:
    """Ask for the first page of each; raises RuntimeError where the store does not hold the range."""
    warm_imports()
    with library(folder) as shared, complete(session(shared), end) as dataset:
        newest = _waited(dataset, VIEW)
        by_latency = _waited(dataset, replace(VIEW, sort=SORT))
        often, seldom = (_waited(dataset, replace(VIEW, q=words)) for words in (OFTEN, SELDOM))
        return Looked(newest, by_latency, often, seldom, _waited(dataset, replace(VIEW, q=SELDOM)))


def _waited(dataset: Dataset, view: View) -> float:
    began = time.perf_counter()
    rows = listing.page(dataset, view)
    if rows.empty:
        raise RuntimeError(f"Nothing was found for {view.q or 'everything'}.")
    return time.perf_counter() - began
