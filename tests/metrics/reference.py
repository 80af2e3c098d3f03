"""Runs at random with everything that may be missing, and the same numbers computed run by run in plain Python."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.runs.outcome import outcome

Run = Mapping[str, Any]
STATES = [None, "PENDING", "PAUSED", "RESUMED", "COMPLETED", "COMPLETED", "COMPLETED", "FAILED", "CANCELLED", "NEW"]


def random_runs(start: datetime, end: datetime, *, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` runs within [start, end); latencies tie often, and anything but the date may be null."""
    chance = random.Random(seed)  # noqa: S311  test data
    span = (end - start) / timedelta(microseconds=1)
    return [
        {
            "date": start + timedelta(microseconds=int(chance.random() * span)),
            "state": chance.choice(STATES),
            "is_flow_successful": chance.choice([True, True, False, None]),
            "latency": chance.choice([None, 1.5, round(chance.expovariate(0.2), 1)]),
            "total_tokens": chance.choice([None, 0, 10, 999, chance.randrange(10_000)]),
            "user_id": chance.choice([None, "ann", "bob", "cyd", "o'hara"]),
        }
        for _ in range(count)
    ]


def fate(run: Run) -> str:
    return str(outcome(run["state"], run["is_flow_successful"]))


def latencies(runs: Sequence[Run], *, failed: bool = True) -> list[float]:
    left_out = {"unfinished"} if failed else {"unfinished", "failed"}
    return [run["latency"] for run in runs if run["latency"] is not None and fate(run) not in left_out]


def by_bucket(runs: Sequence[Run], buckets: Buckets) -> list[list[Run]]:
    return [
        [run for run in runs if start <= run["date"] < end]
        for start, end in zip(buckets.starts, buckets.ends, strict=True)
    ]
