"""Owns how one value of a link is read: each reader takes a text, and its ValueError says what is expected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from analytics_dash.runs.error_group import is_error_group_id

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""No flow has runs beyond these, and every zone can show what lies between."""
MAX_VALUE_LENGTH: Final = 500  # longer than any id the API is known to send; keeps links within browsers' limits
MAX_SECONDS: Final = 1e9  # some thirty years: no run lasts longer
MAX_TOKENS: Final = 10**15  # more than any run can spend, and still exact in a browser


def instant(text: str) -> datetime:
    """An ISO 8601 date or time as an instant in UTC (no zone means UTC); ValueError says what is expected."""
    unplussed = re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip())  # a bare + in a URL arrives as a space
    try:
        value = datetime.fromisoformat(unplussed)
        moment = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a time looks like 2026-11-24T14:00:00Z") from None
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("it is a time before 1970 or after 2200")
    return moment


def zone(text: str) -> str:
    """The name of a time zone that is known here."""
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):  # by name: malformed, a folder, unknown
        raise ValueError("a time zone looks like Europe/Paris") from None
    return text


def one_of(what: str, options: Iterable[str]) -> Callable[[str], str]:
    """A reader of exactly these words."""
    known = tuple(options)

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"{what} is one of {', '.join(known)}")
        return text

    return read


def only(word: str) -> Callable[[str], bool]:
    """A reader of one word, which stands for on."""

    def read(text: str) -> bool:
        if text != word:
            raise ValueError(f"it can only be “{word}”")
        return True

    return read


def free_text(text: str) -> str:
    """Any text that is short enough."""
    if len(text) > MAX_VALUE_LENGTH:
        raise ValueError("it is too long")
    if "\0" in text:
        raise ValueError("it holds a character that no text has")
    return text


def seconds(text: str) -> float:
    """A number of seconds, 0 or more."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_SECONDS:
        raise ValueError("a number of seconds looks like 1.5")
    return value + 0.0  # never -0.0, which a link would not write back the same


def tokens(text: str) -> int:
    """A number of tokens, 0 or more."""
    if re.fullmatch(r"[0-9]{1,16}", text.strip()) is None or int(text) > MAX_TOKENS:
        raise ValueError("a number of tokens looks like 1500")
    return int(text)


def page(text: str) -> int | None:
    """The number of a page of a list, from 1; None for the first, which links do not name."""
    if re.fullmatch(r"0*[1-9][0-9]{0,8}", text.strip()[:20]) is None:
        raise ValueError("a page is a number from 1 on")
    return None if int(text) == 1 else int(text)


def error_group(text: str) -> str:
    """The ID of a group of errors."""
    if not is_error_group_id(text):
        raise ValueError("a group of errors is named by 12 hexadecimal digits")
    return text


def choice(choices: Mapping[str, Sequence[str]]) -> Callable[[str], tuple[str, str]]:
    """A reader of “name:value”, one of the choices by name and one of its values."""

    def read(text: str) -> tuple[str, str]:
        name, _, value = text.partition(":")
        if name not in choices:
            raise ValueError("what is shown looks like errors_sort:users")
        return name, one_of(name, choices[name])(value)

    return read


def left_out(names: Iterable[str]) -> Callable[[str], tuple[str, str]]:
    """A reader of “name:value”, the name being one of these: runs with that value are left out."""
    known = tuple(names)

    def read(text: str) -> tuple[str, str]:
        name, colon, value = text.partition(":")
        if name not in known or not colon or not value.strip():
            raise ValueError("what is left out looks like run_type:api")
        return name, free_text(value)

    return read
