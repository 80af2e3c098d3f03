"""Owns lines over time: gaps stay gaps, what is partial is dashed, what rests on few runs has a hollow marker."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.figures.time_axis import TimeAxis

SPARSE: Final = 45  # points up to which each has a marker; beyond, markers would hide the line
MARKER: Final = 7
DENSE_MARKER: Final = 4

Ys = Sequence[float]
Flags = Sequence[bool]


@dataclass(frozen=True)
class Line:
    """One series: its name in the legend, its colour, its weight in pixels and its marker."""

    name: str
    colour: str
    width: float = 2.0
    symbol: str = "circle"


def add_line(figure: go.Figure, axis: TimeAxis, values: Ys, line: Line, *, few: Flags, partial: Flags) -> None:
    """The series as two traces: solid over the complete buckets, dashed to and from the partial ones."""
    whole = [math.nan if cut else value for value, cut in zip(values, partial, strict=True)]
    _add(figure, axis, whole, line, sizes=_sizes(whole, values, few), few=few, dashed=False)
    touched = [value if _near(partial, place) else math.nan for place, value in enumerate(values)]
    if any(math.isfinite(v) for v, cut in zip(values, partial, strict=True) if cut):
        _add(figure, axis, touched, line, sizes=[_size(values) if cut else 0 for cut in partial], few=few, dashed=True)


def _add(
    figure: go.Figure, axis: TimeAxis, values: Ys, line: Line, *, sizes: Sequence[float], few: Flags, dashed: bool
) -> None:
    """The line; where markers are rare they are a trace of their own, since browsers draw even those without a size."""
    apart = len(values) > SPARSE
    y = [value if math.isfinite(value) else None for value in values]
    figure.add_scatter(
        **_shared(line),
        showlegend=not dashed,
        x=axis.centres,
        y=y,
        mode="lines" if apart else "lines+markers",
        connectgaps=False,
        line={"color": line.colour, "width": line.width, "dash": "dot" if dashed else "solid"},
        **({} if apart else _markers(line, sizes, few)),
    )
    marked = [place for place, value in enumerate(y) if value is not None and sizes[place]] if apart else []
    if marked:
        figure.add_scatter(
            **_shared(line),
            showlegend=False,
            x=[axis.centres[place] for place in marked],
            y=[y[place] for place in marked],
            mode="markers",
            **_markers(line, [sizes[place] for place in marked], [few[place] for place in marked]),
        )


def _shared(line: Line) -> dict[str, Any]:
    return {"name": line.name, "legendgroup": line.name, "cliponaxis": False, "hoverinfo": "skip"}


def _markers(line: Line, sizes: Sequence[float], few: Flags) -> dict[str, Any]:
    marker = {
        "color": line.colour,
        "size": list(sizes),
        "symbol": [f"{line.symbol}-open" if hollow else line.symbol for hollow in few],
        "opacity": 1,
        "line": {"width": 1, "color": line.colour},
    }
    return {"marker": marker, "unselected": {"marker": {"opacity": 1}}}


def _sizes(shown: Ys, values: Ys, few: Flags) -> list[float]:
    """A marker on every point where there is room, else only on those that a line alone would hide or flatter."""
    dense = len(values) > SPARSE
    return [
        0 if dense and not few[place] and not _alone(shown, place) else _size(values) for place in range(len(values))
    ]


def stretches(present: Sequence[bool]) -> Iterator[list[int]]:
    """The places between two gaps."""
    held: list[int] = []
    for place, there in enumerate([*present, False]):
        if there:
            held.append(place)
        elif held:
            yield held
            held = []


def is_bare(values: Sequence[float | None]) -> bool:
    """Whether a faint line over these needs no markers: they are many, and none is hidden between two gaps."""
    known = [math.nan if value is None else value for value in values]
    return len(known) > SPARSE and not any(
        math.isfinite(value) and _alone(known, place) for place, value in enumerate(known)
    )


def _size(values: Ys) -> int:
    return DENSE_MARKER if len(values) > SPARSE else MARKER


def _alone(values: Ys, place: int) -> bool:
    around = [*values[max(0, place - 1) : place], *values[place + 1 : place + 2]]
    return not any(math.isfinite(value) for value in around)


def _near(partial: Flags, place: int) -> bool:
    return any(partial[max(0, place - 1) : place + 2])
