"""Owns how feedback counts: thumbs and their words are positive or negative, everything else is own words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What a person said of a run; `own words` is feedback that is neither thumb."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    OWN_WORDS = "own words"


POSITIVE_WORDS: Final = (
    "positive", "good", "great", "like", "liked", "love", "helpful", "useful", "correct", "yes", "true", "up", "+1",
    "plus one", "thumbs up", "thumbs_up", "thumbs-up", "thumbsup", "thumb up", "thumb_up", "thumb-up", "upvote",
    "👍", "❤", "😀", "😃", "😊", "🙂", "✅",
)  # fmt: skip
NEGATIVE_WORDS: Final = (
    "negative", "bad", "poor", "dislike", "disliked", "not helpful", "not_helpful", "unhelpful", "useless", "wrong",
    "incorrect", "no", "false", "down", "-1", "minus one", "thumbs down", "thumbs_down", "thumbs-down", "thumbsdown",
    "thumb down", "thumb_down", "thumb-down", "downvote", "👎", "💔", "😞", "😡", "🙁", "☹", "❌",
)  # fmt: skip
"""Whole texts, not parts of one: “not good” and “good, but slow” are own words. A bare 1 is in neither list, since it
may be a yes as well as one star of five."""

WHITESPACE: Final = " \t\n\r\f\v"
AROUND: Final = WHITESPACE + ".!:\"'"  # “Good.”, “:+1:” and a JSON string mean what is inside
UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DROPPED: Final = (
    "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # the looks of an emoji: its colour, its skin
)
TABLE: Final = str.maketrans(UPPER, UPPER.lower(), DROPPED)
"""ASCII alone changes its case, so that the engine and Python agree on every text there is."""


def verdict(feedback: str | None) -> Verdict | None:
    """What one feedback says; None where there is none, or only white space."""
    if feedback is None or not feedback.strip(WHITESPACE):
        return None
    plain = feedback.translate(TABLE).strip(AROUND)
    if plain in POSITIVE_WORDS:
        return Verdict.POSITIVE
    return Verdict.NEGATIVE if plain in NEGATIVE_WORDS else Verdict.OWN_WORDS


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_SPACE, _AROUND = _quoted(WHITESPACE), _quoted(AROUND)
_PLAIN = f"trim(translate(feedback, {_quoted(UPPER + DROPPED)}, {_quoted(UPPER.lower())}), {_AROUND})"
_POSITIVE, _NEGATIVE = (", ".join(map(_quoted, words)) for words in (POSITIVE_WORDS, NEGATIVE_WORDS))
VERDICT_SQL: Final = f"""case
    when feedback is null or trim(feedback, {_SPACE}) = '' then null
    when {_PLAIN} in ({_POSITIVE}) then '{Verdict.POSITIVE}'
    when {_PLAIN} in ({_NEGATIVE}) then '{Verdict.NEGATIVE}'
    else '{Verdict.OWN_WORDS}'
end"""
"""The same rule over the column `feedback`."""
