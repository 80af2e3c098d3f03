"""Owns the picture of latency over time: p50, p95 and p99, and the runs behind them."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import Panel, Row, add_bars, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.described import described, latest, peak
from analytics_dash.figures.lines import Line, add_line
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.metrics.columns import FEW, LATENCY_RUNS, P50, P95, P99, PARTIAL, PERCENTILES, RUNS
from analytics_dash.quantities import count, seconds

HEIGHT: Final = 310
LINES: Final = {P50: ("p50", 2.4, "circle"), P95: ("p95", 2.0, "diamond"), P99: ("p99", 1.4, "square")}
NO_RUNS: Final = "No runs in this range"
NO_LATENCY: Final = "No finished run with a latency in this range"


def figure(frame: pd.DataFrame, *, zone: str, theme: Theme) -> go.Figure:
    """Lines with gaps where nothing finished, over a strip of run counts; a sentence where there is nothing."""
    axis = time_axis(frame, zone)
    percentiles = scales.scale(frame[list(PERCENTILES)].to_numpy().ravel(), units=scales.SECONDS)
    runs = scales.scale(frame[RUNS], units=scales.COUNTS, intervals=2, smallest_step=1)
    panels = [Panel(percentiles, (0.3, 1.0)), Panel(runs, (0.0, 0.17), "runs")]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=panels)
    add_bars(
        drawn, axis, frame[RUNS].to_list(),
        partial=frame[PARTIAL].to_list(), name="runs", colour=theme.runs, yaxis="y2",
    )  # fmt: skip
    for column in reversed(PERCENTILES):  # the p50 comes to lie on top
        _add_percentile(drawn, axis, frame, column, theme)
    add_columns(drawn, axis, hover_texts(frame, axis, _lines), theme=theme)
    if frame[P50].isna().all():
        say_nothing(drawn, NO_LATENCY if frame[RUNS].any() else NO_RUNS, theme=theme, at=0.65)
    return drawn


def alt_text(frame: pd.DataFrame, *, zone: str) -> str:
    """One sentence: the range, the highest p95 and the latest, and when."""
    if frame[P50].isna().all():
        return f"Latency over time: {(NO_LATENCY if frame[RUNS].any() else NO_RUNS).lower()}."
    high = peak(frame, P95, zone=zone)
    last = latest(frame, P95, zone=zone)
    return (
        f"{described('Latency', frame, zone=zone)}: p95 was highest at {seconds(high.value)} ({high.when}), "
        f"latest {seconds(last.value)} ({last.when})."
    )


def _add_percentile(drawn: go.Figure, axis: TimeAxis, frame: pd.DataFrame, column: str, theme: Theme) -> None:
    name, width, symbol = LINES[column]
    line = Line(name, theme.percentiles[column], width, symbol)
    if column == P50 or frame[column].notna().any():  # a p99 that no bucket has runs enough for is not announced
        add_line(drawn, axis, frame[column].to_list(), line, few=frame[FEW].to_list(), partial=frame[PARTIAL].to_list())
        drawn.update_traces({"legendrank": list(PERCENTILES).index(column)}, selector={"name": name})


def _lines(row: Row) -> list[str]:
    timed = int(row[LATENCY_RUNS])
    if not timed:
        return [f"no latency · {count(int(row[RUNS]), 'run')}"]
    values = [f"{LINES[column][0]} {seconds(row[column])}" for column in PERCENTILES if row[column] == row[column]]
    few = f"few runs ({timed})" if row[FEW] else count(timed, "run")
    return [" · ".join(values), f"over {few} of {row[RUNS]:,}"]
