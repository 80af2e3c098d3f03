"""Owns the picture of the distribution of latency: runs by log-spaced bin over the share of runs up to each latency.

A bar's customdata is ["latency", low_s, high_s]: seconds, [low, high), null where open.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.latency_canvas import EDGE, axis, bare, between, bin_scale, closed, log_place, seconds_edge
from analytics_dash.figures.scales import Scale
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import HIGH_S, LATENCY_S, LOW_S, P50, P95, RUNS, SHARE
from analytics_dash.metrics.distribution import Distribution
from analytics_dash.quantities import count, percent, seconds

HEIGHT: Final = 400
TOP: Final = 72  # above the bars, one over the other, stand what the lines are called
RIGHTMOST: Final = 0.65  # of the width: further right a line's name has no room on its right
LABEL: Final = 0.065  # of the height between the margins: one line of text
NO_RUNS: Final = "No runs in this range"
NO_LATENCY: Final = "No finished run with a latency in this range"
Mark = tuple[str, float, float, str]
"""A word, the latency, its place on the axis, and the line's colour."""
HALVES: Final = Scale(1.0, (0.0, 0.5, 1.0), ("0", "50 %", "100 %"))


def figure(spread: Distribution, *, theme: Theme, threshold_s: float | None = None) -> go.Figure:
    """Counts above, the cumulative share below, on one axis of equal bins; lines at p50, p95 and the threshold."""
    bounds = _bounds(spread)
    drawn = bare(theme=theme, height=HEIGHT, top=TOP)
    tall = scales.scale(spread.bins[RUNS], units=scales.COUNTS, smallest_step=1)
    drawn.update_layout(
        xaxis={**axis(bin_scale(bounds), theme=theme, word="latency, log scale"), "anchor": "y2", "showgrid": False},
        yaxis={**axis(tall, theme=theme, word="runs"), "domain": [0.42, 1.0]},
        yaxis2={**axis(HALVES, theme=theme, word="up to this"), "domain": [0.0, 0.32], "range": [0, 1.02]},
        showlegend=False,
    )
    if spread.bins.empty:
        say_nothing(drawn, NO_LATENCY if spread.runs else NO_RUNS, theme=theme)
        return drawn
    _add_bars(drawn, spread, theme)
    _add_curve(drawn, spread, bounds, theme)
    _add_marks(drawn, spread, bounds, theme, threshold_s=threshold_s)
    return drawn


def alt_text(spread: Distribution, *, threshold_s: float | None = None) -> str:
    """One sentence: the runs, half and nineteen twentieths of them, and the share within the threshold."""
    if spread.bins.empty:
        return f"Distribution of latency: {(NO_LATENCY if spread.runs else NO_RUNS).lower()}."
    few = ", which are few" if spread.few else ""
    within = "" if threshold_s is None else f", about {percent(_share_at(spread, threshold_s))} {_within(threshold_s)}"
    return (
        f"Distribution of latency over {count(spread.latency_runs, 'run')}{few}: half took up to "
        f"{seconds(spread.p50_s)}, 95 % up to {seconds(spread.p95_s)}{within}."
    )


def _bounds(spread: Distribution) -> list[float]:
    return [*spread.bins[LOW_S], *spread.bins[HIGH_S].iloc[-1:]]


def _within(threshold_s: float) -> str:
    return f"within {seconds(threshold_s)}"


def _share_at(spread: Distribution, latency_s: float) -> float:
    """Read off the curve, so good to a hundredth; the exact share is a metric of its own."""
    curve = spread.curve
    return float(np.interp(latency_s, curve[LATENCY_S], curve[SHARE], left=0.0, right=1.0))


def _add_bars(drawn: go.Figure, spread: Distribution, theme: Theme) -> None:
    rows = spread.bins.to_dict("records")
    drawn.add_bar(
        name="runs",
        x=[place + 0.5 for place in range(len(rows))],
        y=[row[RUNS] for row in rows],
        width=1 - EDGE,
        customdata=[["latency", closed(row[LOW_S]), closed(row[HIGH_S])] for row in rows],
        hovertext=[_hover(row[LOW_S], row[HIGH_S], row[RUNS], spread.latency_runs) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": theme.runs, "line": {"width": 0}},
    )


def _hover(low: float, high: float, runs: int, of: int) -> str:
    texts = [seconds_edge(bound) if math.isfinite(bound) else None for bound in (low, high)]
    return f"<b>{between(*texts)}</b><br>{count(runs, 'run')}, {percent(runs / of)}"


def _add_curve(drawn: go.Figure, spread: Distribution, bounds: list[float], theme: Theme) -> None:
    latencies, shares = spread.curve[LATENCY_S].to_list(), spread.curve[SHARE].to_list()
    drawn.add_scatter(
        name="share up to this latency",
        x=[log_place(latency, bounds) for latency in latencies],
        y=shares,
        yaxis="y2",
        mode="lines",
        line={"color": theme.text, "width": 2},
        hovertext=[f"{percent(s)} took up to {seconds(v)}" for v, s in zip(latencies, shares, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _stacked(marks: list[Mark], *, rightmost: float) -> list[Mark]:
    """The marks, those with the highest label first, so that no line runs through a label below its own.

    Labels go to the right of their lines, so those further left are higher; at the right edge it is the other way.
    """
    outer = [mark for mark in marks if mark[2] >= rightmost]
    inner = [mark for mark in marks if mark[2] < rightmost]
    return [*sorted(outer, key=lambda mark: -mark[2]), *sorted(inner, key=lambda mark: mark[2])]


def _add_marks(
    drawn: go.Figure, spread: Distribution, bounds: list[float], theme: Theme, *, threshold_s: float | None
) -> None:
    marks = [("p50", spread.p50_s, theme.percentiles[P50]), ("p95", spread.p95_s, theme.percentiles[P95])]
    named = [*marks, ("threshold", threshold_s, theme.muted)]
    told = [(word, held, log_place(held, bounds), colour) for word, held, colour in named if held is not None]
    downwards = _stacked(told, rightmost=RIGHTMOST * len(bounds))
    for word, value, place, colour in told:
        top = 1.02 + (3 - downwards.index((word, value, place, colour))) * LABEL
        side = "left" if place < RIGHTMOST * len(bounds) else "right"
        drawn.add_shape(
            type="line",
            x0=place,
            x1=place,
            y0=0,
            y1=top,
            yref="paper",
            line={"color": colour, "width": 2, "dash": "dash"},
        )
        drawn.add_annotation(
            text=f"{word} {seconds(value)}", x=place, y=top, yref="paper", yanchor="top", showarrow=False,
            xanchor=side, xshift=3 if side == "left" else -3, font={"size": 12, "color": theme.text},
            bgcolor=theme.page,
        )  # fmt: skip
