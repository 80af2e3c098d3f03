"""Owns what charts without a time axis share: the bare figure, axes of log-spaced bins, foreign texts made safe."""

from __future__ import annotations

import html
import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from analytics_dash.figures.canvas import MARGIN
from analytics_dash.figures.scales import COUNTS, Scale
from analytics_dash.figures.theme import DARK, Theme, base_layout

MOST_LABELS: Final = 7
LONGEST_TITLE: Final = 22  # characters beside bars that still leave them room at 390 pixels
EDGE: Final = 0.1  # decades: the width drawn for a bin that is open


def bare(*, theme: Theme, height: int, left: int = MARGIN["l"], top: int = MARGIN["t"]) -> go.Figure:
    """A figure without axes' data that can be clicked, but not zoomed or dragged."""
    return go.Figure(
        layout={
            **base_layout(theme),
            "height": height,
            "margin": {**MARGIN, "l": left, "t": top},
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
            "barmode": "overlay",
        }
    )  # fmt: skip


def axis(scale: Scale, *, theme: Theme, word: str = "") -> dict[str, object]:
    """An axis with the scale's labels and a word for what it shows."""
    return {
        "range": [0, scale.top],
        "tickvals": list(scale.ticks),
        "ticktext": list(scale.labels),
        "fixedrange": True,
        "zeroline": False,
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "tickfont": {"color": theme.muted, "size": 12},
        "tickangle": 0,
        "title": {"text": word, "font": {"size": 12, "color": theme.muted}, "standoff": 6},
    }


def shade(theme: Theme, *, light: str, dark: str) -> str:
    """The one of two colours that stands out on the theme's page."""
    return dark if theme.page == DARK.page else light


def safe(text: str, *, longest: int = LONGEST_TITLE) -> str:
    """A stranger's text for Plotly, which reads markup: cut to `longest` characters, nothing in it interpreted."""
    line = " ".join(text.split())
    return html.escape(line if len(line) <= longest else f"{line[: longest - 1]}…")


def seconds_edge(value: float) -> str:
    """A bin's bound, exactly: “800 ms”, “1.25 s”, “3,200 s”."""
    return f"{value * 1000:,.6g} ms" if value < 1 else f"{value:,.6g} s"


def tokens_edge(value: float) -> str:
    """A bin's bound in short, exactly: “1”, “3.2 k”, “100 k”."""
    size, name, _ = [unit for unit in COUNTS if value >= unit[2]][-1]
    return f"{value / size:,.6g} {name}".rstrip()


def between(low: str | None, high: str | None) -> str:
    """A bin in words, None for an open side: “2 s to 2.5 s”, “under 1 ms”, “100,000 s or more”."""
    if low is None:
        return f"under {high}" if high else "any"
    return f"{low} to under {high}" if high else f"{low} or more"


def closed(bound: float) -> float | None:
    """A bin's bound as JSON can hold it: None for an infinite one."""
    return bound if math.isfinite(bound) else None


def bin_scale(bounds: Sequence[float], *, tokens: bool = False) -> Scale:
    """An axis on which each bin is one wide; labels on powers of ten where three or more fit, else evenly spread."""
    edge = tokens_edge if tokens else seconds_edge
    finite = [place for place, bound in enumerate(bounds) if math.isfinite(bound)]
    powers = [place for place in finite if bounds[place] > 0 and math.log10(bounds[place]) % 1 == 0]
    chosen = powers if len(powers) >= 3 else finite[:: -(-len(finite) // MOST_LABELS) or 1]
    return Scale(max(len(bounds) - 1, 1), tuple(chosen), tuple(edge(bounds[place]) for place in chosen))


def log_place(value: float, bounds: Sequence[float]) -> float:
    """Where a value lies on a bins' axis: whole numbers at bounds, in an open bin its middle."""
    place = min(max(bisect_right(bounds, value) - 1, 0), len(bounds) - 2)
    low, high = bounds[place], bounds[place + 1]
    if not math.isfinite(low) or not math.isfinite(high):
        return place + 0.5
    return place + (min(math.log10(value / low) / math.log10(high / low), 1.0) if value > low else 0.0)
