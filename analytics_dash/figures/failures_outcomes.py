"""Owns the picture of outcomes over time: all runs of a bucket, stacked by how they ended."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import Panel, Row, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.described import described
from analytics_dash.figures.outcome_layers import add_outcome_keys, add_outcomes, present
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.metrics.columns import OUTCOMES, PARTIAL
from analytics_dash.quantities import count, percent

HEIGHT: Final = 260
NO_RUNS: Final = "No runs in this range"


def figure(frame: pd.DataFrame, *, zone: str, theme: Theme, share: bool = False) -> go.Figure:
    """FAILURE_COLUMNS as stacked counts, or as shares of each bucket's runs; a sentence where there is nothing."""
    axis, counts = time_axis(frame, zone), frame[list(OUTCOMES)]
    totals = counts.sum(axis="columns")
    heights = counts.div(totals.where(totals > 0), axis="index").fillna(0) if share else counts
    panels = [_shares() if share else _counts(totals)]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=panels)
    add_outcomes(drawn, axis, heights, partial=frame[PARTIAL].to_list(), theme=theme, yaxis="y")
    add_outcome_keys(drawn, present(frame), theme=theme, yaxis="y", narrows=True)
    add_columns(drawn, axis, hover_texts(frame, axis, _lines), theme=theme)
    if not totals.any():
        say_nothing(drawn, NO_RUNS, theme=theme)
    return drawn


def alt_text(frame: pd.DataFrame, *, zone: str) -> str:
    """One sentence: the range, the runs in all, and each outcome's count and share."""
    totals = frame[list(OUTCOMES)].sum()
    runs = int(totals.sum())
    if not runs:
        return f"Outcomes over time: {NO_RUNS.lower()}."
    parts = [f"{int(totals[name]):,} {name} ({percent(totals[name] / runs)})" for name in OUTCOMES if totals[name]]
    return f"{described('Runs by outcome', frame, zone=zone)}: {count(runs, 'run')}, {', '.join(parts)}."


def _counts(totals: pd.Series[int]) -> Panel:
    return Panel(scales.scale(totals, units=scales.COUNTS, smallest_step=1), (0.0, 1.0))


def _shares() -> Panel:
    return Panel(scales.scale([1.0], units=scales.SHARES, intervals=2), (0.0, 1.0))


def _lines(row: Row) -> list[str]:
    runs = sum(row[name] for name in OUTCOMES)
    return [f"{row[name]:,} {name} ({percent(row[name] / runs)})" for name in OUTCOMES if row[name]] or ["no runs"]
