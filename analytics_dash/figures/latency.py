"""Owns the picture of latency over time: the percentiles that a table has, and the runs behind them."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import Panel, Row, add_bars, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.described import described, latest, peak
from analytics_dash.figures.latency_canvas import shade
from analytics_dash.figures.lines import Line, add_line
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.metrics.columns import FEW, LATENCY_RUNS, P50, P75, P90, P95, P99, PARTIAL, RUNS
from analytics_dash.quantities import count, seconds

HEIGHT: Final = 310
TOLD: Final = (P95, P99, P90, P75, P50)  # the percentile that a description tells: the first there is
LINES: Final = {
    P50: ("p50", 2.4, "circle"),
    P75: ("p75", 2.2, "triangle-up"),
    P90: ("p90", 2.0, "triangle-down"),
    P95: ("p95", 2.0, "diamond"),
    P99: ("p99", 1.4, "square"),
}
NO_RUNS: Final = "No runs in this range"
NO_LATENCY: Final = "No finished run with a latency in this range"
TOO_FEW: Final = "Too few runs for the percentiles chosen"
THRESHOLD_DASH: Final = "6px,3px"  # not that of what is partial


def figure(frame: pd.DataFrame, *, zone: str, theme: Theme, threshold_s: float | None = None) -> go.Figure:
    """Lines with gaps where nothing finished, over a strip of run counts; a sentence where there is nothing.

    The table is that of `latency_over_time` or of `percentiles_over_time`; a threshold is a level line.
    """
    shown = _shown(frame)
    axis = time_axis(frame, zone)
    percentiles = scales.scale([*frame[shown].to_numpy().ravel(), threshold_s or 0.0], units=scales.SECONDS)
    runs = scales.scale(frame[RUNS], units=scales.COUNTS, intervals=2, smallest_step=1)
    panels = [Panel(percentiles, (0.3, 1.0)), Panel(runs, (0.0, 0.17), "runs")]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=panels)
    add_bars(
        drawn, axis, frame[RUNS].to_list(),
        partial=frame[PARTIAL].to_list(), name="runs", colour=theme.runs, yaxis="y2",
    )  # fmt: skip
    if threshold_s is not None:
        _add_threshold(drawn, threshold_s, theme)
    for column in reversed(shown):  # the p50 comes to lie on top
        _add_percentile(drawn, axis, frame, column, theme)
    add_columns(drawn, axis, hover_texts(frame, axis, _lines), theme=theme)
    if frame[shown].isna().all(axis=None):
        say_nothing(drawn, _why_nothing(frame), theme=theme, at=0.65)
    return drawn


def alt_text(frame: pd.DataFrame, *, zone: str) -> str:
    """One sentence: the range, the highest p95 (or the next percentile that there is) and the latest, and when."""
    told = next((column for column in TOLD if column in frame and frame[column].notna().any()), None)
    if told is None:
        return f"Latency over time: {_why_nothing(frame).lower()}."
    high = peak(frame, told, zone=zone)
    last = latest(frame, told, zone=zone)
    return (
        f"{described('Latency', frame, zone=zone)}: {LINES[told][0]} was highest at {seconds(high.value)} "
        f"({high.when}), latest {seconds(last.value)} ({last.when})."
    )


def _shown(frame: pd.DataFrame) -> list[str]:
    return [column for column in LINES if column in frame]


def _why_nothing(frame: pd.DataFrame) -> str:
    if frame[LATENCY_RUNS].any():
        return TOO_FEW
    return NO_LATENCY if frame[RUNS].any() else NO_RUNS


def _colour(column: str, theme: Theme) -> str:
    """The theme's, and for the two between them hues that it uses for nothing else."""
    p75, p90 = shade(theme, light="#2f7f86", dark="#7fd0d6"), shade(theme, light="#85761a", dark="#cfc46a")
    return {**theme.percentiles, P75: p75, P90: p90}[column]


def _add_threshold(drawn: go.Figure, threshold_s: float, theme: Theme) -> None:
    drawn.add_hline(y=threshold_s, line={"color": theme.muted, "width": 1.5, "dash": THRESHOLD_DASH})
    drawn.add_annotation(
        text=f"threshold {seconds(threshold_s)}", x=1, xref="paper", xanchor="right", y=threshold_s, yanchor="bottom",
        showarrow=False, font={"size": 12, "color": theme.muted}, bgcolor=theme.page, borderpad=1,
    )  # fmt: skip


def _add_percentile(drawn: go.Figure, axis: TimeAxis, frame: pd.DataFrame, column: str, theme: Theme) -> None:
    name, width, symbol = LINES[column]
    line = Line(name, _colour(column, theme), width, symbol)
    if column == P50 or frame[column].notna().any():  # a p99 that no bucket has runs enough for is not announced
        add_line(drawn, axis, frame[column].to_list(), line, few=frame[FEW].to_list(), partial=frame[PARTIAL].to_list())
        drawn.update_traces({"legendrank": list(LINES).index(column)}, selector={"name": name})


def _lines(row: Row) -> list[str]:
    timed = int(row[LATENCY_RUNS])
    if not timed:
        return [f"no latency · {count(int(row[RUNS]), 'run')}"]
    known = [column for column in LINES if column in row and row[column] == row[column]]
    values = [f"{LINES[column][0]} {seconds(row[column])}" for column in known] or ["too few runs"]
    few = f"few runs ({timed})" if row[FEW] else count(timed, "run")
    return [" · ".join(values), f"over {few} of {row[RUNS]:,}"]
