"""Owns what a click on a chart says: the bucket it hit, read from the selection that the browser sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


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


def clicked_bucket(selection: object) -> Bucket | None:
    """The first bucket among a Plotly selection's points, outer or inner mapping; None where there is none."""
    inner = selection.get("selection", selection) if isinstance(selection, Mapping) else None
    points = inner.get("points") if isinstance(inner, Mapping) else None
    if not isinstance(points, (list, tuple)):
        return None
    return next((bucket for point in points if (bucket := _bucket(point)) is not None), None)


def _bucket(point: object) -> Bucket | None:
    texts = list(_texts(point.get("customdata"))) if isinstance(point, Mapping) else []
    try:
        start, end = (_instant(text) for text in texts[:2])
        return Bucket(start, end)
    except (ValueError, OverflowError):
        return None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant has a zone")
    return moment.astimezone(UTC)


def _texts(customdata: object) -> Iterator[str]:
    """The texts in order; Streamlit hands over a list for bars and a dict with keys "0", "1" for scatters."""
    if isinstance(customdata, Mapping):
        customdata = [value for _, value in sorted(customdata.items(), key=lambda item: str(item[0]))]
    if isinstance(customdata, (list, tuple)):
        yield from (text for text in customdata if isinstance(text, str))
