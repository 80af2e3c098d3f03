"""Owns how a text that holds JSON is read: as a tree, and as lines that a person reads."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Final, NoReturn

INDENT: Final = "    "
DEEPEST: Final = 60  # levels of a tree; a deeper one is no document but an attack, and is shown raw
SAFE_DIGITS: Final = 15  # of a whole number that a browser shows as it is


def value_of(text: str) -> object:
    """What the text is in JSON, numbers that a browser would round as their digits; raises ValueError where it is none.

    So it does for what no browser could be sent (half a character) or shown (a tree without end).
    """
    try:
        found: object = json.loads(text, parse_int=_whole, parse_float=_number, parse_constant=_refused)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("too deep") from None
    if not _is_shallow(found):
        raise ValueError("too deep")
    return found


def document_of(text: str) -> dict[str, object] | list[object] | None:
    """The object or list that the text is in JSON; None where it is anything else."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = value_of(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def as_lines(document: object) -> str:
    """The document as lines “name: value”, indented where they belong to another; texts unescaped."""
    return "\n".join(_lines(document, ""))


def indented(document: object) -> str:
    """The document as JSON with a line for each value, so that two can be held against each other."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _entry(f"{name}:", inner, indent)
    elif isinstance(value, list):
        for inner in value:
            yield from _entry("–", inner, indent)
    else:
        yield from (indent + line for line in _text(value).split("\n"))


def _entry(head: str, value: object, indent: str) -> Iterator[str]:
    """On one line where it fits on one, else below its name."""
    if isinstance(value, dict | list) and value:
        yield indent + head
        yield from _lines(value, indent + INDENT)
    elif "\n" in (text := _text(value)):
        yield indent + head
        yield from (indent + INDENT + line for line in text.split("\n"))
    else:
        yield f"{indent}{head} {text}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_shallow(document: object) -> bool:
    level = [document]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return True
    return False


def _inner(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits.lstrip("-")) <= SAFE_DIGITS else digits


def _number(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
