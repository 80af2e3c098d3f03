"""Owns cells coloured by a count, as bars: Plotly's own heatmap takes neither a click nor a box as a selection."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from analytics_dash.figures.latency_canvas import shade
from analytics_dash.figures.theme import Theme
from analytics_dash.quantities import compact

LIGHT_RAMP: Final = ("#cfe1f2", "#93c4de", "#4a98c9", "#1764ab", "#08306b")
DARK_RAMP: Final = ("#16324f", "#1f5a8c", "#3d8fc4", "#86c5ea", "#e3f4ff")
"""One hue from near the page to far from it: lightness alone tells the order, whatever colours an eye can see."""
ROOM: Final = 0.5  # decades between two labels of the key that do not touch
UNCHOSEN: Final = 0.35  # opacity of what a selection leaves out

Ramp = list[list[Any]]
"""Plotly's colour scale: [place from 0 to 1, colour], ascending."""


@dataclass(frozen=True)
class Cells:
    """Cells by centre along, base and size, in the axes' units, with counts, what they say and what they select."""

    x: Sequence[Any]
    widths: Sequence[float]
    bases: Sequence[float]
    heights: Sequence[float]
    counts: Sequence[int]
    hover: Sequence[str]
    customdata: Sequence[Sequence[Any]]


def add_cells(figure: go.Figure, cells: Cells, *, theme: Theme) -> None:
    """The cells with a key to their colours, on a log scale: one crowded cell leaves the others visible."""
    top = max((math.log10(count) for count in cells.counts), default=0.0)
    ramp = ramp_of(theme)
    figure.add_bar(
        name="cells",
        x=list(cells.x),
        y=list(cells.heights),
        base=list(cells.bases),
        width=list(cells.widths),
        customdata=[list(data) for data in cells.customdata],
        hovertext=list(cells.hover),
        hovertemplate="%{hovertext}<extra></extra>",
        marker={
            "color": colours_of([math.log10(count) for count in cells.counts], ramp, top=top or 1),
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": UNCHOSEN}},
        showlegend=False,
    )
    if cells.counts:
        add_key(figure, ramp, top=top or 1, word="runs", ticks=_ticks(top), theme=theme)


def colours_of(values: Sequence[float], ramp: Ramp, *, top: float) -> list[str]:
    """Each value's colour; Plotly would colour bars by numbers too, but takes each for a misspelt name and says so."""
    return [str(colour) for colour in sample_colorscale(ramp, [min(max(v / top, 0.0), 1.0) for v in values])]


def add_key(figure: go.Figure, ramp: Ramp, *, top: float, word: str, ticks: Mapping[float, str], theme: Theme) -> None:
    """What the colours from 0 to `top` mean, as the key of a trace without points.

    It stands above the chart, at the right: beside it, it would push the axis out of line with other charts.
    """
    bar = {
        "orientation": "h", "x": 1, "xanchor": "right", "y": 1.01, "yanchor": "bottom", "len": 0.42, "thickness": 8,
        "ypad": 0, "outlinewidth": 0, "ticklabelposition": "outside top",
        "tickvals": list(ticks), "ticktext": list(ticks.values()),
        "tickangle": 0, "tickfont": {"size": 11, "color": theme.muted},
        "title": {"text": word, "side": "top", "font": {"size": 11, "color": theme.muted}},
    }  # fmt: skip
    scale = {"color": [0], "colorscale": ramp, "cmin": 0, "cmax": top, "showscale": True, "colorbar": bar}
    figure.add_scatter(name="key", x=[None], y=[None], mode="markers", marker=scale, hoverinfo="skip", showlegend=False)


def ramp_of(theme: Theme) -> Ramp:
    """The colours from few to many on a page of this kind."""
    colours = [shade(theme, light=light, dark=dark) for light, dark in zip(LIGHT_RAMP, DARK_RAMP, strict=True)]
    return [[place / (len(colours) - 1), colour] for place, colour in enumerate(colours)]


def _ticks(top: float) -> dict[float, str]:
    """Places on the log scale, each with the count it stands for."""
    counts = [10**power for power in range(math.floor(top) + 1)]
    if top - math.floor(top) > ROOM:
        counts.append(round(10**top))
    return {math.log10(count): compact(count) for count in counts}
