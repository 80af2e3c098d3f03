"""Owns which runs a latency counts for, and when runs are too few for a percentile to mean much."""

from __future__ import annotations

from typing import Final

FEW_RUNS: Final = 20  # below, a p95 is the slowest run or close to it
P99_RUNS: Final = 100  # below, a p99 is the slowest run

FINISHED: Final = "outcome <> 'unfinished' AND isfinite(latency)"
FINISHED_UNFAILED: Final = "outcome NOT IN ('unfinished', 'failed') AND isfinite(latency)"


def timed(*, failed_in_latency: bool) -> str:
    """The SQL condition for runs that have finished and have a latency, with the failed ones or without."""
    return FINISHED if failed_in_latency else FINISHED_UNFAILED


def is_few(runs: int) -> bool:
    """Whether some runs, but too few, stand behind a percentile; none at all is no data, not few."""
    return 0 < runs < FEW_RUNS
