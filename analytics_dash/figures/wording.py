"""Owns how charts write stretches of time in the viewer's zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

A_MOMENT: Final = timedelta(microseconds=1)


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
