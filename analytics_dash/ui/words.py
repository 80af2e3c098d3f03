"""Owns the interface's words: amounts, ages, instants, and strangers' text kept from being markup."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from analytics_dash.quantities import NOTHING as NOTHING
from analytics_dash.quantities import compact as compact
from analytics_dash.quantities import count as count
from analytics_dash.quantities import percent as percent
from analytics_dash.quantities import seconds as seconds

WORD_JOINER: Final = "\u2060"  # of no width: keeps Markdown from making a link of an address
_LINK: Final = re.compile(r"(?i)@|:(?=//)|www(?=\.)")
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str, *, limit: int = 80) -> str:
    """Text from strangers as Markdown that shows exactly that text, on one line, cut at `limit` characters."""
    line = " ".join(text.split())
    short = line if len(line) <= limit else line[: limit - 1] + "…"
    return _PUNCTUATION.sub(r"\\\1", _LINK.sub(lambda found: found[0] + WORD_JOINER, short))


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
