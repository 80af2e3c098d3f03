"""Owns how estimated cost is written: in US dollars, with its range where input and output are not told apart."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from analytics_dash.figures import scales
from analytics_dash.metrics.columns import COST
from analytics_dash.quantities import NOTHING, compact

DOLLARS: Final = ((1.0, "", 0.0), (1e3, "k", 1e4), (1e6, "M", 1e7))
SAME: Final = 1e-9  # dollars


def dollars(value: float | None) -> str:
    """“$12.40”, “$1,240”, “$0.0042”; “no data” for None and NaN."""
    if value is None or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if size >= 1000:
        return f"${value:,.0f}"
    if size >= 0.1 or size < SAME:
        return f"${value:,.2f}"
    return f"${value:.2g}" if size >= 0.0001 else "under $0.0001"


def dollars_between(low: float, high: float) -> str:
    """“$12.40”, or “$12.40 to $18.00” where the two are not the same."""
    texts = dollars(low), dollars(high)
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def amount(value: float, measure: str) -> str:
    """Tokens or dollars, in short, by the measure's column."""
    return dollars(value) if measure == COST else f"{compact(round(value))} tokens"


def amount_scale(values: Iterable[float], measure: str) -> scales.Scale:
    """The axis of a measure from 0: tokens in k and M, or dollars."""
    if measure != COST:
        return scales.scale(values, units=scales.COUNTS, smallest_step=1)
    scale = scales.scale(values, units=DOLLARS)
    return replace(scale, labels=tuple(f"${label}".replace(" ", "") for label in scale.labels))
