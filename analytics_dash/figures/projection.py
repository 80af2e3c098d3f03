"""Owns the picture of a month's end: what is spent so far, and the range in which the rest may come to."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.canvas import Panel, Row, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.cost_words import amount, amount_scale
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.figures.wording import moment
from analytics_dash.metrics.columns import COST, END, HIGH, LOW, MEDIAN, PARTIAL, SPENT
from analytics_dash.metrics.projection import Projection
from analytics_dash.runs.instants import naive

HEIGHT: Final = 280
BAND_OPACITY: Final = 0.22
NO_PROJECTION: Final = "No projection yet"
SURE: Final = "four times out of five"


def figure(found: Projection, measure: str, *, zone: str, theme: Theme) -> go.Figure:
    """The sum so far as a line, then the band and its middle; words where there is none yet, see `sentence`."""
    frame = found.days.assign(**{PARTIAL: False})
    axis = time_axis(frame, zone)
    scale = amount_scale([*frame[SPENT].dropna(), *frame[HIGH].dropna()], measure)
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=[Panel(scale, (0.0, 1.0))])
    _add_ahead(drawn, found, theme)
    _add_so_far(drawn, found, theme)
    add_columns(drawn, axis, hover_texts(frame, axis, lambda row: _lines(row, measure)), theme=theme)
    begun = frame[SPENT].notna()
    drawn.data[-1].customdata = [bounds if ran else None for bounds, ran in zip(axis.bounds, begun, strict=True)]
    if found.reason:
        say_nothing(drawn, NO_PROJECTION, theme=theme)
    return drawn


def alt_text(found: Projection, measure: str, *, zone: str) -> str:
    """One sentence: the month, what is spent, and where it may end."""
    what = "Estimated cost" if measure == COST else "Tokens"
    return f"{what} of the month that ends {moment(found.month_end, zone)}: {sentence(found, measure)}"


def sentence(found: Projection, measure: str) -> str:
    """What is spent, and between what the month will end; or why that cannot be said yet."""
    so_far = f"{amount(found.spent, measure)} so far"
    if found.low is None or found.median is None or found.high is None:
        return f"{so_far}; no projection: {found.reason}."
    ends = f"{amount(found.low, measure)} and {amount(found.high, measure)}"
    return (
        f"{so_far}; {SURE} such a month ends between {ends}, about {amount(found.median, measure)}, "
        f"by the {found.rests_on} full days before."
    )


def _add_ahead(drawn: go.Figure, found: Projection, theme: Theme) -> None:
    """The band and its middle, both from what is spent now."""
    known = found.days[found.days[HIGH].notna()]
    if known.empty:
        return
    there = [naive(found.as_of), *(naive(end) for end in _instants(known))]
    low, middle, high = ([found.spent, *known[name]] for name in (LOW, MEDIAN, HIGH))
    drawn.add_scatter(
        name="80 % range", x=[*there, *reversed(there)], y=[*high, *reversed(low)], mode="lines", line={"width": 0},
        fill="toself", fillcolor=_faded(theme.tokens), hoverinfo="skip",
    )  # fmt: skip
    line = {"color": theme.tokens, "width": 2, "dash": "dot"}
    drawn.add_scatter(name="expected", x=there, y=middle, mode="lines", line=line, hoverinfo="skip")


def _add_so_far(drawn: go.Figure, found: Projection, theme: Theme) -> None:
    days = found.days[found.days[SPENT].notna()]
    there = [naive(found.month_start), *(naive(min(end, found.as_of)) for end in _instants(days))]
    line = {"color": theme.tokens, "width": 2.5}
    drawn.add_scatter(name="so far", x=there, y=[0.0, *days[SPENT]], mode="lines", line=line, hoverinfo="skip")


def _lines(row: Row, measure: str) -> list[str]:
    spent = [f"{amount(row[SPENT], measure)} since the month began"] if math.isfinite(row[SPENT]) else []
    if not math.isfinite(row[MEDIAN]):
        return spent or ["no projection yet"]
    ends = f"{amount(row[LOW], measure)} to {amount(row[HIGH], measure)}"
    return [*spent, f"by the day's end {ends}, about {amount(row[MEDIAN], measure)}"]


def _instants(days: pd.DataFrame) -> list[datetime]:
    return [end.to_pydatetime() for end in days[END]]


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{BAND_OPACITY})"
