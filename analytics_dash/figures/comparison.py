"""Owns the faint line of the compared period on a chart in time: bucket by bucket under this period's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import add_key
from analytics_dash.figures.lines import is_bare
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.figures.wording import span
from analytics_dash.metrics.columns import END, P50, P95, RATE, START, TOKENS
from analytics_dash.quantities import compact, percent, seconds
from analytics_dash.runs.outcome import Outcome

WIDTH: Final = 1.3  # thinner than any line of this period
OPACITY: Final = 0.55  # of a line that has 3:1 against the page: seen, and behind
MARKER: Final = 3  # a bucket on its own between gaps is still seen
A_DAY: Final = timedelta(hours=20)  # as long, and a bucket is whole days: held against whole days, of 23 hours or 25
Row = Mapping[Any, Any]
COLUMNS: Final = "bucket"  # the trace that takes clicks and tells the numbers; it stays the last


@dataclass(frozen=True)
class Drawn:
    """What of a table is drawn again and how it is called, in which units, and how a value is written."""

    columns: dict[str, str]
    units: scales.Units
    written: Callable[[float], str]


class Chart(Enum):
    """The charts that can hold a compared period: those of figures/latency, failures and tokens."""

    LATENCY = Drawn({P50: "p50", P95: "p95"}, scales.SECONDS, seconds)
    FAILURES = Drawn({RATE: "rate"}, scales.SHARES, percent)
    TOKENS = Drawn({TOKENS: "tokens"}, scales.COUNTS, lambda value: compact(round(value)))


def add_comparison(
    figure: go.Figure,
    frame: pd.DataFrame,
    compared: pd.DataFrame,
    *,
    chart: Chart,
    zone: str,
    theme: Theme,
    name: str = "period before",
) -> None:
    """Put the compared table's lines, its first bucket under the first one, into the figure that `frame` made.

    Buckets that only one of both periods has, or that last longer in one of them, stay empty or are left out; the
    upright axis grows where it must, and each bucket's hover text says what was there before.
    """
    axis, under = time_axis(frame, zone), _under(frame, compared)
    columns = {column: _values(under, column) for column in reversed(chart.value.columns)}
    for place, (column, values) in enumerate(columns.items()):
        _add(figure, axis, values, colour=_colour(column, theme), name=name, first=place == 0)
    _make_room(figure, [value for values in columns.values() for value in values], chart.value.units)
    _tell(figure, under, chart=chart, zone=zone, name=name)
    if chart is Chart.TOKENS:
        _explain_bars(figure, theme)
    takers = [trace for trace in figure.data if trace.name == COLUMNS]
    figure.data = [*(trace for trace in figure.data if trace.name != COLUMNS), *takers]


def _explain_bars(figure: go.Figure, theme: Theme) -> None:
    """A legend entry for the bars in place of the word in the corner, where the legend now is."""
    word = next(iter(Chart.TOKENS.value.columns.values()))
    figure.layout.annotations = [note for note in figure.layout.annotations if note.text != word]
    add_key(figure, word, theme.tokens, yaxis="y")
    figure.update_traces({"legendrank": 1}, selector={"name": word})


def _under(frame: pd.DataFrame, compared: pd.DataFrame) -> list[Row | None]:
    """What each bucket is held against; None where nothing lies in its place, or what lies there lasts otherwise."""
    own, then = frame.to_dict("records"), compared.to_dict("records")
    held: list[Row | None] = [row if _are_alike(bucket, row) else None for bucket, row in zip(own, then, strict=False)]
    return held + [None] * (len(own) - len(held))


def _are_alike(bucket: Row, row: Row) -> bool:
    """Whether both last equally long, as the hours do in which no clock changes, or are days or weeks."""
    own: timedelta = bucket[END] - bucket[START]
    then: timedelta = row[END] - row[START]
    return own == then or min(own, then) >= A_DAY


def _values(rows: Sequence[Row | None], column: str) -> list[float | None]:
    return [row[column] if row is not None and math.isfinite(row[column]) else None for row in rows]


def _add(
    figure: go.Figure, axis: TimeAxis, values: Sequence[float | None], *, colour: str, name: str, first: bool
) -> None:
    figure.add_scatter(
        name=name,
        legendgroup=name,
        showlegend=first,
        x=axis.centres,
        y=list(values),
        mode="lines" if is_bare(values) else "lines+markers",
        connectgaps=False,
        cliponaxis=False,
        hoverinfo="skip",
        opacity=OPACITY,
        line={"color": colour, "width": WIDTH},
        marker={"color": colour, "size": MARKER, "opacity": 1},
        unselected={"marker": {"opacity": 1}},
    )


def _make_room(figure: go.Figure, values: Sequence[float | None], units: scales.Units) -> None:
    """A higher upright axis, with its own ticks, where the compared values do not fit."""
    drawn = [value for value in values if value is not None]
    needed = scales.scale(drawn, units=units)
    if any(value > 0 for value in drawn) and needed.top > figure.layout.yaxis.range[1]:
        figure.layout.yaxis.update(
            {"range": [0, needed.top], "tickvals": list(needed.ticks), "ticktext": list(needed.labels)}
        )


def _tell(figure: go.Figure, rows: Sequence[Row | None], *, chart: Chart, zone: str, name: str) -> None:
    told = [_line(row, chart=chart, zone=zone, name=name) if row is not None else "" for row in rows]
    for trace in figure.data:
        if trace.name == COLUMNS:
            trace.hovertext = [f"{own}{text}" for own, text in zip(trace.hovertext, told, strict=True)]


def _line(row: Row, *, chart: Chart, zone: str, name: str) -> str:
    values = " · ".join(f"{word} {chart.value.written(row[column])}" for column, word in chart.value.columns.items())
    return f"<br><i>{name}: {values} ({span(row[START], row[END], zone)})</i>"


def _colour(column: str, theme: Theme) -> str:
    return theme.percentiles.get(column) or {RATE: theme.outcomes[Outcome.FAILED]}.get(column, theme.text)
