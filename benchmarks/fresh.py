"""Owns measuring in a process of its own, so that neither caches nor memory of one measurement reach another."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

CORES: Final = 2  # what the targets are stated for
P = ParamSpec("P")
R = TypeVar("R")


def in_fresh_process(work: Callable[P, R], /, *args: P.args, **named: P.kwargs) -> R:
    """What a module's function returns, or raises, in a new interpreter."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *args, **named).result()


def keep_to_two_cores() -> int:
    """Bind this process, and those it starts, to two cores; how many there are to use, fewer on a smaller machine."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)
    return len(cores)


def rss_mb() -> float:
    """The memory that this process holds now, in MB of a million bytes."""
    return _status_mb("VmRSS")


def peak_mb() -> float:
    """The most that it has held since `forget_peak`."""
    return _status_mb("VmHWM")


def forget_peak() -> None:
    """Begin to look for the peak anew."""
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak


def _status_mb(name: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) * 1024 / 1e6
