"""Owns the picture of parents over time: a panel for each, with its runs of this flow by how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import MARGIN, Panel, Row, add_columns, canvas, say_nothing
from analytics_dash.figures.described import described
from analytics_dash.figures.outcome_layers import add_outcome_keys, add_outcomes, present
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.figures.wording import span
from analytics_dash.metrics.columns import FAILED, OUTCOMES, PARTIAL
from analytics_dash.quantities import count, percent

MOST: Final = 5  # panels that a laptop shows whole
PANEL_HEIGHT: Final = 92
FRAME_HEIGHT: Final = 90
NAME_HEIGHT: Final = 20  # pixels of a line of text
GAP: Final = 0.36  # of a panel's share of the height, for its name
NAME_LENGTH: Final = 60
NO_PARENTS: Final = "No runs in this range were started by another workflow"


def figure(frames: Mapping[str, pd.DataFrame], *, zone: str, theme: Theme) -> go.Figure:
    """FAILURE_COLUMNS by parent's name, over the same buckets, from the top; a sentence where there are none."""
    if not frames:
        drawn = go.Figure(layout={"template": go.layout.Template(), "height": FRAME_HEIGHT * 2})
        say_nothing(drawn, NO_PARENTS, theme=theme)
        return drawn.update_xaxes(visible=False).update_yaxes(visible=False)
    axis = time_axis(next(iter(frames.values())), zone)
    height = FRAME_HEIGHT + NAME_HEIGHT + PANEL_HEIGHT * len(frames)
    drawn = canvas(axis, theme=theme, height=height, panels=_panels(frames))
    for number, frame in enumerate(frames.values(), start=1):
        yaxis = f"y{number if number > 1 else ''}"
        add_outcomes(drawn, axis, frame, partial=frame[PARTIAL].to_list(), theme=theme, yaxis=yaxis)
    add_outcome_keys(drawn, present(*frames.values()), theme=theme, yaxis="y")
    add_columns(drawn, axis, _hovers(frames, axis), theme=theme)
    above = 1 + NAME_HEIGHT / (height - MARGIN["t"] - MARGIN["b"])  # the first name stands right over its panel
    return drawn.update_layout(legend={"y": above}, margin={"t": MARGIN["t"] + NAME_HEIGHT})


def alt_text(frames: Mapping[str, pd.DataFrame], *, zone: str) -> str:
    """A sentence: the range, and each parent's runs and failed ones."""
    if not frames:
        return f"Parents over time: {NO_PARENTS.lower()}."
    parts = []
    for name, frame in frames.items():
        runs, failed = int(frame[list(OUTCOMES)].to_numpy().sum()), int(frame[FAILED].sum())
        parts.append(f"{name} {count(runs, 'run')} ({failed:,} failed)")
    return f"{described('Runs by parent', next(iter(frames.values())), zone=zone)}: {', '.join(parts)}."


def _panels(frames: Mapping[str, pd.DataFrame]) -> list[Panel]:
    share = 1 / len(frames)
    panels = []
    for place, (name, frame) in enumerate(frames.items()):
        top = 1 - place * share
        totals = frame[list(OUTCOMES)].sum(axis="columns")
        scale = scales.scale(totals, units=scales.COUNTS, intervals=2, smallest_step=1)
        short = name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"
        panels.append(Panel(scale, (top - share * (1 - GAP), top), escape(short)))
    return panels


def _hovers(frames: Mapping[str, pd.DataFrame], axis: TimeAxis) -> list[str]:
    """What each bucket says: its time, then a line for each parent that ran in it."""
    rows = [frame.to_dict("records") for frame in frames.values()]
    texts = []
    for place, (start, end) in enumerate(zip(axis.starts, axis.ends, strict=True)):
        told = [_line(name, mine[place]) for name, mine in zip(frames, rows, strict=True)]
        lines = [line for line in told if line] or ["no runs"]
        texts.append("<br>".join([f"<b>{span(start, end, axis.zone)}</b>", *lines]))
    return texts


def _line(name: str, row: Row | dict[Any, Any]) -> str:
    runs = sum(row[outcome] for outcome in OUTCOMES)
    if not runs:
        return ""
    failed = f", {row[FAILED]:,} failed ({percent(row[FAILED] / runs)} of all)" if row[FAILED] else ""
    return f"{escape(name[:NAME_LENGTH])}: {count(int(runs), 'run')}{failed}"
