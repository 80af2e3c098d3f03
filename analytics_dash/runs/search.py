"""Owns how a text search is read: words and “quoted phrases” that must all occur, and -words that must not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SEARCH_HELP: Final = (
    'Looks in inputs, outputs and errors, whatever the case. Several words must all occur, in any order; "quoted '
    'words" occur as they stand; -word leaves out runs that hold it.'
)
TERM: Final = re.compile(r'(?P<minus>-(?=[^-\s]))?(?:["“”„](?P<phrase>[^"“”„]*)["“”„](?=\s|$)|(?P<word>\S+))')
"""A dash that is followed by another is part of its word, and a quotation mark without a second one too."""


@dataclass(frozen=True)
class Search:
    """What must occur somewhere in a run's texts, and what must not; nothing of either asks for every run."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


def search_of(text: str | None) -> Search:
    """The search that somebody typed; each term once, blank ones left out."""
    found: dict[bool, dict[str, None]] = {False: {}, True: {}}
    for term in TERM.finditer(text or ""):
        words = term["phrase"] if term["phrase"] is not None else term["word"]
        if words.strip():
            found[bool(term["minus"])][words] = None
    return Search(tuple(found[False]), tuple(found[True]))
