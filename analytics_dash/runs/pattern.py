"""Owns how a filter's value is written in a link: as it is, or between asterisks for every value that contains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MARK: Final = "*"
ESCAPE: Final = "\\"


@dataclass(frozen=True)
class Pattern:
    """What a filter asks a value to be: this text or, with `is_part`, any that contains it, in capitals or not."""

    text: str
    is_part: bool = False


def pattern_of(written: str) -> Pattern:
    """What is asked for: “*acme*” is a part; a backslash before an asterisk or another backslash is left out."""
    if len(written) > len(MARK) * 2 and written.startswith(MARK) and written.endswith(MARK):
        return Pattern(written.removeprefix(MARK).removesuffix(MARK), is_part=True)
    is_escaped = written.startswith((ESCAPE + MARK, ESCAPE * 2))
    return Pattern(written.removeprefix(ESCAPE) if is_escaped else written)


def exactly(value: str) -> str:
    """How a filter asks for just this value, whatever its characters: nearly always as it is."""
    return value if pattern_of(value) == Pattern(value) else ESCAPE + value


def only_value(written: Sequence[str]) -> str | None:
    """The one value that a filter asks for; None where it asks for none, for several, or for a part."""
    asked = [pattern_of(each) for each in written]
    return asked[0].text if len(asked) == 1 and not asked[0].is_part else None
