"""Owns how a link is read: the view that a URL's parameters describe, with everything wrong told and ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from analytics_dash.runs import parameter
from analytics_dash.runs.choice import CHOICES
from analytics_dash.runs.order import EVERY_SORT
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.parameter import instant
from analytics_dash.runs.period import typed_length
from analytics_dash.runs.view import (
    COLUMNS,
    COMPARISONS,
    GRANULARITIES,
    MULTIPLE,
    ONLY,
    PARAMETER_OF,
    PARAMETERS,
    PERCENTILES,
    RANGES,
    STATES,
    SWITCHES,
    View,
)

T = TypeVar("T")
MAX_VALUES: Final = 100  # values of one parameter that are still a filter and not an accident
IGNORED: Final = frozenset({"embed", "embed_options"})
"""Parameters that belong to Streamlit and are none of the view's business."""
KNOWN: Final = frozenset(PARAMETERS) | IGNORED


def _state(text: str) -> str:
    return text.upper() if text.upper() in STATES else parameter.free_text(text)


_ONE: Final[Mapping[str, Callable[[str], object]]] = {
    "org": parameter.free_text,
    "flow": parameter.free_text,
    "range": typed_length,
    "tz": parameter.zone,
    "granularity": parameter.one_of("a granularity", GRANULARITIES),
    "compare": parameter.one_of("a comparison", COMPARISONS),
    "error_group": parameter.error_group,
    "latency_from": parameter.seconds,
    "latency_to": parameter.seconds,
    "tokens_from": parameter.tokens,
    "tokens_to": parameter.tokens,
    "q": parameter.free_text,
    "threshold": parameter.seconds,
    "run": parameter.free_text,
    "against": parameter.free_text,
    "sort": parameter.one_of("a sort", EVERY_SORT),
    "find": parameter.free_text,
    "only": parameter.one_of("what is listed alone", ONLY),
    "page": parameter.page,
    **{name: parameter.only(word) for name, word in SWITCHES.items()},
}
_MANY: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(MULTIPLE, parameter.free_text),
    "state": _state,
    "outcome": parameter.one_of("an outcome", Outcome),
    "columns": parameter.one_of("a column", COLUMNS),
    "percentiles": parameter.one_of("a percentile", PERCENTILES),
    "not": parameter.left_out(MULTIPLE),
    "show": parameter.choice(CHOICES),
}


def view_from_query(query: Mapping[str, Sequence[str]], *, now: datetime) -> tuple[View, tuple[str, ...]]:
    """The view that a URL's parameters describe, and a sentence for each part that could not be used."""
    problems = [f"This link has a part the dashboard does not know: “{_short(k)}”." for k in query if k not in KNOWN]
    given = {name: [v for v in query.get(name, ()) if v.strip()] for name in PARAMETERS}
    values: dict[str, Any] = {name: _one(name, given[name], problems, read=read) for name, read in _ONE.items()}
    values |= {name: _many(name, given[name], problems, read=read) for name, read in _MANY.items()}
    values |= _instants(given, problems, now)
    values["show"] = _chosen(values["show"], problems)
    for low, high in RANGES:
        _check_range(low, high, values, problems)
    held = {name: values[parameter] for name, parameter in PARAMETER_OF.items()}
    return View(**{name: value for name, value in held.items() if value is not None}), tuple(problems)


def _one(name: str, texts: list[str], problems: list[str], *, read: Callable[[str], T]) -> T | None:
    if len(texts) > 1:
        problems.append(f"The link names “{name}” more than once; the first is used.")
    try:
        return read(texts[0]) if texts else None
    except ValueError as error:
        problems.append(f"The link's “{name}={_short(texts[0])}” was left out: {error}.")
        return None


def _many(name: str, texts: Iterable[str], problems: list[str], *, read: Callable[[str], T]) -> tuple[T, ...]:
    values: list[T] = []
    for text in texts:
        value = _one(name, [text], problems, read=read)
        if value is not None and value not in values:
            values.append(value)
    if len(values) > MAX_VALUES:
        problems.append(f"The link has {len(values)} values of “{name}”; the first {MAX_VALUES} are used.")
    return tuple(values[:MAX_VALUES])


def _chosen(pairs: Iterable[tuple[str, str]], problems: list[str]) -> tuple[tuple[str, str], ...]:
    """What is shown otherwise than of itself, each choice once."""
    held: dict[str, str] = {}
    for name, value in pairs:
        if held.setdefault(name, value) != value:
            problems.append(f"The link chooses “{name}” more than once; the first is used.")
    return tuple((name, value) for name, value in held.items() if value != CHOICES[name][0])


def _check_range(low: str, high: str, values: dict[str, Any], problems: list[str]) -> None:
    """Leave out both bounds of a range that would hold nothing."""
    if values[low] is not None and values[high] is not None and values[low] >= values[high]:
        problems.append(f"The link's “{low}” is not below its “{high}”, so both were left out.")
        values[low] = values[high] = None


def _instants(given: Mapping[str, list[str]], problems: list[str], now: datetime) -> dict[str, datetime | None]:
    """Both bounds of a custom range, or neither; an open end is now."""
    start = _one("start", given["start"], problems, read=instant)
    end = _one("end", given["end"], problems, read=instant)
    if start and not end and not given["end"]:
        end = now
    if start and end and start < end:
        return {"start": start, "end": end}
    if start and end:
        problems.append("The link's start is not before its end, so its range was left out.")
    elif end and not given["start"]:
        problems.append("The link has an end and no start, so its range was left out.")
    return {"start": None, "end": None}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
