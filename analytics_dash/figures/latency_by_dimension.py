"""Owns the picture of latency by a dimension's values: from p50 to p95, a row each; a click selects the value."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.latency_canvas import safe
from analytics_dash.figures.latency_rows import RowText, add_clicks, heights, rows_figure
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import FEW, LATENCY_RUNS, MAX_S, P50, P95, P99, RUNS, TITLE
from analytics_dash.metrics.latency_by_dimension import LatencyValues
from analytics_dash.quantities import count, seconds
from analytics_dash.runs.dimension import VALUE

NOTHING: Final = "No finished run with a latency"
MARKER: Final = 10
RANGE_WIDTH: Final = 0.24  # of a row
RANGE_OPACITY: Final = 0.55
LONGEST_HOVER: Final = 80


def figure(values: LatencyValues, *, theme: Theme) -> go.Figure:
    """A bar from p50 to p95 with a marker at either, hollow over few runs; a sentence where nothing is timed."""
    rows = [_row(row, values.dimension.name) for row in values.frame.to_dict("records")]
    scale = scales.scale(values.frame[P95], units=scales.SECONDS)
    drawn = rows_figure(rows, scale, theme=theme, word="latency")
    _add_ranges(drawn, values, theme)
    for column, name, symbol in ((P50, "p50", "circle"), (P95, "p95", "diamond")):
        _add_markers(drawn, values, column, name, symbol, theme)
    add_clicks(drawn, rows, top=scale.top, theme=theme)
    if not values.frame[LATENCY_RUNS].any():
        say_nothing(drawn, NOTHING, theme=theme)
    return drawn


def alt_text(values: LatencyValues) -> str:
    """One sentence: how many values, and the highest p95 among them, if there is one."""
    label = values.dimension.label.lower()
    known = values.frame.dropna(subset=P95)
    if known.empty:
        return f"Latency by {label}: {NOTHING.lower()}."
    top = known.iloc[int(known[P95].argmax())]
    return (
        f"Latency by {label}, {shown_text(values)}: p95 is highest at {seconds(top[P95])} for {top[TITLE]}, "
        f"over {count(int(top[LATENCY_RUNS]), 'run')}."
    )


def shown_text(values: LatencyValues) -> str:
    """“5 of 23”."""
    return f"{len(values.frame):,} of {values.of:,}"


def _row(row: dict[Any, Any], dimension: str) -> RowText:
    known = [("p50", row[P50]), ("p95", row[P95]), ("p99", row[P99]), ("slowest", row[MAX_S])]
    told = " · ".join(f"{name} {seconds(value)}" for name, value in known if value == value) or "no latency"
    timed = int(row[LATENCY_RUNS])
    over = f"few runs ({timed})" if row[FEW] else count(timed, "run")
    hover = f"<b>{safe(row[TITLE], longest=LONGEST_HOVER)}</b><br>{told}<br>over {over} of {row[RUNS]:,}"
    return RowText(safe(row[TITLE]), hover, dimension, row[VALUE])


def _add_ranges(drawn: go.Figure, values: LatencyValues, theme: Theme) -> None:
    drawn.add_bar(
        name="p50 to p95",
        orientation="h",
        base=_numbers(values, P50),
        x=[None if p50 != p50 else p95 - p50 for p50, p95 in zip(values.frame[P50], values.frame[P95], strict=True)],
        y=heights(len(values.frame)),
        width=RANGE_WIDTH,
        marker={"color": theme.runs, "opacity": RANGE_OPACITY, "line": {"width": 0}},
        unselected={"marker": {"opacity": RANGE_OPACITY}},
        hoverinfo="skip",
        showlegend=False,
    )


def _add_markers(drawn: go.Figure, values: LatencyValues, column: str, name: str, symbol: str, theme: Theme) -> None:
    drawn.add_scatter(
        name=name,
        x=_numbers(values, column),
        y=heights(len(values.frame)),
        mode="markers",
        marker={
            "color": theme.percentiles[column], "size": MARKER, "opacity": 1,
            "symbol": [f"{symbol}-open" if few else symbol for few in values.frame[FEW]],
        },
        unselected={"marker": {"opacity": 1}},
        hoverinfo="skip",
    )  # fmt: skip


def _numbers(values: LatencyValues, column: str) -> list[float | None]:
    return [value if value == value else None for value in values.frame[column].to_list()]
