"""Owns how amounts are written for people, on cards and in charts alike: counts, durations, shares."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "no data"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """“1 run”, “12,418 runs”."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def seconds(value: float | None) -> str:
    """A duration with its unit: 820 ms, 4.21 s, 3.5 min; “no data” for None and NaN."""
    if value is None or value != value:
        return NOTHING
    if abs(value) < 1:
        return f"{value * 1000:.0f} ms"
    if abs(value) < 120:
        return f"{value:.2f} s" if abs(value) < 10 else f"{value:.1f} s"
    return f"{value / 60:.1f} min" if abs(value) < 7200 else f"{value / 3600:.1f} h"


def percent(rate: float | None) -> str:
    """A share with the decimals it bears: 3.2 %, 0.04 %; “no data” for None and NaN."""
    if rate is None or rate != rate:
        return NOTHING
    return f"{rate * 100:.1f} %" if rate == 0 or rate >= 0.001 else f"{rate * 100:.2f} %"


def compact(number: int) -> str:
    """A large count in short: 950, 12.4 k, 3.21 M."""
    for limit, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if abs(number) >= limit * 10:
            return f"{number / limit:.1f} {unit}"
        if abs(number) >= limit:
            return f"{number / limit:.2f} {unit}"
    return f"{number:,}"
