"""Owns the picture of failure rates by the values of a dimension: bars with intervals, marked if they differ."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.theme import Theme, base_layout
from analytics_dash.metrics.columns import (
    ADJUSTED_P,
    DIFFERS,
    FAILED,
    HIGH,
    LOW,
    PART,
    RATE,
    SUCCEEDED,
    TITLE,
)
from analytics_dash.metrics.failures_by_dimension import FailureValues
from analytics_dash.metrics.spend_query import OTHER
from analytics_dash.quantities import percent
from analytics_dash.runs.dimension import VALUE

ROW_HEIGHT: Final = 28
FRAME_HEIGHT: Final = 70  # the axis under the bars and the margin above
NAME_LENGTH: Final = 28  # characters that leave a phone room for the bars; the hover tells the whole
MARKS: Final = {"higher": "▲", "lower": "▼"}
NOTHING: Final = "No run failed or succeeded in this range"

Row = Mapping[Hashable, Any]


def figure(values: FailureValues, *, theme: Theme) -> go.Figure:
    """Level bars from 0, the value with most failed runs on top; a click tells ["dimension", name, value].

    The bar of “other” is grey and takes no click; a triangle after the name stands for “differs from the rest”.
    """
    rows = values.frame.to_dict("records")
    drawn = go.Figure(layout=_layout(rows, theme))
    drawn.add_bar(
        orientation="h",
        x=[row[RATE] for row in rows],
        y=list(range(len(rows))),
        width=0.7,
        customdata=[_clicked(values, row) for row in rows],
        hovertext=[_hover(row) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": [theme.runs if row[PART] == OTHER else theme.outcomes[FAILED] for row in rows]},
        error_x=_interval(rows, theme),
        unselected={"marker": {"opacity": 0.6}},
        showlegend=False,
    )
    if not rows:
        drawn.add_annotation(
            text=NOTHING, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
            font={"size": 14, "color": theme.muted},
        )  # fmt: skip
    return drawn


def alt_text(values: FailureValues) -> str:
    """One or two sentences: how many values of how many, the one with most failed runs, and those that differ."""
    label = values.dimension.label.lower()
    if values.frame.empty:
        return f"Failure rate by {label}: {NOTHING.lower()}."
    own = values.frame[values.frame[PART] != OTHER].to_dict("records")
    top = own[0]
    marked = [f"{row[TITLE]} ({row[DIFFERS]}, {percent(row[RATE])})" for row in own if row[DIFFERS]]
    beyond = f"differing from the rest beyond chance: {', '.join(marked)}" if marked else "none differs beyond chance"
    return (
        f"Failure rate by {label}, {len(own)} of {values.of} values: most failed runs for {top[TITLE]} "
        f"({top[FAILED]:,} of {top[FAILED] + top[SUCCEEDED]:,}, {percent(top[RATE])}); {beyond}."
    )


def _layout(rows: Sequence[Row], theme: Theme) -> dict[str, Any]:
    scale = scales.scale([row[HIGH] for row in rows], units=scales.SHARES)
    return {
        "height": FRAME_HEIGHT + ROW_HEIGHT * max(len(rows), 3),
        "margin": {"l": 10, "r": 20, "t": 10, "b": 40, "pad": 0},
        **base_layout(theme),
        "xaxis": {
            "range": [0, min(scale.top, 1.02)], "tickvals": list(scale.ticks), "ticktext": list(scale.labels),
            "gridcolor": theme.grid, "zerolinecolor": theme.grid, "fixedrange": True,
            "tickfont": {"color": theme.muted, "size": 12},
        },
        "yaxis": {
            "tickvals": list(range(len(rows))), "ticktext": [_name(row) for row in rows],
            "range": [max(len(rows), 1) - 0.5, -0.5], "fixedrange": True, "automargin": True, "showgrid": False,
            "zeroline": False,
        },
    }  # fmt: skip


def _interval(rows: Sequence[Row], theme: Theme) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [row[HIGH] - row[RATE] for row in rows],
        "arrayminus": [row[RATE] - row[LOW] for row in rows],
        "color": theme.text,
        "thickness": 1.2,
        "width": 4,
    }


def _clicked(values: FailureValues, row: Row) -> list[str]:
    return [] if row[PART] == OTHER else ["dimension", values.dimension.name, row[VALUE]]


def _name(row: Row) -> str:
    title = row[TITLE]
    short = title if len(title) <= NAME_LENGTH else title[: NAME_LENGTH - 1] + "…"
    return " ".join([escape(short), *([MARKS[row[DIFFERS]]] if row[DIFFERS] else [])])


def _hover(row: Row) -> str:
    interval = f"{percent(row[LOW]).removesuffix(' %')}–{percent(row[HIGH])}"
    lines = [
        f"<b>{escape(row[TITLE][:500])}</b>",
        f"failure rate {percent(row[RATE])} ({interval})",
        f"{row[FAILED]:,} failed · {row[SUCCEEDED]:,} succeeded",
    ]
    if row[DIFFERS]:
        lines.append(f"{row[DIFFERS]} than the rest beyond chance (p {_chance(row[ADJUSTED_P])}, corrected)")
    return "<br>".join(lines)


def _chance(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}"
