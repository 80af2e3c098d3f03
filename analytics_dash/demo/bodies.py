"""Owns the bytes of a page: runs that will not change any more are written down once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

import numpy as np

from analytics_dash.demo.starts import Ints
from analytics_dash.demo.world import World

KEPT_RUNS: Final = 64_000  # the main flow of the usual world, about 100 MB

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def encoded(value: Any) -> bytes:
    """The value as compact JSON."""
    return _ENCODER.encode(value).encode()


@dataclass(frozen=True, slots=True)
class Bodies:
    """Pages of a world's runs as JSON; the oldest entries make room for new ones."""

    world: World
    kept: dict[int, bytes] = field(default_factory=dict)

    def page(self, numbers: Ints, *, at: datetime) -> bytes:
        """The array of the runs with these row numbers, in this order."""
        fresh = [number for number in numbers.tolist() if number not in self.kept]
        rows = self.world.render(np.array(fresh, dtype=np.int64), at=at)
        written = {number: encoded(row) for number, row in zip(fresh, rows, strict=True)}
        pieces = [self.kept.get(number) or written[number] for number in numbers.tolist()]
        self._keep(written, at)
        return b"[" + b",".join(pieces) + b"]"

    def _keep(self, written: dict[int, bytes], at: datetime) -> None:
        numbers = np.fromiter(written, dtype=np.int64, count=len(written))
        settled = numbers[self.world.settled(numbers, at=at)].tolist()
        self.kept.update((number, written[number]) for number in settled)
        for number in list(islice(self.kept, max(0, len(self.kept) - KEPT_RUNS))):
            del self.kept[number]
