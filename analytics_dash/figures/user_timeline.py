"""Owns the picture of one user's runs in time: a mark for each, on a line for each outcome, failures on top."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from html import escape
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.canvas import Panel, Row, canvas, say_nothing
from analytics_dash.figures.scales import Scale
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.figures.wording import moment
from analytics_dash.metrics.columns import END, OUTCOMES, START
from analytics_dash.quantities import NOTHING, count, seconds
from analytics_dash.runs.instants import naive
from analytics_dash.runs.outcome import Outcome

ROW_HEIGHT: Final = 38  # a finger hits a mark
AROUND: Final = 84  # of the height: the legend and the axis
LEFT: Final = 92  # holds the longest outcome
ERROR_LENGTH: Final = 160  # characters of an error in a hover box
NO_RUNS: Final = "No runs in this range"
SYMBOLS: Final = {
    Outcome.FAILED: "x",
    Outcome.SUCCEEDED: "circle",
    Outcome.CANCELLED: "diamond",
    Outcome.UNFINISHED: "triangle-up",
    Outcome.UNKNOWN: "square",
}
"""So that outcomes are told apart without their colours."""
OPACITY: Final = 0.75  # marks that lie on each other show that they do


def figure(runs: pd.DataFrame, start: datetime, end: datetime, *, zone: str, theme: Theme) -> go.Figure:
    """The runs (`metrics.one_user.timeline`) over [start, end); a mark's customdata is ["run", run_id]."""
    axis = time_axis(pd.DataFrame({START: [pd.Timestamp(start)], END: [pd.Timestamp(end)]}), zone)
    present = [name for name in OUTCOMES if (runs["outcome"] == name).any()]
    lines = tuple(range(len(present) - 1, -1, -1))
    scale = Scale(float(max(len(present), 1)), tuple(map(float, lines)), tuple(present))
    drawn = canvas(axis, theme=theme, height=max(len(present), 2) * ROW_HEIGHT + AROUND, panels=[Panel(scale, (0, 1))])
    drawn.update_layout(margin_l=LEFT, xaxis_anchor="y", yaxis_range=[-0.6, max(len(present), 1) - 0.4])
    drawn.update_yaxes(zeroline=False, selector={"range": drawn.layout.yaxis.range})
    for name, height in zip(present, lines, strict=True):
        _add(drawn, runs[runs["outcome"] == name], name, height, zone=zone, theme=theme)
    if not present:
        say_nothing(drawn, NO_RUNS, theme=theme)
    return drawn


def alt_text(runs: pd.DataFrame, *, zone: str) -> str:
    """One sentence: how many runs of each outcome, and from when to when."""
    if runs.empty:
        return f"Runs of this user over time: {NO_RUNS.lower()}."
    held = Counter(runs["outcome"])
    parts = ", ".join(f"{held[name]:,} {name}" for name in OUTCOMES if held[name])
    first, last = moment(runs["date"].min(), zone), moment(runs["date"].max(), zone)
    return f"{count(len(runs), 'run')} of this user over time, {parts}; from {first} to {last}."


def _add(drawn: go.Figure, runs: pd.DataFrame, name: str, height: int, *, zone: str, theme: Theme) -> None:
    rows = runs.to_dict("records")
    drawn.add_scatter(
        name=name,
        x=[naive(row["date"].to_pydatetime()) for row in rows],
        y=[height] * len(rows),
        yaxis="y",
        mode="markers",
        marker={"symbol": SYMBOLS[Outcome(name)], "size": 11, "color": theme.outcomes[name], "opacity": OPACITY},
        unselected={"marker": {"opacity": OPACITY}},
        customdata=[["run", row["run_id"]] for row in rows],
        hovertext=[_hover(row, name, zone) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(row: Row, name: str, zone: str) -> str:
    error, taken = row["error"], seconds(row["latency"])
    told = [f"<b>{name}</b>, {moment(row['date'], zone)}", "no latency" if taken == NOTHING else taken]
    if isinstance(error, str) and error:
        short = " ".join(error.split())
        told.append(escape(short if len(short) <= ERROR_LENGTH else short[: ERROR_LENGTH - 1] + "…"))
    return "<br>".join([*told, "<i>click to open the run</i>"])
