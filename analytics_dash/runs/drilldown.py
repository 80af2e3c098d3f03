"""Owns what a click on a chart says: buckets, a value, a stretch of latency or tokens, read from what the browser sent.

A mark's customdata is one of [start, end], ["dimension", name, value], ["cell", start, end, low_s, high_s],
["latency", low_s, high_s], ["tokens", low, high] and ["tokens_cell", low, high, low_s, high_s]: instants in ISO 8601,
ranges [low, high), null where open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Final

from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.parameter import MAX_SECONDS, MAX_TOKENS, error_group, free_text
from analytics_dash.runs.view import MULTIPLE, View

Bounds = tuple[float | None, float | None]
"""A range [low, high), None where open."""


@dataclass(frozen=True)
class Bucket:
    """A stretch of time, [start, end) in UTC, that is not empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a bucket's bounds are instants, with a zone")
        if self.start >= self.end:
            raise ValueError("a bucket's start is before its end")


@dataclass(frozen=True)
class Pick:
    """What was picked on a chart; what is None was not part of it."""

    bucket: Bucket | None = None
    value: tuple[str, str] | None = None
    """A dimension's name, or “error_group”, and the value picked."""
    latency: Bounds | None = None
    tokens: Bounds | None = None

    @property
    def kind(self) -> tuple[bool, ...]:
        """Which of its parts it has."""
        return tuple(part is not None for part in (self.bucket, self.value, self.latency, self.tokens))

    def applied(self, view: View) -> View:
        """The view narrowed to what was picked, never wider than it was; a value that it asks for already goes."""
        if self.bucket is not None:
            view = view.within(self.bucket.start, self.bucket.end)
        if self.value is not None:
            view = view.toggled(*self.value)
        if self.latency is not None:
            view = view.with_latency(*self.latency)
        if self.tokens is None:
            return view
        low, high = map(_whole, self.tokens)
        is_empty = low is not None and high is not None and low >= high  # no count lies between 0.5 and 1
        return view if is_empty else view.with_tokens(low, high)


def picked(selection: object) -> Pick | None:
    """What a Plotly selection says, outer or inner mapping; None where none of its points says anything.

    Points of the first one's kind together are the range from the lowest to the highest; of values the first is taken.
    """
    picks = [pick for point in _points(selection) if (pick := _pick(point)) is not None]
    return reduce(_joined, picks) if picks else None


def _joined(first: Pick, other: Pick) -> Pick:
    if first.value is not None or first.kind != other.kind:
        return first
    bucket = None
    if first.bucket is not None and other.bucket is not None:
        bucket = Bucket(min(first.bucket.start, other.bucket.start), max(first.bucket.end, other.bucket.end))
    return Pick(bucket, None, _widest(first.latency, other.latency), _widest(first.tokens, other.tokens))


def _widest(one: Bounds | None, other: Bounds | None) -> Bounds | None:
    if one is None or other is None:
        return None
    lows, highs = ([edge for edge in pair if edge is not None] for pair in zip(one, other, strict=True))
    return min(lows) if len(lows) == len(one) else None, max(highs) if len(highs) == len(one) else None


def customdata_of(selection: object) -> list[list[object]]:
    """What each point of a Plotly selection carries, in order, whatever the browser sent; empty for none."""
    return [list(_parts(point.get("customdata"))) for point in _points(selection) if isinstance(point, Mapping)]


def is_over_time(customdata: object) -> bool:
    """Whether a mark stands for a bucket of time and nothing else."""
    pick = _pick({"customdata": customdata})
    return pick is not None and pick.bucket is not None and pick.latency is None


def _points(selection: object) -> list[object]:
    inner = selection.get("selection", selection) if isinstance(selection, Mapping) else None
    points = inner.get("points") if isinstance(inner, Mapping) else None
    return list(points) if isinstance(points, (list, tuple)) else []


def _pick(point: object) -> Pick | None:
    parts = list(_parts(point.get("customdata"))) if isinstance(point, Mapping) else []
    read = _KINDS.get(parts[0], _bucket) if parts and isinstance(parts[0], str) else None
    try:
        return read(*parts) if read is not None else None
    except (ValueError, OverflowError, TypeError):  # malformed, out of the calendar, of another length
        return None


def _parts(customdata: object) -> Iterator[object]:
    """The parts in order; Streamlit hands over a list for bars and a dict with keys "0", "1" for scatters."""
    if isinstance(customdata, Mapping):
        customdata = [value for _, value in sorted(customdata.items(), key=lambda item: str(item[0]))]
    if isinstance(customdata, (list, tuple)):
        yield from customdata


def _bucket(start: object, end: object, *_: object) -> Pick:
    return Pick(Bucket(_instant(start), _instant(end)))


def _value(_: object, name: object, value: object) -> Pick:
    if not isinstance(name, str) or not isinstance(value, str) or not value.strip():
        raise ValueError("a dimension and its value are texts")
    if name == "error_group":
        return Pick(value=(name, error_group(value)))
    if name not in MULTIPLE or (name == "outcome" and value not in set(Outcome)):
        raise ValueError("no filter takes this")
    return Pick(value=(name, free_text(value)))


def _cell(_: object, start: object, end: object, low_s: object, high_s: object) -> Pick:
    return Pick(Bucket(_instant(start), _instant(end)), latency=_bounds(low_s, high_s))


def _latency(_: object, low_s: object, high_s: object) -> Pick:
    return Pick(latency=_bounds(low_s, high_s))


def _tokens(_: object, low: object, high: object) -> Pick:
    return Pick(tokens=_bounds(low, high, most=MAX_TOKENS))


def _tokens_cell(_: object, low: object, high: object, low_s: object, high_s: object) -> Pick:
    return Pick(tokens=_bounds(low, high, most=MAX_TOKENS), latency=_bounds(low_s, high_s))


_KINDS: Final[Mapping[str, Callable[..., Pick]]] = {
    "dimension": _value,
    "cell": _cell,
    "latency": _latency,
    "tokens": _tokens,
    "tokens_cell": _tokens_cell,
}


def _bounds(low: object, high: object, *, most: float = MAX_SECONDS) -> Bounds:
    """The range [low, high), None where open or where a link could not hold the number."""
    bounds = _edge(low, most), _edge(high, most)
    if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
        raise ValueError("a range's low is below its high")
    return bounds


def _edge(value: object, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("an edge is a number")
    return float(value) if 0 <= value <= most else None


def _whole(edge: float | None) -> int | None:
    """The first whole number that is not below the edge: of whole numbers, it parts the same ones."""
    return None if edge is None else math.ceil(edge)


def _instant(value: object) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("an instant is a text, and has a zone")
    return moment.astimezone(UTC)
