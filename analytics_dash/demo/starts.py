"""Owns the table of starts: which runs exist and who started them, before anything is said of how they went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Span:
    """The time a world covers, in microseconds since 1970: the past until `now_us`, what is to come until `end_us`."""

    start_us: int
    now_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Starts:
    """One entry a run in each column; codes are positions in `cast`, `parent` is a row number, -1 is nothing.

    Runs of one conversation, and runs of one parent, stand together in the order they happen.
    """

    flow: Ints
    run_type: Ints
    actor: Ints
    user: Ints
    conversation: Ints
    turn: Ints
    parent: Ints
    parent_flow: Ints
    depth: Ints
    subject: Ints  # what the run is about: shared by a conversation, and by a parent and its children
    at_us: Ints  # about when; the exact instant follows from the durations

    def __len__(self) -> int:
        return len(self.flow)


def joined(parts: Sequence[Starts]) -> Starts:
    """The parts one after the other; row numbers of parents must already count from the first part."""
    return Starts(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Starts)))


def filled(count: int, value: int) -> Ints:
    """A column that says the same everywhere."""
    return np.full(count, value, dtype=np.int64)


def before_in_group(amounts: Ints, group: Ints) -> Ints:
    """For each row the sum of the rows before it in its group; groups stand together."""
    if not len(amounts):
        return amounts
    running = np.cumsum(amounts) - amounts
    first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    return running - np.repeat(running[first], np.diff(np.append(first, len(group))))
