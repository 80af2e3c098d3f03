"""Owns the exact instants: turns follow one another, and children lie within their parents."""

from __future__ import annotations

from typing import Final

import numpy as np

from analytics_dash.demo.starts import SECOND_US, Ints, Starts, before_in_group

THINKING_MEDIAN_S: Final = 40.0  # between an answer and the next question
LEAD_SHARE: Final = 10  # a tenth of a parent's own time passes before it calls


def durations(starts: Starts, own_us: Ints) -> Ints:
    """Microseconds each run takes, its sub-workflow runs included, which it calls one after the other."""
    total = own_us.copy()
    for depth in range(int(starts.depth.max(initial=0)), 0, -1):
        child = np.flatnonzero((starts.depth == depth) & (starts.parent >= 0))
        np.add.at(total, starts.parent[child], total[child])
    return total


def instants(rng: np.random.Generator, starts: Starts, own_us: Ints, duration_us: Ints) -> Ints:
    """Microseconds since 1970 at which each run starts."""
    date_us = starts.at_us.copy()
    talks = np.flatnonzero(starts.conversation >= 0)
    thinking = (rng.lognormal(np.log(THINKING_MEDIAN_S), 0.8, len(talks)) * SECOND_US).astype(np.int64)
    date_us[talks] += before_in_group(duration_us[talks] + thinking, starts.conversation[talks])
    for depth in range(1, int(starts.depth.max(initial=0)) + 1):
        child = np.flatnonzero((starts.depth == depth) & (starts.parent >= 0))
        parent = starts.parent[child]
        siblings = before_in_group(duration_us[child], parent)
        date_us[child] = date_us[parent] + own_us[parent] // LEAD_SHARE + siblings
    return date_us
