"""Owns how runs are stacked by outcome in charts over time: the layers, and the legend's entries for them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.canvas import add_key, add_stacked
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis
from analytics_dash.metrics.columns import OUTCOMES


def present(*frames: pd.DataFrame) -> list[str]:
    """The outcomes that have a run in any of the tables, in their order."""
    return [name for name in OUTCOMES if any(frame[name].any() for frame in frames)]


def add_outcomes(
    drawn: go.Figure, axis: TimeAxis, heights: pd.DataFrame, *, partial: Sequence[bool], theme: Theme, yaxis: str
) -> None:
    """A layer per outcome that has a height, a column of `heights` each; they are not in the legend."""
    for name in present(heights):
        add_stacked(
            drawn, axis, heights[name].to_list(), partial=partial, name=name, colour=theme.outcomes[name], yaxis=yaxis
        )


def add_outcome_keys(
    drawn: go.Figure, outcomes: Sequence[str], *, theme: Theme, yaxis: str, narrows: bool = False
) -> None:
    """A legend entry per outcome; where it `narrows`, it names the filter that a click on it sets."""
    for name in outcomes:
        add_key(drawn, name, theme.outcomes[name], yaxis=yaxis)
        if narrows:
            drawn.data[-1].meta = ["dimension", "outcome", name]
