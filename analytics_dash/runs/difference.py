"""Owns how two texts differ: line by line, and word by word within changed lines; nothing of either is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Final

WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")
WORDS_WITHIN: Final = 1_500  # words of a line that are still compared one by one: the time grows with their square
LINES_WITHIN: Final = 2_000  # lines, for the same reason; beyond it one text goes and the other comes
ALIKE: Final = 0.3  # share of the longer one's words below which two lines are not the same one changed


class Sign(StrEnum):
    """Which text a line is in: both, the first alone, the second alone."""

    SAME = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True)
class Part:
    """A piece of a line, and whether it is what was changed there."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Line:
    """A line without its line break; its parts together are the line."""

    sign: Sign
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The line as it stood."""
        return "".join(part.text for part in self.parts)


def difference(first: str, second: str) -> list[Line]:
    """The lines of both texts in order: those of the first are SAME and REMOVED, those of the second SAME and ADDED."""
    before, after = first.split("\n"), second.split("\n")
    if len(before) > LINES_WITHIN or len(after) > LINES_WITHIN:
        return [*_whole(before, Sign.REMOVED), *_whole(after, Sign.ADDED)]
    return list(_compared(before, after))


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    for kind, low, high, start, end in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            yield from (Line(Sign.SAME, (Part(line, changed=False),)) for line in before[low:high])
        elif kind == "replace":
            yield from _changed(before[low:high], after[start:end])
        else:
            yield from _whole(before[low:high], Sign.REMOVED)
            yield from _whole(after[start:end], Sign.ADDED)


def _whole(lines: Sequence[str], sign: Sign) -> list[Line]:
    return [Line(sign, (Part(line, changed=False),)) for line in lines]


def _changed(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    """Lines that were replaced by others: each beside the one in its place, all removed ones first."""
    removed: list[Line] = []
    added: list[Line] = []
    for old, new in zip_longest(before, after):
        parts = _words(old, new) if old is not None and new is not None else None
        if old is not None:
            removed.append(Line(Sign.REMOVED, parts[0] if parts else (Part(old, changed=False),)))
        if new is not None:
            added.append(Line(Sign.ADDED, parts[1] if parts else (Part(new, changed=False),)))
    return [*removed, *added]


def _words(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
    """Both lines in parts; None where they have too little in common, or are too long, to be compared by words."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    if len(before) > WORDS_WITHIN or len(after) > WORDS_WITHIN:
        return None
    steps = SequenceMatcher(None, before, after).get_opcodes()
    kept = sum(len("".join(before[a:b]).split()) for kind, a, b, _, _ in steps if kind == "equal")
    if kept < ALIKE * max(len(old.split()), len(new.split())):
        return None
    first = (Part("".join(before[a:b]), kind != "equal") for kind, a, b, _, _ in steps if b > a)
    second = (Part("".join(after[a:b]), kind != "equal") for kind, _, _, a, b in steps if b > a)
    return tuple(first), tuple(second)
