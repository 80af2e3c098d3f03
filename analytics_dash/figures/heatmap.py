"""Owns the picture of the latency heatmap: time along, log-spaced seconds up, darker where more runs are.

A cell's customdata is ["cell", start, end, low_s, high_s]: instants in ISO 8601, [low, high) seconds, null where open.
"""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.figures.canvas import Panel, canvas, say_nothing
from analytics_dash.figures.heatmap_cells import Cells, add_cells
from analytics_dash.figures.latency_canvas import between, bin_scale, closed, seconds_edge
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.figures.wording import moment, span
from analytics_dash.metrics.columns import END, HIGH_S, LOW_S, PARTIAL, RUNS, START
from analytics_dash.metrics.heatmap import Heatmap
from analytics_dash.quantities import count

HEIGHT: Final = 360
TOP: Final = 62  # above it stands the key to the colours
NO_RUNS: Final = "No runs in this range"
NO_LATENCY: Final = "No finished run with a latency in this range"


def figure(heatmap: Heatmap, *, zone: str, theme: Theme, region: bool = False) -> go.Figure:
    """The cells with runs; with `region` a drag selects all it touches, and on a phone no longer scrolls."""
    axis = time_axis(heatmap.times, zone)
    panel = Panel(bin_scale(heatmap.bins.bounds), (0.0, 1.0), "latency, log scale")
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=[panel])
    drawn.update_layout({"margin": {"t": TOP}, "dragmode": "select" if region else False, "xaxis": {"anchor": "y"}})
    add_cells(drawn, _cells(heatmap, axis), theme=theme)
    if heatmap.cells.empty:
        say_nothing(drawn, _why_nothing(heatmap), theme=theme)
    return drawn


def alt_text(heatmap: Heatmap, *, zone: str) -> str:
    """Two sentences: the range with its fullest cell, and the runs that are in none."""
    if heatmap.cells.empty:
        return f"Latency heatmap: {_why_nothing(heatmap).lower()}."
    start, end = heatmap.times[START].iloc[0], heatmap.times[END].iloc[-1]
    full = heatmap.cells.iloc[int(heatmap.cells[RUNS].argmax())].to_dict()
    return (
        f"Latency heatmap from {moment(start, zone)} to {moment(end, zone)}: most runs, {full[RUNS]:,}, took "
        f"{_bin(full)} ({span(full[START], full[END], zone)}). {untimed_text(heatmap)}"
    )


def untimed_text(heatmap: Heatmap) -> str:
    """“14 of 1,200 runs are not shown: they have no latency that counts.”; that all are shown where none is missing."""
    if not heatmap.untimed:
        return f"All {count(heatmap.runs, 'run')} are shown."
    verb, have = ("is", "it has") if heatmap.untimed == 1 else ("are", "they have")
    return f"{heatmap.untimed:,} of {count(heatmap.runs, 'run')} {verb} not shown: {have} no latency that counts."


def _why_nothing(heatmap: Heatmap) -> str:
    return NO_LATENCY if heatmap.runs else NO_RUNS


def _cells(heatmap: Heatmap, axis: TimeAxis) -> Cells:
    rows = heatmap.cells.to_dict("records")
    columns = {start: place for place, start in enumerate(axis.starts)}
    places = [columns[row[START].to_pydatetime()] for row in rows]
    partial = heatmap.times[PARTIAL].to_list()
    return Cells(
        x=[axis.centres[place] for place in places],
        widths=[axis.widths_ms[place] for place in places],
        bases=[heatmap.bins.bounds.index(row[LOW_S]) for row in rows],
        heights=[1.0] * len(rows),
        counts=[row[RUNS] for row in rows],
        hover=[_hover(row, axis.zone, cut=partial[place]) for row, place in zip(rows, places, strict=True)],
        customdata=[
            ["cell", *axis.bounds[place], closed(row[LOW_S]), closed(row[HIGH_S])]
            for row, place in zip(rows, places, strict=True)
        ],
    )


def _hover(row: dict[Any, Any], zone: str, *, cut: bool) -> str:
    lines = [f"<b>{span(row[START], row[END], zone)}</b>", _bin(row), count(row[RUNS], "run")]
    return "<br>".join([*lines, *(["<i>partial</i>"] if cut else [])])


def _bin(row: dict[Any, Any]) -> str:
    low, high = (None if closed(row[side]) is None else seconds_edge(row[side]) for side in (LOW_S, HIGH_S))
    return between(low, high)
