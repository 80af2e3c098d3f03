"""Owns charts with a row for each value: the titles at the left, the clicks over the full width.

A row's customdata is ["dimension", name, value]: the dimension's name in a link, and the value as a link writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from analytics_dash.figures.latency_canvas import axis, bare
from analytics_dash.figures.scales import Scale
from analytics_dash.figures.theme import Theme

ROW_HEIGHT: Final = 34  # a finger hits it
AROUND: Final = 84  # of the height: the axis with its word, the legend
LEFT: Final = 158  # holds the longest title
TOP: Final = 34


@dataclass(frozen=True)
class RowText:
    """What a row is called, what hovering tells (both already safe), and what a click selects."""

    title: str
    hover: str
    dimension: str
    value: str


def rows_figure(rows: Sequence[RowText], scale: Scale, *, theme: Theme, word: str) -> go.Figure:
    """The bare chart, first row on top, at heights from `heights`."""
    drawn = bare(theme=theme, height=max(len(rows), 3) * ROW_HEIGHT + AROUND, left=LEFT, top=TOP)
    places = heights(len(rows))
    drawn.update_layout(
        xaxis=axis(scale, theme=theme, word=word),
        yaxis={
            **axis(Scale(1.0, tuple(places), tuple(row.title for row in rows)), theme=theme),
            "range": [-0.5, max(len(rows), 1) - 0.5], "showgrid": False, "tickfont": {"color": theme.text, "size": 12},
        },
    )  # fmt: skip
    return drawn


def heights(rows: int) -> list[int]:
    """Where each row lies, the first on top."""
    return list(range(rows - 1, -1, -1))


def add_clicks(drawn: go.Figure, rows: Sequence[RowText], *, top: float, theme: Theme) -> None:
    """One unseen bar per row over the full width, on top of everything: it takes the click and tells the numbers."""
    drawn.add_bar(
        name="row",
        orientation="h",
        x=[top] * len(rows),
        y=heights(len(rows)),
        width=1,
        customdata=[["dimension", row.dimension, row.value] for row in rows],
        hovertext=[row.hover for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": theme.highlight, "opacity": 0, "line": {"width": 0}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
    )
