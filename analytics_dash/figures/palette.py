"""Owns the colours of values such as models: a name has the same colour on every chart drawn for the same names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from zlib import crc32

from analytics_dash.figures.theme import DARK, Theme

LIGHT_COLOURS: Final = ("#365ac2", "#7a750e", "#168cbd", "#561a7e", "#564f00", "#442233", "#904272", "#00a582")
DARK_COLOURS: Final = ("#50b6ff", "#ffcf36", "#8db219", "#ee7cb3", "#e2c3a7", "#4873db", "#c4656a", "#33e7ff")
"""Searched for: 3:1 against the page, and as far apart as eight can be, also where red and green look alike."""


def palette(theme: Theme) -> tuple[str, ...]:
    """The colours that are told apart on the theme's page."""
    return DARK_COLOURS if theme.page == DARK.page else LIGHT_COLOURS


def colours(names: Collection[str], theme: Theme) -> Mapping[str, str]:
    """A colour for each name, by its text and not by its rank; more names than colours share some.

    A name keeps its colour while names come and go, unless one that comes has a claim to it and sorts before.
    """
    choice = palette(theme)
    given: dict[str, str] = {}
    free = set(range(len(choice)))
    for name in sorted(set(names)):
        free = free or set(range(len(choice)))
        place = next(place for place in _places(name, len(choice)) if place in free)
        free.remove(place)
        given[name] = choice[place]
    return given


def _places(name: str, count: int) -> list[int]:
    """Where a name would like to be, best first."""
    first = crc32(name.encode("utf-8", "surrogatepass")) % count
    return [(first + step) % count for step in range(count)]
