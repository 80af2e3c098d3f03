"""Owns the texts of the bench's runs: long, hardly two alike, with what makes JSON expensive (escapes, non-ASCII)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Final

SENTENCES: Final = 20_000  # two megabytes: no text repeats before some hundred thousand runs
LONGEST: Final = 14  # sentences of one text, about 1.6 kB
VOCABULARY: Final = (
    "the claim was filed after water damage in our kitchen and adjuster asked for another photo of invoice please "
    "check whether policy covers it Schaden Versicherung Köln für Prüfung größer Straße Übernahme résumé naïve café "
    "Málaga customer says that amount differs from estimate because second repair had been paid "
    "twice answer within three days or forward to desk which handles such cases"
)
SPICE: Final = (
    *('"as agreed"', "C:\\scans\\claim.pdf", "first line\nsecond line", "tab\there", "see page 3", "é è à ç ß ø"),
    *("10\u202f%", "€ 1,200 – 1,400", "損害保険", "Gdańsk", "“quoted”", "🙂"),
)
"""What a serializer must escape, or write in several bytes; the second half makes Python's texts two or four times as
wide, which is so for about half of all texts."""
SPICED_ONE_IN: Final = 6


class Prose:
    """Sentences one after the other, as JSON writes them; a text is a stretch of them."""

    def __init__(self, seed: int) -> None:
        sentences = list(_sentences(Random(seed)))  # noqa: S311  made-up texts, no secrets
        self._text = "".join(sentences)
        self._starts: Sequence[int] = [0, *accumulate(len(sentence) for sentence in sentences)]

    def stretch(self, first: int, count: int) -> str:
        """`count` sentences (LONGEST at most) from the first on, ready to stand between a JSON string's quotes."""
        first %= SENTENCES - LONGEST
        return self._text[self._starts[first] : self._starts[first + min(count, LONGEST)]]


def _sentences(dice: Random) -> Iterator[str]:
    vocabulary = VOCABULARY.split()
    for number in range(SENTENCES):
        words = dice.choices(vocabulary, k=dice.randint(11, 23))
        if number % SPICED_ONE_IN == 0:
            words.append(dice.choice(SPICE))
        yield json.dumps(" ".join(words).capitalize() + ". ", ensure_ascii=False)[1:-1]
