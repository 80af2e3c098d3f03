"""Owns the view: everything a link holds, the ways it is narrowed, and the URL's parameters it is written to."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from analytics_dash.runs.comparison import Comparison
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.period import length_of

N = TypeVar("N", int, float)
PRESETS: Final = ("24h", "7d", "30d", "90d")
DEFAULT_PRESET: Final = "7d"
NO_USER: Final = "(no user)"
"""How runs without a `user_id` are named, on screen and in a link."""
STATES: Final = ("PENDING", "PAUSED", "RESUMED", "COMPLETED", "FAILED", "CANCELLED")
GRANULARITIES: Final = ("hour", "day", "week")
COMPARISONS: Final = tuple(str(comparison) for comparison in Comparison)
COLUMNS: Final = (
    *("date", "outcome", "state", "latency", "total_tokens", "user_id", "ran_by_display_name", "ran_by_type"),
    *("run_type", "models", "error", "feedback", "inputs", "outputs"),
    *("parent_project_name", "parent_run_id", "conversation_id", "run_id"),
)
"""What the table of runs can show, in the order in which it does so of itself."""
SORTABLE: Final = tuple(name for name in COLUMNS if name not in {"inputs", "outputs", "models"})
SORTS: Final = tuple(sign + name for name in SORTABLE for sign in ("", "-"))
ONLY: Final = ("failing", "abandoned")
"""The conversations that a list of them can be narrowed to."""
PERCENTILES: Final = ("p50", "p75", "p90", "p95", "p99")


@dataclass(frozen=True)
class View:
    """What is looked at: a flow, a range, a zone, filters and how it is shown; the empty view is as first opened.

    Ranges are [from, to): `latency_*` and `threshold` in seconds, `tokens_*` in tokens; None is open. `without` holds
    pairs of a dimension's name and a value: runs that have any of them are left out. `contradicts` asks for the runs
    whose state and success flag say different things. Values are written as `pattern_of` reads them. `run` is the one
    that is read, and `against` the one it is laid beside. `sort` is a column of a page's list, with “-” before it for
    highest first; `find` is looked for in it, `only` what it is narrowed to, and `page` its page from 2 on, None being
    the first. `choices` are pairs of a choice's name and value (`runs.choice`).
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
    contradicts: bool = False
    latency_from: float | None = None
    latency_to: float | None = None
    tokens_from: int | None = None
    tokens_to: int | None = None
    q: str | None = None
    threshold: float | None = None
    percentiles: tuple[str, ...] = ()
    tests: bool = False
    latency_without_failed: bool = False
    run: str | None = None
    against: str | None = None
    sort: str | None = None
    columns: tuple[str, ...] = ()
    find: str | None = None
    only: str | None = None
    page: int | None = None
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def is_custom(self) -> bool:
        """Whether the range is given by instants and not by a length that ends now."""
        return self.start is not None and self.end is not None

    def interval(self, now: datetime) -> tuple[datetime, datetime]:
        """The range as [start, end) in UTC; a mere length ends at `now`."""
        if self.start is not None and self.end is not None:
            return self.start, self.end
        return now - self.length, now

    @property
    def length(self) -> timedelta:
        """How long the range is."""
        return self.end - self.start if self.start is not None and self.end is not None else length_of(self.range)

    def narrowed(self, start: datetime, end: datetime) -> View:
        """The same view over the instants [start, end)."""
        return replace(self, start=start.astimezone(UTC), end=end.astimezone(UTC))

    def within(self, start: datetime, end: datetime) -> View:
        """The same view over the part of [start, end) that a custom range of its own holds."""
        if self.start is not None and self.end is not None and max(start, self.start) < min(end, self.end):
            start, end = max(start, self.start), min(end, self.end)
        return self.narrowed(start, end)

    def toggled(self, name: str, value: str) -> View:
        """The same view asking for just this value of a dimension or of “error_group” too, or not if it did."""
        value = exactly(value)
        held = getattr(self, name)
        if value == held or (isinstance(held, tuple) and value in held):
            return self.less(name, value)
        changed: dict[str, Any] = {name: (*held, value) if isinstance(held, tuple) else value}
        return replace(self, without=tuple(pair for pair in self.without if pair != (name, value)), **changed)

    def left_out(self, name: str, value: str) -> View:
        """The same view without the runs that have just this value of a dimension."""
        value = exactly(value)
        kept = self.less(name, value)
        return kept if (name, value) in kept.without else replace(kept, without=(*kept.without, (name, value)))

    def with_latency(self, low_s: float | None, high_s: float | None) -> View:
        """The same view over the part of [low_s, high_s) seconds that a range of its own holds."""
        low_s, high_s = _common((self.latency_from, self.latency_to), (low_s, high_s))
        return replace(self, latency_from=low_s, latency_to=high_s)

    def with_tokens(self, low: int | None, high: int | None) -> View:
        """The same view over the part of [low, high) tokens that a range of its own holds."""
        low, high = _common((self.tokens_from, self.tokens_to), (low, high))
        return replace(self, tokens_from=low, tokens_to=high)

    def at_large(self) -> View:
        """The same view without the run that is read."""
        return replace(self, run=None, against=None)

    def of_runs(self) -> View:
        """Only what decides which runs are in the view and what they amount to, not how they are listed and drawn."""
        names = ("run", "against", "sort", "find", "only", "page", "granularity", "compare", "threshold")
        bare: dict[str, Any] = dict.fromkeys(names)
        return replace(self, columns=(), percentiles=(), choices=(), **bare)

    def without_place(self) -> View:
        """The same view, as another page opens on it: nothing looked for in its list, and on the first page."""
        return replace(self, find=None, page=None)

    def with_preset(self, preset: str) -> View:
        """The same view over a length of time that ends now."""
        return replace(self, range=preset, start=None, end=None)

    def less(self, name: str, value: str | tuple[str, str]) -> View:
        """The same view with one value of one filter taken away."""
        held = getattr(self, name)
        changed: dict[str, Any] = {name: tuple(v for v in held if v != value) if isinstance(held, tuple) else None}
        return replace(self, **changed)

    def to_query(self) -> dict[str, list[str]]:
        """The URL's parameters, only what differs from the empty view; instants in UTC."""
        query: dict[str, list[str]] = {}
        for name, parameter in PARAMETER_OF.items():
            texts = _texts(parameter, getattr(self, name))
            if texts and not (name == "range" and (self.is_custom or texts == [DEFAULT_PRESET])):
                query[parameter] = texts
        return query


