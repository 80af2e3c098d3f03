"""Owns how this process takes memory from the system: little of what threads have used is kept by each of them."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

import pyarrow as pa

M_ARENA_MAX: Final = -8  # glibc's name for the most pools that its threads may have
M_MMAP_THRESHOLD: Final = -3  # and for the size from which a buffer goes back to the system as soon as it is free
ARENAS: Final = 2  # by default eight a core, each keeping the largest page it ever held
LARGE: Final = 400_000  # bytes; glibc's own rule ends up with 32 MB, and holes of whole responses between small things

YOUNG: Final = (
    20_000  # objects that come before the next look for cycles: a page of runs has several thousand, and none
)


def settle_memory() -> None:
    """Let reading take a third less memory and CPU; on systems without glibc only Arrow's and Python's part."""
    pa.set_memory_pool(pa.system_memory_pool())
    gc.freeze()  # what is loaded stays loaded: looking through it finds nothing
    gc.set_threshold(YOUNG)
    _set(M_ARENA_MAX, ARENAS)


def settle_for_long() -> None:
    """Keep memory flat from now on, for a tenth of the speed: over a million runs 240 MB above idle instead of 265."""
    _set(M_MMAP_THRESHOLD, LARGE)


def give_back_memory() -> None:
    """Return to the system what was used and is free; without glibc nothing happens."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _set(name: int, value: int) -> None:
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(name, value)
