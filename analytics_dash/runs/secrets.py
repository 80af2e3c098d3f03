"""Owns what of a text must not leave the dashboard in a summary: keys, tokens, passwords and numbers of cards."""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "[removed]"
NAMES: Final = (
    r"pass(?:word|wd|phrase|code)|passwort|kennwort|pwd|secret|client[_-]?secret|(?:api|access|private|secret|auth)"
    r"[_-]?key|token|authorization|credentials?|cookie|session[_-]?id|signature|sig|cvv|cvc"
)
"""What a secret is called; `tokens` is a count and none of them."""
KNOWN: Final = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"),  # a JWT: its first part is JSON in base64
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{6,}|(?<=\bbasic )[\w+/=-]{8,}"),
    re.compile(r"\b(?:sk|pk|rk|whsec)[-_][\w-]{12,}"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|npm_|hf_|xox[abeprs]-|xapp-|gsk_|pplx-|SG\.)[\w.-]{10,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}"),
    re.compile(r"(?i)(?<=\bcookie: )[^\r\n]+"),
    re.compile(r"(?<=://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)"),  # user and password in an address
)
"""Forms that are secrets wherever they stand."""
QUOTED: Final = re.compile(
    rf"""(?i)((?:\b|_|-)(?:{NAMES})\\?["']?\s{{0,4}}[:=]\s{{0,4}}\\?)(["'])((?:\\.|(?!\2)[^\\])*)"""
)
NAMED: Final = re.compile(
    rf"""(?i)((?:\b|_|-)(?:{NAMES})["']?\s{{0,4}}[:=]\s{{0,4}})"""
    r"""(?!["'\[])((?:bearer |basic )?[^\s,;&"'<>{}]+)"""
)
SAID: Final = re.compile(rf"(?i)(\b(?:{NAMES}) (?:is|ist|was|war) )(?=\S{{0,80}}\d)\S{{4,}}")
"""In a sentence only what has a digit: “the token is expired” says what is wrong."""
CARD: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
RANDOM: Final = re.compile(r"(?<![\w+/=-])(?:[0-9a-fA-F]{32,}|[A-Za-z0-9+/_=-]{40,})(?![\w+/=-])")
"""Long and without words: a key in a form that is not known."""


def without_secrets(text: str, *, guess: bool = True) -> str:
    """The text with REMOVED in the place of everything that looks like a secret.

    Without `guess` only known forms go, so that an ID that is merely long stays.
    """
    for known in KNOWN:
        text = known.sub(REMOVED, text)
    if not guess:
        return text
    text = QUOTED.sub(rf"\1\2{REMOVED}", text)
    text = SAID.sub(rf"\1{REMOVED}", NAMED.sub(rf"\1{REMOVED}", text))
    return RANDOM.sub(_unless_words, CARD.sub(_unless_no_card, text))


def _unless_no_card(found: re.Match[str]) -> str:
    return REMOVED if _is_card([int(digit) for digit in found[0] if digit.isdigit()]) else found[0]


def _is_card(digits: list[int]) -> bool:
    """Whether the last digit checks the others, as those of cards do (Luhn)."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _unless_words(found: re.Match[str]) -> str:
    """A path or a compound word has no digits among both cases, and is left."""
    text = found[0]
    is_hex = all(letter in "0123456789abcdefABCDEF" for letter in text)
    kinds = (str.isdigit, str.isupper, str.islower)
    return REMOVED if is_hex or all(any(map(kind, text)) for kind in kinds) else text
