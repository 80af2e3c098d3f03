"""Owns the order of work on one flow: one reading at a time, whoever asked; the others wait and see its progress."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Work(Protocol):
    """What a lane does, one after the other, in its own thread."""

    def work(self) -> None:
        """Do it; never raises."""


class Lane:
    """Works through what is submitted, in order; its thread ends when nothing waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self.current: Work | None = None

    def submit(self, work: Work) -> None:
        """Do this after what waits already."""
        with self._lock:
            self._waiting.append(work)
            if self.current is None:
                self.current = self._waiting.popleft()
                threading.Thread(target=self._go_on, name="analytics-dash-sync", daemon=True).start()

    def _go_on(self) -> None:
        while (work := self.current) is not None:
            work.work()
            with self._lock:
                self.current = self._waiting.popleft() if self._waiting else None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is done and nothing waits."""
        with self._lock:
            return self.current is None

    def withdraw(self, work: Work, *, then: Callable[[], object]) -> None:
        """Take out what has not begun, and call `then`; what has begun is left to itself."""
        with self._lock:
            is_waiting = work in self._waiting
            if is_waiting:
                self._waiting.remove(work)
        if is_waiting:
            then()