MULTIPLE: Final = (
    *("state", "outcome", "user", "run_type", "ran_by", "ran_by_type"),
    *("model", "parent", "conversation", "feedback"),
)
"""The filters that take several values, each a dimension's name."""
SWITCHES: Final = {"tests": "include", "contradicts": "yes", "latency_without_failed": "yes"}
"""The fields that are on or off, and the word that stands for on."""
RANGES: Final = (("latency_from", "latency_to"), ("tokens_from", "tokens_to"))
FILTERS: Final = (*MULTIPLE, "without", "error_group", "contradicts", *(name for pair in RANGES for name in pair), "q")
"""The fields that leave runs out, but for the range and test runs; each is as in the empty view where it does not."""
_RENAMED: Final = {"without": "not", "choices": "show"}
PARAMETER_OF: Final = {field.name: _RENAMED.get(field.name, field.name) for field in fields(View)}
"""The name of each field in a link."""
PARAMETERS: Final = tuple(PARAMETER_OF.values())


def _common(held: tuple[N | None, N | None], asked: tuple[N | None, N | None]) -> tuple[N | None, N | None]:
    """The part of the range asked for that is held; all of it where they have no part in common."""
    lows, highs = ([edge for edge in pair if edge is not None] for pair in zip(held, asked, strict=True))
    if lows and highs and max(lows) >= min(highs):
        return asked
    return max(lows, default=None), min(highs, default=None)


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
