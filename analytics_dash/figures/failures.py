"""Owns the picture of failures over time: the rate with its interval, and the runs by outcome under it."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import Panel, Row, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.described import described, latest, peak
from analytics_dash.figures.lines import Line, add_line, stretches
from analytics_dash.figures.outcome_layers import add_outcome_keys, add_outcomes, present
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.metrics.columns import HIGH, LOW, OUTCOMES, PARTIAL, RATE
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.quantities import percent
from analytics_dash.runs.outcome import Outcome

HEIGHT: Final = 320
BAND_OPACITY: Final = 0.22
LINE_NAME: Final = "rate, 95 % interval"
NO_RUNS: Final = "No runs in this range"
NO_RATE: Final = "No run failed or succeeded in this range"


def figure(frame: pd.DataFrame, *, zone: str, theme: Theme) -> go.Figure:
    """The rate over its interval, both with gaps, above stacked counts; a sentence where there is nothing.

    The interval is drawn where enough runs are decided, and told by the hover everywhere.
    """
    axis = time_axis(frame, zone)
    totals = scales.scale(frame[list(OUTCOMES)].sum(axis="columns"), units=scales.COUNTS, intervals=2, smallest_step=1)
    panels = [Panel(_rate_scale(frame), (0.45, 1.0)), Panel(totals, (0.0, 0.33), "runs by outcome")]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=panels)
    _add_band(drawn, axis, frame, theme)
    line = Line(LINE_NAME, theme.outcomes[Outcome.FAILED])
    add_line(drawn, axis, frame[RATE].to_list(), line, few=_few(frame), partial=frame[PARTIAL].to_list())
    add_outcomes(drawn, axis, frame, partial=frame[PARTIAL].to_list(), theme=theme, yaxis="y2")
    add_outcome_keys(drawn, present(frame), theme=theme, yaxis="y2")
    add_columns(drawn, axis, hover_texts(frame, axis, _lines), theme=theme)
    if frame[RATE].isna().all():
        some = frame[list(OUTCOMES)].any(axis=None)
        say_nothing(drawn, NO_RATE if some else NO_RUNS, theme=theme, at=0.72)
    return drawn


def alt_text(frame: pd.DataFrame, *, zone: str) -> str:
    """One sentence: the range, the rate over all of it, the highest bucket and the latest."""
    if frame[RATE].isna().all():
        some = frame[list(OUTCOMES)].any(axis=None)
        return f"Failures over time: {(NO_RATE if some else NO_RUNS).lower()}."
    high = peak(frame, RATE, zone=zone)
    failed, succeeded = int(frame[Outcome.FAILED].sum()), int(frame[Outcome.SUCCEEDED].sum())
    last = latest(frame, RATE, zone=zone)
    return (
        f"{described('Failure rate', frame, zone=zone)}: {percent(failed / (failed + succeeded))} in all "
        f"({failed:,} of {failed + succeeded:,} runs), highest at {percent(high.value)} ({high.when}), "
        f"latest {percent(last.value)} ({last.when})."
    )


def _rate_scale(frame: pd.DataFrame) -> scales.Scale:
    """Holds every rate and half of the intervals over enough runs: those of a few reach 80 % and flatten the line."""
    known = frame[frame[RATE].notna()]
    enough = known[[not few for few in _few(known)]]
    highs = (enough if len(enough) else known)[HIGH].to_list()
    return scales.scale([*frame[RATE].dropna(), *([median(highs)] if highs else [])], units=scales.SHARES)


def _few(frame: pd.DataFrame) -> list[bool]:
    return [is_few(decided) for decided in (frame[Outcome.FAILED] + frame[Outcome.SUCCEEDED]).to_list()]


def _add_band(drawn: go.Figure, axis: TimeAxis, frame: pd.DataFrame, theme: Theme) -> None:
    """The interval as one shape for each stretch without a gap; of few runs it reaches far and would hide the line."""
    enough = [known and not few for known, few in zip(frame[RATE].notna(), _few(frame), strict=True)]
    x: list[datetime | None] = []
    y: list[float | None] = []
    for places in stretches(enough):
        there = _outline(axis, places)
        x += [*there, *reversed(there), None]
        y += [*_bounds(frame[HIGH].to_list(), places), *reversed(_bounds(frame[LOW].to_list(), places)), None]
    drawn.add_scatter(
        name="95 % interval", legendgroup=LINE_NAME, showlegend=False, x=x, y=y, mode="lines", line={"width": 0},
        fill="toself", fillcolor=_faded(theme.outcomes[Outcome.FAILED]), hoverinfo="skip",
    )  # fmt: skip


def _outline(axis: TimeAxis, places: list[int]) -> list[datetime]:
    """Centres; a bucket on its own is as wide as its bar, else its band would have no width."""
    if len(places) > 1:
        return [axis.centres[place] for place in places]
    half = timedelta(milliseconds=axis.bars_ms[places[0]] / 2)
    return [axis.centres[places[0]] - half, axis.centres[places[0]] + half]


def _bounds(values: list[float], places: list[int]) -> list[float]:
    return [values[place] for place in (places if len(places) > 1 else places * 2)]


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{BAND_OPACITY})"


def _lines(row: Row) -> list[str]:
    decided = int(row[Outcome.FAILED] + row[Outcome.SUCCEEDED])
    counts = " · ".join(f"{row[name]:,} {name}" for name in OUTCOMES if row[name]) or "no runs"
    if not decided:
        return ["failure rate: no data", counts]
    few = f", few runs ({decided})" if is_few(decided) else ""
    interval = f"{percent(row[LOW]).removesuffix(' %')}–{percent(row[HIGH])}"
    return [f"failure rate {percent(row[RATE])} ({interval}){few}", counts]
