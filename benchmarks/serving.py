"""Owns the bench's API as a process of its own while a `with` block runs, and what others need to know of it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from benchmarks.rows import start_of
from benchmarks.server import ASKED, LISTING, SEED

LATENCY_MS: Final = 100  # a server in the next country


@dataclass(frozen=True)
class Place:
    """Where the API is, and the runs it holds: `rows` that began before `end`."""

    url: str
    rows: int
    end: datetime

    @property
    def listing(self) -> str:
        """The address of the flow's runs."""
        return self.url + LISTING

    def start_of(self, count: int) -> datetime:
        """The instant from which on the newest `count` runs began."""
        return start_of(count, of=self.rows, end=self.end, seed=SEED)

    def asked(self) -> int:
        """How many requests it has had."""
        with urllib.request.urlopen(self.url + ASKED, timeout=10) as answer:  # noqa: S310  our own server
            return int(json.load(answer))


@contextmanager
def serving(rows: int, *, end: datetime, latency_ms: float = LATENCY_MS) -> Iterator[Place]:
    """The API over `rows` runs, once it answers."""
    options = {"--rows": rows, "--end": end.isoformat(), "--latency-ms": latency_ms}
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-m", "benchmarks.server", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  our own module
        try:
            address = server.stdout.readline().strip() if server.stdout else ""
            if not address:
                raise RuntimeError("The bench's API did not start. What it said is above.")
            yield Place(address, rows, end)
        finally:
            if (code := server.poll()) is not None:
                sys.stderr.write(f"The bench's API ended too early, with {code}.\n")
            server.terminate()
