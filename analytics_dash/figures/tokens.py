"""Owns the picture of tokens over time: a bar per bucket."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import Panel, Row, add_bars, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.described import described, latest, peak
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.metrics.columns import PARTIAL, RUNS, TOKENS
from analytics_dash.quantities import compact, count

HEIGHT: Final = 260
NO_RUNS: Final = "No runs in this range"
NO_TOKENS: Final = "No tokens in this range"


def figure(frame: pd.DataFrame, *, zone: str, theme: Theme) -> go.Figure:
    """Bars from 0, hatched where the bucket is partial; a sentence where there is nothing."""
    axis = time_axis(frame, zone)
    scale = scales.scale(frame[TOKENS], units=scales.COUNTS, smallest_step=1)
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=[Panel(scale, (0.0, 1.0), "tokens")])
    add_bars(
        drawn, axis, frame[TOKENS].to_list(),
        partial=frame[PARTIAL].to_list(), name="tokens", colour=theme.tokens, yaxis="y",
    )  # fmt: skip
    add_columns(drawn, axis, hover_texts(frame, axis, _lines), theme=theme)
    if not frame[TOKENS].any():
        say_nothing(drawn, NO_TOKENS if frame[RUNS].any() else NO_RUNS, theme=theme)
    return drawn


def alt_text(frame: pd.DataFrame, *, zone: str) -> str:
    """One sentence: the range, the total, the highest bucket and the latest."""
    if not frame[TOKENS].any():
        return f"Tokens over time: {(NO_TOKENS if frame[RUNS].any() else NO_RUNS).lower()}."
    high, last = peak(frame, TOKENS, zone=zone), latest(frame, TOKENS, zone=zone)
    return (
        f"{described('Tokens', frame, zone=zone)}: {compact(int(frame[TOKENS].sum()))} in all, "
        f"most at {compact(int(high.value))} ({high.when}), latest {compact(int(last.value))} ({last.when})."
    )


def _lines(row: Row) -> list[str]:
    each = f" · {compact(round(row[TOKENS] / row[RUNS]))} a run" if row[RUNS] else ""
    return [f"{row[TOKENS]:,} tokens", f"{count(row[RUNS], 'run')}{each}"]
