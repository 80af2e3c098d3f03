"""Owns the picture of the share of runs within a threshold over time, and the timed runs under it."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import Panel, Row, add_bars, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.described import described, latest
from analytics_dash.figures.latency_canvas import shade
from analytics_dash.figures.lines import Line, add_line
from analytics_dash.figures.scales import Scale
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.metrics.columns import HIGH, LATENCY_RUNS, LOW, PARTIAL, RATE, RUNS, WITHIN
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.quantities import count, percent, seconds

HEIGHT: Final = 280
BOTTOMS: Final = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0)
"""Where the axis may begin: shares near 100 % would all look the same on an axis from 0."""
STEPS: Final = 4
HEADROOM: Final = 0.05  # of the axis: a marker at 100 % stays whole
NO_RUNS: Final = "No runs in this range"
NO_LATENCY: Final = "No finished run with a latency in this range"


def figure(frame: pd.DataFrame, *, threshold_s: float, zone: str, theme: Theme) -> go.Figure:
    """The share with gaps where nothing is timed; the axis ends at 100 %, and says where it begins."""
    axis, scale, bottom = time_axis(frame, zone), *_scale(frame)
    timed = scales.scale(frame[LATENCY_RUNS], units=scales.COUNTS, intervals=2, smallest_step=1)
    word = f"within {seconds(threshold_s)}" + (f", from {bottom:.0%}".replace("%", " %") if bottom else "")
    panels = [Panel(scale, (0.36, 1.0), word), Panel(timed, (0.0, 0.2), "timed runs")]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=panels)
    drawn.update_layout({"yaxis": {"range": [bottom, scale.top]}})
    partial = frame[PARTIAL].to_list()
    add_bars(
        drawn, axis, frame[LATENCY_RUNS].to_list(), partial=partial, name="timed runs", colour=theme.runs, yaxis="y2",
    )  # fmt: skip
    line = Line("within", shade(theme, light="#3f4b8f", dark="#b3bdf5"))
    add_line(drawn, axis, frame[RATE].to_list(), line, few=[is_few(n) for n in frame[LATENCY_RUNS]], partial=partial)
    add_columns(drawn, axis, hover_texts(frame, axis, _lines), theme=theme)
    drawn.update_layout(showlegend=False)
    if frame[RATE].isna().all():
        say_nothing(drawn, _why_nothing(frame), theme=theme, at=0.68)
    return drawn


def alt_text(frame: pd.DataFrame, *, threshold_s: float, zone: str) -> str:
    """One sentence: the range, the share over all of it, and the latest."""
    what = f"Share of runs within {seconds(threshold_s)}"
    if frame[RATE].isna().all():
        return f"{what}: {_why_nothing(frame).lower()}."
    within, of = int(frame[WITHIN].sum()), int(frame[LATENCY_RUNS].sum())
    last = latest(frame, RATE, zone=zone)
    return (
        f"{described(what, frame, zone=zone)}: {percent(within / of)} in all ({within:,} of {of:,} runs), "
        f"latest {percent(last.value)} ({last.when})."
    )


def _why_nothing(frame: pd.DataFrame) -> str:
    return NO_LATENCY if frame[RUNS].any() else NO_RUNS


def _scale(frame: pd.DataFrame) -> tuple[Scale, float]:
    lowest = frame[RATE].min() if frame[RATE].notna().any() else 0.0
    bottom = next(bottom for bottom in BOTTOMS if bottom <= lowest)
    ticks = [bottom + (1 - bottom) * step / STEPS for step in range(STEPS + 1)]
    return Scale(1 + (1 - bottom) * HEADROOM, tuple(ticks), tuple(f"{tick * 100:.6g} %" for tick in ticks)), bottom


def _lines(row: Row) -> list[str]:
    timed = int(row[LATENCY_RUNS])
    if not timed:
        return [f"no latency · {count(int(row[RUNS]), 'run')}"]
    interval = f"{percent(row[LOW]).removesuffix(' %')}–{percent(row[HIGH])}"
    few = ", few runs" if is_few(timed) else ""
    return [f"{percent(row[RATE])} within ({interval}){few}", f"{row[WITHIN]:,} of {count(timed, 'timed run')}"]
