"""Owns how charts write values: numbers with their unit, and stretches of time in the viewer's zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NOTHING: Final = "no data"
A_MOMENT: Final = timedelta(microseconds=1)


def seconds(value: float) -> str:
    """A duration with its unit: 820 ms, 4.21 s, 3.5 min; “no data” for NaN."""
    if value != value:
        return NOTHING
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:.1f} h"


def percent(rate: float) -> str:
    """A share with the decimals it bears: 3.2 %, 0.04 %; “no data” for NaN."""
    if rate != rate:
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


def count(number: int, noun: str) -> str:
    """“1 run”, “12,418 runs”."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(start: datetime, end: datetime, zone: str) -> str:
    """[start, end) as its zone's clocks show it: “Tue 24 Nov 2026, 14:00–15:00 CET”; whole days by their dates."""
    first, after = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    last = (end - A_MOMENT).astimezone(ZoneInfo(zone))
    if first.time() == after.time() == time():
        dates = _date(first) if first.date() == last.date() else f"{_date(first)} – {_date(last)}"
        return f"{dates} ({'/'.join(dict.fromkeys((_name(first), _name(after))))})"
    if first.date() != last.date():
        return f"{moment(start, zone)} – {moment(end, zone)}"
    if _name(first) == _name(after):
        return f"{_date(first)}, {first:%H:%M}–{after:%H:%M} {_name(after)}"
    return f"{_date(first)}, {first:%H:%M} {_name(first)} – {after:%H:%M} {_name(after)}"


def moment(instant: datetime, zone: str) -> str:
    """An instant as its zone's clocks show it: “Tue 24 Nov 2026, 14:02 CET”."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{_date(local)}, {local:%H:%M} {_name(local)}"


def _date(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b} {local.year}"


def _name(local: datetime) -> str:
    """The zone's abbreviation, or its distance from UTC where it has none but digits."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name
