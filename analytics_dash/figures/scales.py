"""Owns the upright axes: from 0, an upper bound that follows the data, a few round ticks with their unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

HEADROOM: Final = 1.08  # of the highest value: a marker at the top stays whole
NOTHING: Final = 1e-9  # a nanosecond, a billionth: less cannot be told from 0, nor divided into steps
ROUND_STEPS: Final = (1, 2, 5, 10)

SECONDS: Final = ((0.001, "ms", 0.0), (1.0, "s", 1.0), (60.0, "min", 120.0), (3600.0, "h", 7200.0))
COUNTS: Final = ((1.0, "", 0.0), (1e3, "k", 1e3), (1e6, "M", 1e6), (1e9, "G", 1e9))
SHARES: Final = ((0.01, "%", 0.0),)
"""Units as (size, name, the highest value from which it is used)."""

Units = Sequence[tuple[float, str, float]]


@dataclass(frozen=True)
class Scale:
    """An axis from 0 to `top` with labelled ticks."""

    top: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


def scale(values: Iterable[float], *, units: Units, intervals: int = 4, smallest_step: float = 0.0) -> Scale:
    """The axis that holds the values; where none is above 0, an axis to 1 with a tick at 0 alone."""
    highest = max((value for value in values if math.isfinite(value)), default=0.0)
    if highest <= NOTHING:
        return Scale(1.0, (0.0,), ("0",))
    size, name, _ = [unit for unit in units if highest >= unit[2]][-1]
    step = max(_round_up(highest / intervals / size) * size, smallest_step)
    ticks = [step * number for number in range(int(highest * HEADROOM / step + 1e-9) + 1)]
    labels = ["0", *(f"{tick / size:,.10g} {name}".rstrip() for tick in ticks[1:])]
    return Scale(highest * HEADROOM, tuple(ticks), tuple(labels))


def _round_up(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in ROUND_STEPS if factor * power >= step * (1 - 1e-9))
