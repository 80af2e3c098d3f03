"""Owns the parts of a spend as charts show them: their names, colours, order and amounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.latency_canvas import safe
from analytics_dash.figures.latency_rows import RowText, add_clicks
from analytics_dash.figures.palette import colours
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import PART, TITLE
from analytics_dash.metrics.spend import OTHER, OWN, Spend
from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.outcome import Outcome

NOT_ATTRIBUTED_NAME: Final = "(not attributed)"
ALL_NAME: Final = "all runs"
LONGEST: Final = 40

Row = Mapping[Any, Any]


@dataclass(frozen=True, eq=False)
class Look:
    """How a series looks and what it is called; the name is already safe, and what is left over is dotted."""

    name: str
    colour: str
    dotted: bool = False


@dataclass(frozen=True, eq=False)
class Part(Look):
    """A part with its rows of the spend's table in the order of time; `value` is None for other and none."""

    value: str | None = None
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)


def parts(spend: Spend, theme: Theme, given: Mapping[str, str] | None = None) -> list[Part]:
    """The parts that have anything of the measure `by`, in the table's order; `given` are colours by value."""
    count = _part_count(spend.frame)
    frames = [spend.frame.iloc[place::count] for place in range(count)]
    held = [frame for frame in frames if len(frame) and frame[spend.by].any()]
    values = [frame[VALUE].iloc[0] for frame in held if frame[PART].iloc[0] == OWN]
    shades = {**colours(values, theme), **(given or {})}
    return [_part(frame, spend, theme, shades) for frame in held]


def part_name(row: Row, spend: Spend) -> str:
    """What a part is called, made safe: a value's title or itself, “other (15)”, or what has no value."""
    if row[PART] == OWN:
        return safe(str(row[TITLE] or row[VALUE]), longest=LONGEST)
    if row[PART] == OTHER:
        return f"other ({spend.values - spend.shown:,})"
    return none_name(spend)


def none_name(spend: Spend) -> str:
    """The part without a value: what models do not account for, runs without a user, or simply all."""
    if spend.dimension is None:
        return ALL_NAME
    return NOT_ATTRIBUTED_NAME if spend.dimension.multiple else spend.dimension.none_label


def counted(spend: Spend) -> str:
    """“5 of 23 models” or nothing where all are shown."""
    if spend.dimension is None or spend.shown == spend.values:
        return ""
    return f"{spend.shown:,} of {spend.values:,} values of {spend.dimension.label.lower()} by name"


def _part(frame: pd.DataFrame, spend: Spend, theme: Theme, shades: Mapping[str, str]) -> Part:
    first = frame.iloc[0]
    own = first[PART] == OWN
    grey = theme.runs if first[PART] == OTHER else theme.outcomes[Outcome.UNKNOWN]
    whole = theme.tokens if spend.dimension is None else grey
    return Part(
        name=part_name(first.to_dict(), spend),
        value=first[VALUE] if own else None,
        colour=shades[first[VALUE]] if own else whole,
        dotted=not own and first[PART] != OTHER and spend.dimension is not None,
        rows=frame,
    )


def _part_count(frame: pd.DataFrame) -> int:
    return len(frame[[PART, VALUE]].drop_duplicates())


def row_texts(spend: Spend, lines: Callable[[Row], list[str]]) -> list[RowText]:
    """The rows of a chart by value; only a value or the lack of one that a filter knows can be clicked."""
    return [_row_text(row, spend, lines(row)) for row in spend.frame.to_dict("records")]


def add_row_clicks(drawn: go.Figure, rows: Sequence[RowText], *, top: float, theme: Theme) -> None:
    """The unseen bars that take the clicks; None as customdata where a row stands for no filter."""
    add_clicks(drawn, rows, top=top, theme=theme)
    drawn.data[-1].customdata = [["dimension", row.dimension, row.value] if row.dimension else None for row in rows]


def _row_text(row: Row, spend: Spend, lines: list[str]) -> RowText:
    name = part_name(row, spend)
    hover = "<br>".join([f"<b>{name}</b>", *lines])
    title = safe(str(row[TITLE] or row[VALUE])) if row[PART] == OWN else name
    return RowText(title, hover, *_selected(row, spend))


def _selected(row: Row, spend: Spend) -> tuple[str, str]:
    """The dimension and the value that a click asks for; empty where no filter gives these runs."""
    dimension = spend.dimension
    if dimension is None or row[PART] == OTHER or (dimension.multiple and row[PART] != OWN):
        return "", ""
    return dimension.name, dimension.named(row[VALUE])
