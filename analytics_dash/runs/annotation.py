"""Owns what a person notes on an instant of a flow (“new prompt v7”), and what such a text may be."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_TEXT: Final = 200  # characters: a sentence, which a chart's hover text shows whole
UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Cn"})  # control characters, halves of characters, and what is none
TURNING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # make text read in another order


@dataclass(frozen=True)
class Annotation:
    """A note on the instant `at` of a flow; by whom and when it was written as it stands, instants in UTC."""

    id: str
    at: datetime
    text: str
    made_by: str
    made_at: datetime


def cleaned(text: str) -> str:
    """The text on one line, without characters that cannot be seen or that turn others around."""
    line = " ".join(TURNING.sub("", text).split())
    return "".join(letter for letter in line if unicodedata.category(letter) not in UNSEEN).strip()
