"""Owns how notes are drawn on any chart in time: a dashed line each, short labels above the plot, and words.

The labels have a strip of their own between the plot and what stood above it, so that their hover texts take no click
from a bar, nor cover one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.theme import Theme
from analytics_dash.runs.annotation import Annotation
from analytics_dash.runs.instants import naive

NAME: Final = "note"  # of lines and labels: a figure that has them gets no second ones
STRIP: Final = 20  # pixels: one line of labels
LABEL_SIZE: Final = 11
LETTER: Final = 6.2  # pixels of a letter of that size, on average
LABEL_LENGTH: Final = 24  # characters: the beginning of a text; the hover text has all of it
PLOT_WIDTH: Final = 520  # pixels, between a phone's and a laptop's: labels that would meet there are one
PHONE_WIDTH: Final = 300  # pixels: a label that would leave the plot there is written to the left of its line
LINE_OPACITY: Final = 0.65
WRAPPED: Final = 60  # characters of a line of a hover text
TOLD: Final = 6  # notes in one hover text, or in the words for a chart; the rest as a number


@dataclass(frozen=True)
class Label:
    """What stands above one line or several: its notes, and where it begins and ends as shares of the axis."""

    notes: tuple[Annotation, ...]
    at: float
    start: float
    end: float
    leftward: bool

    @property
    def text(self) -> str:
        """The beginning of the note, or how many there are."""
        return _short(self.notes)


def add_notes(figure: go.Figure, notes: Sequence[Annotation], *, zone: str, theme: Theme) -> list[Annotation]:
    """Draw the notes that the figure's axis of time shows, and return them, oldest first; none on another axis."""
    bounds = _bounds(figure)
    if bounds is None:
        return []
    low, high = bounds
    shown = sorted((note for note in notes if low <= naive(note.at) < high), key=lambda note: note.at)
    if not shown or any(shape.name == NAME for shape in figure.layout.shapes):
        return shown
    _make_room(figure)
    figure.update_layout(shapes=[*figure.layout.shapes, *(_line(note, theme) for note in shown)])
    for label in labels(shown, low, high):
        figure.add_annotation(_drawn(label, zone, theme))
    return shown


def alt_text(notes: Sequence[Annotation], *, zone: str) -> str:
    """“Notes: 12 Nov 2026, 14:02 new prompt v7; and 3 more.”; empty without notes."""
    if not notes:
        return ""
    parts = [f"{_when(note.at, zone)} {note.text}" for note in notes[:TOLD]]
    return f"Notes: {'; '.join([*parts, *_more(notes)])}."


def labels(notes: Sequence[Annotation], low: datetime, high: datetime) -> list[Label]:
    """The labels above the notes (in [low, high), oldest first): one for those whose own would meet."""
    found: list[Label] = []
    for note in notes:
        label = _placed((note,), (naive(note.at) - low) / (high - low), found[-1].end if found else 0)
        while found and label.start < found[-1].end:  # a number is shorter than a text, and may meet the one before
            before = found.pop()
            label = _placed((*before.notes, *label.notes), before.at, found[-1].end if found else 0)
        found.append(label)
    return found


def _placed(notes: tuple[Annotation, ...], at: float, taken: float) -> Label:
    """To the right of its line; to the left where a phone would cut it, if what is `taken` leaves the place."""
    width = (len(_short(notes)) + 1) * LETTER / PLOT_WIDTH
    cut, cut_on_phones = at + width > 1, at + width * PLOT_WIDTH / PHONE_WIDTH > 1
    leftward = cut or (cut_on_phones and at - width >= taken)
    start = at - width if leftward else at
    return Label(notes, at, start, start + width, leftward)


def _short(notes: tuple[Annotation, ...]) -> str:
    if len(notes) > 1:
        return f"{len(notes)} notes"
    text = notes[0].text
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1].rstrip() + "…"


def _bounds(figure: go.Figure) -> tuple[datetime, datetime] | None:
    """What the axis of time shows, in naive UTC; None where it is another axis, or shows nothing."""
    axis = figure.layout.xaxis
    if axis.type != "date" or not axis.range:
        return None
    low, high = (naive(pd.Timestamp(end).to_pydatetime()) for end in axis.range)
    return (low, high) if low < high else None


def _make_room(figure: go.Figure) -> None:
    """Move up what stands above the plot, and make the figure as much higher, so that the plot keeps its size."""
    layout = figure.layout
    top, bottom = layout.margin.t or 0, layout.margin.b or 0
    plot = max((layout.height or 0) - top - bottom, STRIP)
    figure.update_layout(margin={"t": top + STRIP}, height=(layout.height or top + bottom + plot) + STRIP)
    if layout.legend.yanchor == "bottom" and (layout.legend.y or 0) >= 1:
        figure.update_layout(legend={"y": layout.legend.y + STRIP / plot})
    for word in layout.annotations:
        if word.yref == "paper" and word.yanchor == "bottom" and (word.y or 0) >= 1:
            word.update(yshift=(word.yshift or 0) + STRIP)


def _line(note: Annotation, theme: Theme) -> dict[str, Any]:
    """From the plot's foot to the labels; no shape takes a click."""
    return {
        "type": "line", "name": NAME, "xref": "x", "yref": "paper", "x0": naive(note.at), "x1": naive(note.at),
        "y0": 0, "y1": 1, "layer": "above", "opacity": LINE_OPACITY,
        "line": {"color": theme.text, "width": 1, "dash": "dash"},
    }  # fmt: skip


def _drawn(label: Label, zone: str, theme: Theme) -> go.layout.Annotation:
    """The label beside the line of its first note; the page's colour behind it, so that none shines through another."""
    return go.layout.Annotation(
        name=NAME,
        text=escape(label.text),
        x=naive(label.notes[0].at),
        xref="x",
        y=1,
        yref="paper",
        xanchor="right" if label.leftward else "left",
        yanchor="bottom",
        showarrow=False,
        font={"size": LABEL_SIZE, "color": theme.text},
        bgcolor=theme.page,
        borderpad=1,
        hovertext="<br>".join([*(_told(note, zone) for note in label.notes[:TOLD]), *_more(label.notes)]),
        hoverlabel={"bgcolor": theme.hover, "bordercolor": theme.grid, "font": {"color": theme.text}},
    )


def _told(note: Annotation, zone: str) -> str:
    lines = "<br>".join(escape(line) for line in textwrap.wrap(note.text, WRAPPED, break_long_words=True))
    return (
        f"<b>{escape(_when(note.at, zone))}</b><br>{lines}<br><i>{escape(textwrap.shorten(note.made_by, WRAPPED))}</i>"
    )


def _more(notes: Sequence[Annotation]) -> list[str]:
    return [f"and {len(notes) - TOLD:,} more"] if len(notes) > TOLD else []


def _when(instant: datetime, zone: str) -> str:
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"
