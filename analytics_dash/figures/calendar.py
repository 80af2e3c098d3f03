"""Owns the picture of the week: weekdays down, hours of the day along, darker where there is more.

A cell's customdata is ["calendar", weekday, hour]: from 0 for Monday and for midnight, on the clocks of the zone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.heatmap_cells import UNCHOSEN, add_key, colours_of, ramp_of
from analytics_dash.figures.theme import TRANSPARENT, Theme, base_layout
from analytics_dash.metrics.columns import FEW, HOUR, HOURS, LATENCY_RUNS, P95, RATE, RUNS, WEEKDAY
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.quantities import count, percent, seconds
from analytics_dash.runs.outcome import Outcome

HEIGHT: Final = 300
MARGIN: Final = {"l": 58, "r": 20, "t": 56, "b": 36, "pad": 0}  # left and right as on the charts in time
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CELL: Final = 0.92  # of its place; the rest is the gap to its neighbours
HOUR_TICKS: Final = (0, 4, 8, 12, 16, 20)  # labels that fit at 390 pixels
NO_RUNS: Final = "No runs in this range"
NO_VALUE: Final = "No runs to tell this from in this range"

Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Measure:
    """What colours a cell: its value for a row, the word for it, the units of its key, and how it is written."""

    value: Callable[[Row], float]
    word: str
    units: scales.Units
    written: Callable[[float], str]
    few: Callable[[Row], bool]


class Shown(Enum):
    """What the calendar can show; runs by the hour, since not every hour of the week comes equally often in a range."""

    RUNS = Measure(
        lambda row: row[RUNS] / row[HOURS], "runs an hour", scales.COUNTS, lambda v: f"{v:,.3g}", lambda _: False
    )
    FAILURE_RATE = Measure(
        lambda row: row[RATE], "failure rate", scales.SHARES, percent,
        lambda row: is_few(row[Outcome.FAILED] + row[Outcome.SUCCEEDED]),
    )  # fmt: skip
    P95 = Measure(lambda row: row[P95], "p95 latency", scales.SECONDS, seconds, lambda row: bool(row[FEW]))


def figure(frame: pd.DataFrame, *, shown: Shown, zone: str, theme: Theme) -> go.Figure:
    """A cell for each hour of the week that the range reaches: outlined where there is no value, hatched where few."""
    rows = _reached(frame)
    values = [shown.value.value(row) for row in rows]
    drawn = go.Figure(layout=_layout(zone, theme))
    _add_cells(drawn, rows, values, shown=shown, theme=theme)
    if not any(math.isfinite(value) for value in values) or not frame[RUNS].any():
        say_nothing(drawn, NO_VALUE if frame[RUNS].any() else NO_RUNS, theme=theme)
    return drawn


def alt_text(frame: pd.DataFrame, *, shown: Shown, zone: str) -> str:
    """One sentence: the hour of the week with the highest value, and the lowest."""
    found = [(shown.value.value(row), row) for row in _reached(frame)]
    known = [(value, row) for value, row in found if math.isfinite(value)]
    what = f"{shown.value.word.capitalize()} by hour of the week in {zone}"
    if not known or not frame[RUNS].any():
        return f"{what}: {(NO_VALUE if frame[RUNS].any() else NO_RUNS).lower()}."
    high, low = max(known, key=lambda pair: pair[0]), min(known, key=lambda pair: pair[0])
    written = shown.value.written
    return f"{what}: highest {_when(high[1])} with {written(high[0])}, lowest {_when(low[1])} with {written(low[0])}."


def _reached(frame: pd.DataFrame) -> list[Row]:
    return list(frame[frame[HOURS] > 0].to_dict("records"))


def _layout(zone: str, theme: Theme) -> dict[str, Any]:
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": {"color": theme.muted, "size": 12}}
    return {
        **base_layout(theme),
        "height": HEIGHT,
        "margin": MARGIN,
        "barmode": "overlay",
        "showlegend": False,
        "xaxis": {
            **axis, "range": [-0.5, 23.5], "tickvals": list(HOUR_TICKS),
            "ticktext": [f"{hour:02d}:00" for hour in HOUR_TICKS],
            "title": {"text": f"hour in {zone}", "font": {"size": 12, "color": theme.muted}, "standoff": 4},
        },
        "yaxis": {**axis, "range": [6.5, -0.5], "tickvals": list(range(7)), "ticktext": list(DAYS)},
    }  # fmt: skip


def _add_cells(drawn: go.Figure, rows: Sequence[Row], values: Sequence[float], *, shown: Shown, theme: Theme) -> None:
    """Bars, for Plotly's own heatmap takes no click as a selection."""
    known = [math.isfinite(value) for value in values]
    scale = scales.scale([v for v in values if math.isfinite(v)], units=shown.value.units, intervals=2)
    ramp = ramp_of(theme)
    for part in (True, False):
        places = [place for place, there in enumerate(known) if there is part]
        held = [rows[place] for place in places]
        colours = colours_of([values[place] for place in places], ramp, top=scale.top) if part else []
        drawn.add_bar(
            name="cells" if part else "cells without a value",
            x=[row[HOUR] for row in held],
            y=[CELL] * len(held),
            base=[row[WEEKDAY] - CELL / 2 for row in held],
            width=[CELL] * len(held),
            customdata=[["calendar", int(row[WEEKDAY]), int(row[HOUR])] for row in held],
            hovertext=[_hover(row, shown) for row in held],
            hovertemplate="%{hovertext}<extra></extra>",
            marker=_coloured(colours, held, shown=shown, theme=theme) if part else _outlined(theme),
            unselected={"marker": {"opacity": UNCHOSEN}},
        )
    if any(known):
        ticks = dict(zip(scale.ticks, scale.labels, strict=True))
        add_key(drawn, ramp, top=scale.top, word=shown.value.word, ticks=ticks, theme=theme)


def _coloured(colours: Sequence[str], rows: Sequence[Row], *, shown: Shown, theme: Theme) -> dict[str, Any]:
    return {
        "color": list(colours),
        "line": {"width": 0},
        "pattern": {
            "shape": ["/" if shown.value.few(row) else "" for row in rows], "fillmode": "replace", "size": 6,
            "solidity": 0.25, "fgcolor": theme.muted, "bgcolor": list(colours),
        },
    }  # fmt: skip


def _outlined(theme: Theme) -> dict[str, Any]:
    return {"color": TRANSPARENT, "line": {"width": 1, "color": theme.grid}}


def _hover(row: Row, shown: Shown) -> str:
    decided = int(row[Outcome.FAILED] + row[Outcome.SUCCEEDED])
    value = shown.value.value(row)
    few = ", few runs" if shown.value.few(row) else ""
    told = (
        f"{shown.value.word} {shown.value.written(value)}" if math.isfinite(value) else f"{shown.value.word}: no data"
    )
    counts = f"{count(int(row[RUNS]), 'run')} in {row[HOURS]:,.3g} h · {row[Outcome.FAILED]:,} of {decided:,} failed"
    return f"<b>{_when(row)}</b><br>{told}{few}<br>{counts} · {row[LATENCY_RUNS]:,} with a latency"


def _when(row: Row) -> str:
    return f"{DAYS[int(row[WEEKDAY])]} {int(row[HOUR]):02d}:00–{(int(row[HOUR]) + 1) % 24:02d}:00"
