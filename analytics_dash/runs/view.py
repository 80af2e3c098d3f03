"""Owns the view: everything a link holds, read from and written to a URL's parameters, with what was wrong told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from analytics_dash.runs.outcome import Outcome

PRESETS: Final = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
DEFAULT_PRESET: Final = "7d"
NO_USER: Final = "(no user)"
"""How runs without a `user_id` are named, on screen and in a link."""
STATES: Final = ("PENDING", "PAUSED", "RESUMED", "COMPLETED", "FAILED", "CANCELLED")
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""No flow has runs beyond these, and every zone can show what lies between."""
MAX_VALUE_LENGTH: Final = 500  # longer than any id the API is known to send; keeps links within browsers' limits
MAX_VALUES: Final = 100  # values of one parameter that are still a filter and not an accident
IGNORED: Final = frozenset({"embed", "embed_options", "run"})
"""Parameters that belong to Streamlit or to one page and are none of the view's business."""


@dataclass(frozen=True)
class View:
    """What is looked at: a flow, a range, a zone and filters; the empty view is the dashboard as first opened."""

    org: str | None = None
    flow: str | None = None
    range: str = DEFAULT_PRESET
    start: datetime | None = None
    end: datetime | None = None
    tz: str | None = None
    state: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    run_type: tuple[str, ...] = ()
    ran_by: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    q: str | None = None
    tests: bool = False
    latency_without_failed: bool = False

    @property
    def is_custom(self) -> bool:
        """Whether the range is given by instants and not by a preset."""
        return self.start is not None and self.end is not None

    def interval(self, now: datetime) -> tuple[datetime, datetime]:
        """The range as [start, end) in UTC; a preset ends at `now`."""
        if self.start is not None and self.end is not None:
            return self.start, self.end
        return now - PRESETS[self.range], now

    def narrowed(self, start: datetime, end: datetime) -> View:
        """The same view over the instants [start, end)."""
        return replace(self, start=start.astimezone(UTC), end=end.astimezone(UTC))

    def with_preset(self, preset: str) -> View:
        """The same view over a preset range."""
        return replace(self, range=preset, start=None, end=None)

    def without(self, name: str, value: str) -> View:
        """The same view with one value of one filter taken away."""
        held = getattr(self, name)
        changed: dict[str, Any] = {name: tuple(v for v in held if v != value) if isinstance(held, tuple) else None}
        return replace(self, **changed)

    def to_query(self) -> dict[str, list[str]]:
        """The URL's parameters, only what differs from the empty view; instants in UTC."""
        query: dict[str, list[str]] = {}
        for name in PARAMETERS:
            texts = _texts(name, getattr(self, name))
            if texts and not (name == "range" and (self.is_custom or texts == [DEFAULT_PRESET])):
                query[name] = texts
        return query


MULTIPLE: Final = ("state", "outcome", "user", "run_type", "ran_by", "model", "parent", "conversation", "feedback")
SWITCHES: Final = {"tests": "include", "latency_without_failed": "yes"}
"""The fields that are on or off, and the word that stands for on."""
PARAMETERS: Final = tuple(field.name for field in fields(View))


def view_from_query(query: Mapping[str, Sequence[str]], *, now: datetime) -> tuple[View, tuple[str, ...]]:
    """The view that a URL's parameters describe, and a sentence for each part that could not be used."""
    problems = [f"This link has a part the dashboard does not know: “{_short(k)}”." for k in query if k not in KNOWN]
    given = {name: [v for v in query.get(name, ()) if v.strip()] for name in PARAMETERS}
    values: dict[str, Any] = {}
    for name in ("org", "flow", "q"):
        values[name] = _one(name, given[name], problems, read=_free_text)
    values["range"] = _one("range", given["range"], problems, read=_preset) or DEFAULT_PRESET
    values["tz"] = _one("tz", given["tz"], problems, read=_zone)
    for name, word in SWITCHES.items():
        values[name] = _one(name, given[name], problems, read=_only(word)) is not None
    for name in MULTIPLE:
        values[name] = _many(name, given[name], problems)
    values |= _instants(given, problems, now)
    return View(**values), tuple(problems)


KNOWN: Final = frozenset(PARAMETERS) | IGNORED


def _texts(name: str, value: object) -> list[str]:
    if value is None or value is False or value == ():
        return []
    if value is True:
        return [SWITCHES[name]]
    if isinstance(value, datetime):
        return [value.astimezone(UTC).isoformat().replace("+00:00", "Z")]
    return [str(v) for v in value] if isinstance(value, tuple) else [str(value)]


def _one(name: str, texts: list[str], problems: list[str], *, read: Callable[[str], str]) -> str | None:
    if len(texts) > 1:
        problems.append(f"The link names “{name}” more than once; the first is used.")
    try:
        return read(texts[0]) if texts else None
    except ValueError as error:
        problems.append(f"The link's “{name}={_short(texts[0])}” was left out: {error}.")
        return None


def _many(name: str, texts: Iterable[str], problems: list[str]) -> tuple[str, ...]:
    read = {"state": _state, "outcome": _outcome}.get(name, _free_text)
    values: list[str] = []
    for text in texts:
        value = _one(name, [text], problems, read=read)
        if value is not None and value not in values:
            values.append(value)
    if len(values) > MAX_VALUES:
        problems.append(f"The link has {len(values)} values of “{name}”; the first {MAX_VALUES} are used.")
    return tuple(values[:MAX_VALUES])


def _instants(given: Mapping[str, list[str]], problems: list[str], now: datetime) -> dict[str, datetime | None]:
    """Both bounds of a custom range, or neither; an open end is now."""
    bounds: dict[str, datetime | None] = {"start": None, "end": None}
    for name in bounds:
        text = _one(name, given[name], problems, read=lambda value: instant(value).isoformat())
        bounds[name] = datetime.fromisoformat(text) if text else None
    start, end = bounds["start"], bounds["end"]
    if start and not end and not given["end"]:
        end = now
    if start and end and start < end:
        return {"start": start, "end": end}
    if start and end:
        problems.append("The link's start is not before its end, so its range was left out.")
    elif end and not given["start"]:
        problems.append("The link has an end and no start, so its range was left out.")
    return {"start": None, "end": None}


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


def _preset(text: str) -> str:
    if text not in PRESETS:
        raise ValueError(f"a range is one of {', '.join(PRESETS)}")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):  # by name: malformed, a folder, unknown
        raise ValueError("a time zone looks like Europe/Paris") from None
    return text


def _only(word: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text != word:
            raise ValueError(f"it can only be “{word}”")
        return text

    return read


def _state(text: str) -> str:
    return text.upper() if text.upper() in STATES else _free_text(text)


def _outcome(text: str) -> str:
    if text not in set(Outcome):
        raise ValueError(f"an outcome is one of {', '.join(Outcome)}")
    return text


def _free_text(text: str) -> str:
    if len(text) > MAX_VALUE_LENGTH:
        raise ValueError("it is too long")
    if "\0" in text:
        raise ValueError("it holds a character that no text has")
    return text


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
