"""Owns the hand-over from reading to writing: a thread that stores stretches while the next are read.

The first is stored at once, for the charts that wait for it. Later ones are stored together where they come within a
moment: more rows than a row group of the store's are written in their final form, once, where fewer go through its log
and are written again with the group they end up in (100,000 runs in 1.9 s of CPU instead of 3.1).
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from analytics_dash.allocation import give_back_memory, settle_for_long
from analytics_dash.api.slices import Stretch
from analytics_dash.store.attach import ROW_GROUP

AHEAD: Final = 1  # stretches that may wait to be written: reading goes on meanwhile, and memory stays flat
TOGETHER_ROWS: Final = ROW_GROUP + 1
TOGETHER_S: Final = 1.0  # what is read but not stored is lost with the process: no more than this much reading
LONG_ROWS: Final = 100_000  # stored by one writer: from then on flat memory is worth more than speed


class Writer:
    """Takes stretches while the `with` block runs; at its end all are written, or what stopped that is raised."""

    def __init__(self, keep: Callable[[Sequence[Stretch]], object]) -> None:
        self._keep = keep
        self._queue: queue.Queue[Stretch | None] = queue.Queue(AHEAD)
        self._error: BaseException | None = None
        self._is_over = False
        self._stored = 0  # rows
        self._thread = threading.Thread(target=self._write, name="analytics-dash-writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.finish()

    def put(self, stretch: Stretch) -> None:
        """Hand one over, waiting while the one before is not begun; raises what stopped the writing."""
        self._raise()
        self._queue.put(stretch)

    def finish(self) -> None:
        """Wait until all is written; raises what stopped that."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        self._store(self._waiting(rows=1))
        while not self._is_over:
            self._store(self._waiting(rows=TOGETHER_ROWS))  # nothing here holds a stretch once it is stored

    def _waiting(self, *, rows: int) -> list[Stretch]:
        """The stretches to be stored next: so many rows of them, or what comes within the time of the first."""
        found: list[Stretch] = []
        until = None
        while not self._is_over and sum(stretch.rows for stretch in found) < rows:
            try:
                stretch = self._queue.get(timeout=until and max(until - time.monotonic(), 0))
            except queue.Empty:
                break
            if stretch is None:
                self._is_over = True
            else:
                found.append(stretch)
            until = until or time.monotonic() + TOGETHER_S
        return found

    def _store(self, stretches: Sequence[Stretch]) -> None:
        if not stretches or self._error is not None:
            return
        try:
            self._keep(stretches)
            self._note(sum(stretch.rows for stretch in stretches))
            give_back_memory()
        except BaseException as error:  # noqa: BLE001  handed to the thread that reads
            self._error = error

    def _note(self, rows: int) -> None:
        if self._stored < LONG_ROWS <= self._stored + rows:
            settle_for_long()
        self._stored += rows
