"""Owns what all charts in time share: the figure with its panels, the columns that take clicks, bars, empty words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.scales import Scale
from analytics_dash.figures.theme import Theme, base_layout
from analytics_dash.figures.time_axis import TimeAxis
from analytics_dash.figures.wording import span
from analytics_dash.metrics.columns import PARTIAL

MARGIN: Final = {"l": 58, "r": 20, "t": 30, "b": 40, "pad": 0}  # the same on all charts, so that they align
COLUMNS_AXIS: Final = "y9"  # of the columns that take clicks: the last one lies on top of every panel and gets them
HATCHED: Final = {"shape": "/", "fillmode": "replace", "size": 5, "solidity": 0.5}
STEP: Final = (0, 1, 1, 0)  # heights of a bar's corners, from the left
PARTIAL_WORDS: Final = "partial: the range cuts it, or it has not ended"

Row = Mapping[Hashable, Any]
"""One bucket of a metric's table, by column name."""


@dataclass(frozen=True)
class Panel:
    """One upright axis over a share of the height, with a word in its corner for what it counts."""

    scale: Scale
    domain: tuple[float, float]
    word: str = ""


def canvas(axis: TimeAxis, *, theme: Theme, height: int, panels: Sequence[Panel], stacked: bool = False) -> go.Figure:
    """A figure without data: panels named y, y2, ... from the top; it can be clicked, but not zoomed or dragged."""
    return go.Figure(  # all at once: what is added to a layout afterwards costs as much again
        layout={
            **base_layout(theme),
            "height": height,
            "margin": MARGIN,
            "legend": {
                "orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "font": {"size": 12},
                "tracegroupgap": 0,
            },
            "barmode": "stack" if stacked else "overlay",
            "xaxis": {**_ruled(theme), **axis.layout(), "anchor": COLUMNS_AXIS},
            "shapes": [_rule(position, theme) for position in axis.ticks],
            "yaxis9": {"domain": [0, 1], "range": [0, 1], "visible": False, "fixedrange": True},
            **{f"yaxis{n if n > 1 else ''}": _upright(panel, theme) for n, panel in enumerate(panels, start=1)},
            "annotations": [_word(panel, theme) for panel in panels if panel.word],
        }
    )  # fmt: skip


def add_columns(figure: go.Figure, axis: TimeAxis, hover: Sequence[str], *, theme: Theme) -> None:
    """One unseen column per bucket over the full height: it takes the click, tells the numbers, and lights up."""
    figure.add_bar(
        name="bucket",
        x=axis.centres,
        y=[1] * len(axis.centres),
        width=axis.widths_ms,
        yaxis=COLUMNS_AXIS,
        customdata=axis.bounds,
        hovertext=list(hover),
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": theme.highlight, "opacity": 0, "line": {"width": 0}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
    )


def add_bars(
    figure: go.Figure,
    axis: TimeAxis,
    values: Sequence[float],
    *,
    partial: Sequence[bool],
    name: str,
    colour: str,
    yaxis: str,
    whole: str = "",
) -> None:
    """A bar per bucket that has a height, hatched where the bucket is partial, with the pattern `whole` where not.

    It is not in the legend, see `add_key`; what has no height is not drawn, since browsers draw each bar by itself.
    """
    shown = [place for place, value in enumerate(values) if value]
    shapes = ["/" if partial[place] else whole for place in shown]
    pattern = {**HATCHED, "shape": shapes}
    figure.add_bar(
        name=name,
        x=[axis.centres[place] for place in shown],
        y=[values[place] for place in shown],
        width=[axis.bars_ms[place] for place in shown],
        yaxis=yaxis,
        hoverinfo="skip",
        marker={"color": colour, "line": {"width": 0}, **({"pattern": pattern} if any(shapes) else {})},
        unselected={"marker": {"opacity": 1}},
        legendgroup=name,
        showlegend=False,
    )  # fmt: skip


def add_stacked(
    figure: go.Figure,
    axis: TimeAxis,
    values: Sequence[float],
    *,
    partial: Sequence[bool],
    name: str,
    colour: str,
    yaxis: str,
) -> None:
    """The next layer of a stack, looking like `add_bars`: one shape for all its bars, one more for the partial ones.

    Browsers draw a shape as fast as a single bar. Each bar is a step up and down again; between bars it is flat.
    """
    heights = np.asarray(values, dtype=float)
    is_partial = np.asarray(partial, dtype=bool)
    for of_these, look in ((~is_partial, {}), (is_partial, {"fillpattern": HATCHED})):
        if heights[of_these].any():
            figure.add_scatter(
                name=name, x=axis.corners, y=np.outer(np.where(of_these, heights, 0), STEP).ravel(), yaxis=yaxis,
                mode="lines", line={"width": 0}, fillcolor=colour, stackgroup=yaxis, hoverinfo="skip",
                legendgroup=name, showlegend=False, **look,
            )  # fmt: skip


def add_key(figure: go.Figure, name: str, colour: str, *, yaxis: str) -> None:
    """A legend entry for bars of this name; the bars' own would be hatched where the first bucket is partial."""
    figure.add_scatter(
        name=name,
        legendgroup=name,
        x=[None],
        y=[None],
        yaxis=yaxis,
        mode="markers",
        marker={"symbol": "square", "size": 11, "color": colour},
        hoverinfo="skip",
    )


def say_nothing(figure: go.Figure, text: str, *, theme: Theme, at: float = 0.5) -> None:
    """A sentence in the middle of an empty chart, or of the panel around height `at`."""
    figure.add_annotation(
        text=text, x=0.5, y=at, xref="paper", yref="paper", showarrow=False, font={"size": 14, "color": theme.muted}
    )


def hover_texts(frame: pd.DataFrame, axis: TimeAxis, lines: Callable[[Row], list[str]]) -> list[str]:
    """What each column says: its bucket in bold, then the lines, then whether it is partial."""
    rows = zip(axis.starts, axis.ends, frame.to_dict("records"), strict=True)
    return [_hover(span(start, end, axis.zone), lines(row), partial=row[PARTIAL]) for start, end, row in rows]


def _hover(bucket: str, lines: list[str], *, partial: bool) -> str:
    return "<br>".join([f"<b>{bucket}</b>", *lines, *([f"<i>{PARTIAL_WORDS}</i>"] if partial else [])])


def _ruled(theme: Theme) -> dict[str, object]:
    return {
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "tickcolor": theme.grid,
        "showline": True,
        "ticks": "outside",
        "tickfont": {"color": theme.muted, "size": 12},
    }


def _rule(position: datetime, theme: Theme) -> dict[str, object]:
    """An upright rule behind everything; the axis' own would lie on the columns, across lines and bars."""
    line = {"color": theme.grid, "width": 1}
    return {
        "type": "line",
        "x0": position,
        "x1": position,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": line,
    }


def _upright(panel: Panel, theme: Theme) -> dict[str, object]:
    return {
        **_ruled(theme),
        "domain": list(panel.domain),
        "range": [0, panel.scale.top],
        "tickvals": list(panel.scale.ticks),
        "ticktext": list(panel.scale.labels),
        "fixedrange": True,
        "zeroline": True,
        "zerolinecolor": theme.grid,
        "zerolinewidth": 1,
        "showline": False,
        "ticks": "",
    }


def _word(panel: Panel, theme: Theme) -> dict[str, object]:
    return {
        "text": panel.word, "x": 0, "y": panel.domain[1], "xref": "paper", "yref": "paper",
        "xanchor": "left", "yanchor": "bottom", "showarrow": False, "font": {"size": 12, "color": theme.muted},
    }  # fmt: skip
