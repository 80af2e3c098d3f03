"""Owns the view: everything a link holds, read from and written to a URL's parameters, with what was wrong told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from analytics_dash.runs import link
from analytics_dash.runs.comparison import Comparison
from analytics_dash.runs.link import instant as instant
from analytics_dash.runs.outcome import Outcome

T = TypeVar("T")
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
GRANULARITIES: Final = ("hour", "day", "week")
COMPARISONS: Final = (str(Comparison.PREVIOUS), str(Comparison.LAST_WEEK))
PERCENTILES: Final = ("p50", "p75", "p90", "p95", "p99")
MAX_VALUES: Final = 100  # values of one parameter that are still a filter and not an accident
IGNORED: Final = frozenset({"embed", "embed_options", "run"})
"""Parameters that belong to Streamlit or to one page and are none of the view's business."""


@dataclass(frozen=True)
class View:
    """What is looked at: a flow, a range, a zone, filters and how it is shown; the empty view is as first opened.

    Ranges are [from, to): `latency_*` and `threshold` in seconds, `tokens_*` in tokens; None is open. `without` holds
    pairs of a dimension's name and a value: runs that have any of them are left out.
    """

    org: str | None = None
    flow: str | None = None
    range: str = DEFAULT_PRESET
    start: datetime | None = None
    end: datetime | None = None
    tz: str | None = None
    granularity: str | None = None
    compare: str | None = None
    state: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    run_type: tuple[str, ...] = ()
    ran_by: tuple[str, ...] = ()
    ran_by_type: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    error_group: str | None = None
    latency_from: float | None = None
    latency_to: float | None = None
    tokens_from: int | None = None
    tokens_to: int | None = None
    q: str | None = None
    threshold: float | None = None
    percentiles: tuple[str, ...] = ()
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

    def less(self, name: str, value: str | tuple[str, str]) -> View:
        """The same view with one value of one filter taken away."""
        held = getattr(self, name)
        changed: dict[str, Any] = {name: tuple(v for v in held if v != value) if isinstance(held, tuple) else None}
        return replace(self, **changed)

    def to_query(self) -> dict[str, list[str]]:
        """The URL's parameters, only what differs from the empty view; instants in UTC."""
        query: dict[str, list[str]] = {}
        for name, parameter in _PARAMETER_OF.items():
            texts = _texts(parameter, getattr(self, name))
            if texts and not (name == "range" and (self.is_custom or texts == [DEFAULT_PRESET])):
                query[parameter] = texts
        return query


MULTIPLE: Final = (
    *("state", "outcome", "user", "run_type", "ran_by", "ran_by_type"),
    *("model", "parent", "conversation", "feedback"),
)
"""The filters that take several values, each a dimension's name."""
SWITCHES: Final = {"tests": "include", "latency_without_failed": "yes"}
"""The fields that are on or off, and the word that stands for on."""
RANGES: Final = (("latency_from", "latency_to"), ("tokens_from", "tokens_to"))
_PARAMETER_OF: Final = {field.name: "not" if field.name == "without" else field.name for field in fields(View)}
PARAMETERS: Final = tuple(_PARAMETER_OF.values())


def _state(text: str) -> str:
    return text.upper() if text.upper() in STATES else link.free_text(text)


_ONE: Final[Mapping[str, Callable[[str], object]]] = {
    "org": link.free_text,
    "flow": link.free_text,
    "range": link.one_of("a range", PRESETS),
    "tz": link.zone,
    "granularity": link.one_of("a granularity", GRANULARITIES),
    "compare": link.one_of("a comparison", COMPARISONS),
    "error_group": link.error_group,
    "latency_from": link.seconds,
    "latency_to": link.seconds,
    "tokens_from": link.tokens,
    "tokens_to": link.tokens,
    "q": link.free_text,
    "threshold": link.seconds,
    **{name: link.only(word) for name, word in SWITCHES.items()},
}
_MANY: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(MULTIPLE, link.free_text),
    "state": _state,
    "outcome": link.one_of("an outcome", Outcome),
    "percentiles": link.one_of("a percentile", PERCENTILES),
    "not": link.left_out(MULTIPLE),
}


def view_from_query(query: Mapping[str, Sequence[str]], *, now: datetime) -> tuple[View, tuple[str, ...]]:
    """The view that a URL's parameters describe, and a sentence for each part that could not be used."""
    problems = [f"This link has a part the dashboard does not know: “{_short(k)}”." for k in query if k not in KNOWN]
    given = {name: [v for v in query.get(name, ()) if v.strip()] for name in PARAMETERS}
    values: dict[str, Any] = {name: _one(name, given[name], problems, read=read) for name, read in _ONE.items()}
    values |= {name: _many(name, given[name], problems, read=read) for name, read in _MANY.items()}
    values |= _instants(given, problems, now)
    for low, high in RANGES:
        _check_range(low, high, values, problems)
    held = {name: values[parameter] for name, parameter in _PARAMETER_OF.items()}
    return View(**{name: value for name, value in held.items() if value is not None}), tuple(problems)


KNOWN: Final = frozenset(PARAMETERS) | IGNORED


def _texts(parameter: str, value: object) -> list[str]:
    if value is None or value is False or value == ():
        return []
    if value is True:
        return [SWITCHES[parameter]]
    if isinstance(value, datetime):
        return [value.astimezone(UTC).isoformat().replace("+00:00", "Z")]
    if isinstance(value, tuple):
        return [":".join(v) if isinstance(v, tuple) else str(v) for v in value]
    return [repr(value).removesuffix(".0") if isinstance(value, float) else str(value)]


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
