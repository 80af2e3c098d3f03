"""Owns how a response's bytes become JSON, and a page's JSON becomes runs: every row that can be read is."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from analytics_dash.runs.record import Run, as_text

BOM: Final = b"\xef\xbb\xbf"
LONGEST_INTEGER: Final = 400  # digits; longer ones only cost time, and no column holds them
NAMELESS: Final = "\0"  # begins the identity of a row that has no id
REASONS_SHOWN: Final = 3  # faults of one row
_RUNS: Final = TypeAdapter(list[Run])


class UnreadableError(ValueError):
    """A body that is not what was asked for; its text says what it is instead and quotes nothing."""


@dataclass(frozen=True)
class SetAside:
    """A row that could not be used: its id where it has one, why, and the page it came on."""

    run_id: str | None
    reason: str
    page: int


@dataclass(frozen=True)
class Page:
    """One page: an identity per row in the server's order, the runs among them, and the rows set aside by identity."""

    keys: tuple[str, ...]
    runs: tuple[Run, ...] = ()
    aside: tuple[tuple[str, SetAside], ...] = ()
    served_at: datetime | None = None


def decoded(body: bytes) -> object:
    """The body as JSON, or as text where it is not JSON; None where it is a web page or nothing."""
    try:
        return json_of(body)
    except UnreadableError:
        text = body.decode("utf-8", "replace").strip()
        return None if text.startswith("<") or not text else text


def json_of(body: bytes) -> Any:
    """The body as JSON, tolerant of what serializers get wrong; raises UnreadableError."""
    content = body.removeprefix(BOM).strip()
    if not content:
        raise UnreadableError("it is empty")
    if content.startswith(b"<"):
        raise UnreadableError("it is a web page, not data; a proxy or a log-in page may stand in between")
    try:
        return from_json(content)
    except ValueError:
        return _patiently(content)


def _patiently(content: bytes) -> Any:
    """Lone surrogates, broken UTF-8, UTF-16: whatever Python's own parser takes with replacements."""
    try:
        text = content.decode(json.detect_encoding(content), "replace")
        return json.loads(text, parse_int=_integer, strict=False)
    except (ValueError, RecursionError):
        raise UnreadableError("it is not JSON, or was cut off") from None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else float("inf")


def page_of(body: bytes, *, number: int, served_at: datetime | None = None) -> Page:
    """The rows of a page; raises UnreadableError where it is no array."""
    try:
        runs = tuple(_RUNS.validate_json(body.removeprefix(BOM)))
    except ValueError:
        return _row_by_row(json_of(body), number=number, served_at=served_at)
    return Page(tuple(run.run_id for run in runs), runs, served_at=served_at)


def _row_by_row(content: object, *, number: int, served_at: datetime | None) -> Page:
    if not isinstance(content, list):
        raise UnreadableError(f"it is {_kind(content)} where a list of runs was expected")
    keys: list[str] = []
    runs: list[Run] = []
    aside: list[tuple[str, SetAside]] = []
    alike: Counter[str] = Counter()
    for row in content:
        run, reason = _run(row)
        key = run.run_id if run is not None else _identity(row)
        if key.startswith(NAMELESS):
            alike[key] += 1
            key = f"{key} {alike[key]}"  # rows without an id are as many as there are, even where they are the same
        keys.append(key)
        if run is not None:
            runs.append(run)
        else:
            aside.append((key, SetAside(_id(row), reason, number)))
    return Page(tuple(keys), tuple(runs), tuple(aside), served_at)


def _run(row: object) -> tuple[Run | None, str]:
    """The row as a run, or why it is none."""
    if not isinstance(row, dict):
        return None, f"the row is {_kind(row)}, not an object"
    try:
        return Run.model_validate(_with_readable_usage(row)), ""
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        return None, "; ".join(_reason(dict(fault)) for fault in faults[:REASONS_SHOWN])
    except (RecursionError, ValueError):
        return None, "the row is nested too deeply or not text"


def _with_readable_usage(row: dict[str, Any]) -> dict[str, Any]:
    """The row; where names inside `llm_usage` are no text, as a lone surrogate is none, with marks in their place."""
    text = json.dumps(row.get("llm_usage"), ensure_ascii=False)
    mended = as_text(text)
    return row if mended == text else row | {"llm_usage": json.loads(str(mended))}


def _reason(fault: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {str(fault['msg']).removeprefix('Value error, ')}"


def _id(row: object) -> str | None:
    value = row.get("run_id") if isinstance(row, dict) else None
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode("utf-8")


def _identity(row: object) -> str:
    """What tells a row without a usable run apart: its id, else a digest of all it holds."""
    try:
        text = _id(row) or NAMELESS + hashlib.sha256(repr(row).encode("utf-8", "replace")).hexdigest()
    except RecursionError:
        return NAMELESS + "deep"
    return text


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
