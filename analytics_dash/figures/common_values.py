"""Owns the picture of what selected runs have in common: each value's share of them beside its share of the rest."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.latency_canvas import safe, shade
from analytics_dash.figures.latency_rows import RowText, add_clicks, heights, rows_figure
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import (
    ADJUSTED_P,
    DIFFERENCE,
    DIMENSION,
    LIFT,
    REST,
    REST_SHARE,
    SELECTED,
    SELECTED_SHARE,
    TITLE,
)
from analytics_dash.metrics.common_values import LABELS, CommonValues
from analytics_dash.quantities import count, percent
from analytics_dash.runs.dimension import VALUE

BAR: Final = 0.36  # of a row: two of them and air
LONGEST_HOVER: Final = 80
SHORTEST_P: Final = 0.0001
NO_SELECTION: Final = "No runs are selected"
NO_REST: Final = "No other runs to compare with"
NOTHING: Final = "Nothing sets these runs apart beyond chance"


def figure(found: CommonValues, *, theme: Theme) -> go.Figure:
    """Paired bars, the greatest difference on top; a sentence where nothing was found."""
    rows = [_row(row, found) for row in found.frame.to_dict("records")]
    shares = [*found.frame[SELECTED_SHARE], *found.frame[REST_SHARE]]
    scale = scales.scale(shares, units=scales.SHARES)
    drawn = rows_figure(rows, scale, theme=theme, word="share of runs")
    selected = shade(theme, light="#4b4fa8", dark="#a3a8f0")
    _add_bars(drawn, found, SELECTED_SHARE, name="selected runs", colour=selected, shift=BAR / 2)
    _add_bars(drawn, found, REST_SHARE, name="the rest", colour=theme.runs, shift=-BAR / 2)
    add_clicks(drawn, rows, top=scale.top, theme=theme)
    if found.frame.empty:
        say_nothing(drawn, _why_nothing(found), theme=theme)
    return drawn


def alt_text(found: CommonValues) -> str:
    """One sentence: how many values, and the first in words."""
    if found.frame.empty:
        return f"What the selected runs have in common: {_why_nothing(found).lower()}."
    return (
        f"What {count(found.selected, 'selected run')} have in common against {count(found.rest, 'other')}, "
        f"{len(found.frame):,} of {found.of:,} values: first {sentence(found.frame.iloc[0].to_dict())}."
    )


def sentence(row: dict[Any, Any]) -> str:
    """One value in plain words, not made safe for markup: “Model gpt-4o: 61.0 % of these, 12.0 % of the rest”."""
    shares = f"{percent(row[SELECTED_SHARE])} of these, {percent(row[REST_SHARE])} of the rest"
    return f"{LABELS[row[DIMENSION]]} {row[TITLE]}: {shares}"


def _why_nothing(found: CommonValues) -> str:
    if not found.selected:
        return NO_SELECTION
    return NOTHING if found.rest else NO_REST


def _row(row: dict[Any, Any], found: CommonValues) -> RowText:
    label = LABELS[row[DIMENSION]]
    lift = f" · {row[LIFT]:.1f} times as frequent" if row[REST] else ""
    chance = "< 0.0001" if row[ADJUSTED_P] < SHORTEST_P else f"{row[ADJUSTED_P]:.4f}"
    hover = "<br>".join(
        [
            f"<b>{label}: {safe(row[TITLE], longest=LONGEST_HOVER)}</b>",
            f"selected {percent(row[SELECTED_SHARE])} ({row[SELECTED]:,} of {found.selected:,})",
            f"the rest {percent(row[REST_SHARE])} ({row[REST]:,} of {found.rest:,})",
            f"{row[DIFFERENCE] * 100:+.1f} points{lift}",
            f"p {chance}, corrected for {count(found.tests, 'test')}",
        ]
    )
    return RowText(
        f"{safe(row[TITLE])}<br><span style='font-size:10px'>{label}</span>", hover, row[DIMENSION], row[VALUE]
    )


def _add_bars(drawn: go.Figure, found: CommonValues, column: str, *, name: str, colour: str, shift: float) -> None:
    drawn.add_bar(
        name=name,
        orientation="h",
        x=found.frame[column].to_list(),
        y=[place + shift for place in heights(len(found.frame))],
        width=BAR,
        marker={"color": colour, "line": {"width": 0}},
        unselected={"marker": {"opacity": 1}},
        hoverinfo="skip",
    )
