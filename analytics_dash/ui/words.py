"""Owns how values are written for people: numbers, durations, instants, and strangers' text kept from being markup."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NOTHING: Final = "no data"
WORD_JOINER: Final = "\u2060"  # of no width: keeps Markdown from making a link of an address
_LINK: Final = re.compile(r"(?i)@|:(?=//)|www(?=\.)")
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str, *, limit: int = 80) -> str:
    """Text from strangers as Markdown that shows exactly that text, on one line, cut at `limit` characters."""
    line = " ".join(text.split())
    short = line if len(line) <= limit else line[: limit - 1] + "…"
    return _PUNCTUATION.sub(r"\\\1", _LINK.sub(lambda found: found[0] + WORD_JOINER, short))


def count(number: int, noun: str, plural: str | None = None) -> str:
    """“1 run”, “12,418 runs”."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def seconds(value: float | None) -> str:
    """A duration with its unit: 820 ms, 4.21 s, 3.5 min."""
    if value is None:
        return NOTHING
    if abs(value) < 1:
        return f"{value * 1000:.0f} ms"
    if abs(value) < 120:
        return f"{value:.2f} s" if abs(value) < 10 else f"{value:.1f} s"
    return f"{value / 60:.1f} min" if abs(value) < 7200 else f"{value / 3600:.1f} h"


def percent(rate: float | None) -> str:
    """A share with the decimals it bears: 3.2 %, 0.04 %."""
    if rate is None:
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


def age(value: timedelta) -> str:
    """How long something lasts, in its largest unit: 40 s, 25 min, 3 h, 2 d."""
    total = max(0, int(value.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if total >= size:
            return f"{total // size} {unit}"
    return f"{total} s"


def moment(instant: datetime, zone: str, *, now: datetime | None = None) -> str:
    """An instant in the viewer's zone: “24 Nov 2026, 14:02”; only the time where it is today."""
    local = instant.astimezone(ZoneInfo(zone))
    if now is not None and local.date() == now.astimezone(ZoneInfo(zone)).date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %Y, %H:%M}"


def span(start: datetime, end: datetime, zone: str) -> str:
    """A range in the viewer's zone, said once where both ends share it: “24 Nov 2026, 14:00 – 15:00”."""
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    if first.date() == last.date():
        return f"{moment(start, zone)} – {last:%H:%M}"
    return f"{moment(start, zone)} – {moment(end, zone)}"
