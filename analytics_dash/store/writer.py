"""Owns the hand-over from reading to writing: a thread that stores stretches while the next are read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from analytics_dash.api.slices import Stretch

AHEAD: Final = 1  # stretches that may wait to be written: reading goes on meanwhile, and memory stays flat


class Writer:
    """Takes stretches while the `with` block runs; at its end all are written, or what stopped that is raised."""

    def __init__(self, keep: Callable[[Stretch], object]) -> None:
        self._keep = keep
        self._queue: queue.Queue[Stretch | None] = queue.Queue(AHEAD)
        self._error: BaseException | None = None
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
        while self._is_written(self._queue.get()):
            pass  # in a call of its own, so that nothing holds a stretch that is stored

    def _is_written(self, stretch: Stretch | None) -> bool:
        if stretch is None:
            return False
        if self._error is None:
            try:
                self._keep(stretch)
            except BaseException as error:  # noqa: BLE001  handed to the thread that reads
                self._error = error
        return True
