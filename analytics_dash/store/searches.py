"""Owns what text searches have found, so that the long texts are gone through once for each of them.

A run's texts never change under its key: a run that is read again comes under a new, higher one. So what was found
stays true, and only keys that no search has gone through yet are new.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import pyarrow as pa

from analytics_dash.runs.search import Search

MOST: Final = 8  # searches kept for each flow: each as typed, letter by letter, at 8 bytes for a run that fits
KEY: Final = "run_key"
SCHEMA: Final = pa.schema([(KEY, pa.int64())])
Scan = Callable[[int, int], pa.Table]
"""The keys of the runs that fit among those with low <= key < high."""


@dataclass(frozen=True)
class _Found:
    """The fitting keys among all with low <= key < high."""

    low: int
    high: int
    keys: pa.Table


class Searches:
    """The newest searches of one flow and what they found; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Search, _Found] = OrderedDict()

    def keys(self, search: Search, low: int, high: int, scan: Scan) -> pa.Table:
        """The keys of fitting runs, at least all of those with low <= key < high; only what is new is scanned."""
        with self._lock:
            held = self._found.get(search)
        found = _grown(held, low, high, scan)
        with self._lock:
            self._found[search] = found
            self._found.move_to_end(search)
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        return found.keys


def _grown(held: _Found | None, low: int, high: int, scan: Scan) -> _Found:
    if held is None:
        return _Found(low, high, scan(low, high).cast(SCHEMA))
    parts = [scan(*span).cast(SCHEMA) for span in ((low, held.low), (held.high, high)) if span[0] < span[1]]
    return _Found(min(low, held.low), max(high, held.high), pa.concat_tables([held.keys, *parts]))


_OF: Final[WeakKeyDictionary[object, Searches]] = WeakKeyDictionary()
_GATE: Final = threading.Lock()


def searches_of(flow: object) -> Searches:
    """What was found in this flow of this process; gone with the flow."""
    with _GATE:
        return _OF.setdefault(flow, Searches())
