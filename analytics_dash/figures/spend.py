"""Owns the picture of tokens or cost over time by value: stacked bars, absolute or as shares of their bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.canvas import Panel, add_bars, add_columns, add_key, canvas, hover_texts, say_nothing
from analytics_dash.figures.cost_words import amount, amount_scale, dollars_between
from analytics_dash.figures.described import described
from analytics_dash.figures.scales import HEADROOM, Scale
from analytics_dash.figures.spend_parts import Look, Part, Row, counted, parts
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis, time_axis
from analytics_dash.metrics.columns import COST, COST_HIGH, NOT_ATTRIBUTED, PART, PARTIAL, RUNS, START, UNPRICED
from analytics_dash.metrics.spend import Spend
from analytics_dash.quantities import compact, percent
from analytics_dash.runs.dimension import VALUE

HEIGHT: Final = 360  # on a phone the legend takes four lines
MOST_LINES: Final = 10  # of a hover text; more do not fit on a phone
NO_RUNS: Final = "No runs in this range"
NO_TOKENS: Final = "No tokens in this range"
NO_COST: Final = "No tokens with a price in this range"
SHARES: Final = Scale(1.0, (0.0, 0.25, 0.5, 0.75, 1.0), ("0", "25 %", "50 %", "75 %", "100 %"))


def figure(
    spend: Spend, *, zone: str, theme: Theme, share: bool = False, colours: Mapping[str, str] | None = None
) -> go.Figure:
    """A stack per bucket, largest value at the bottom, hatched where partial; below 0 what is less than nothing.

    `colours` are those of values on the other charts of a page (`palette.colours`).
    """
    held = parts(spend, theme, colours)
    frame = _buckets(spend)
    axis = time_axis(frame, zone)
    stacks = [_heights(part, spend, frame, share=share) for part in held]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=[_panel(stacks, spend.by, share=share)])
    for part, heights in zip(held, stacks, strict=True):
        add_stack(drawn, axis, heights, part, partial=frame[PARTIAL].to_list())
        if spend.dimension is not None and part.value is not None:
            drawn.data[-1].meta = ["dimension", spend.dimension.name, part.value]
    make_room(drawn, stacks)
    told = _told(spend, held)
    add_columns(drawn, axis, hover_texts(frame, axis, lambda row: told[row[START]]), theme=theme)
    if not held:
        say_nothing(drawn, _nothing(spend), theme=theme)
    return drawn


def alt_text(spend: Spend, *, zone: str, theme: Theme, share: bool = False) -> str:
    """One or two sentences: the range, the whole, and each part's share of it, the largest first."""
    held, frame = parts(spend, theme), _buckets(spend)
    what = "Estimated cost" if spend.by == COST else "Tokens"
    if not held:
        return f"{what} over time: {_nothing(spend).lower()}."
    whole = float(spend.frame[spend.by].sum())
    named = ", ".join(
        f"{part.name} {percent(float(part.rows[spend.by].sum()) / whole if whole else None)}" for part in held
    )
    by = f" by {spend.dimension.label.lower()}" if spend.dimension else ""
    tail = f" {counted(spend).capitalize()}." if counted(spend) else ""
    shares = ", as shares of each bucket" if share else ""
    return f"{described(what + by, frame, zone=zone)}{shares}: {amount(whole, spend.by)} in all; {named}.{tail}"


def add_stack(
    drawn: go.Figure, axis: TimeAxis, heights: Sequence[float], look: Look, *, partial: Sequence[bool], yaxis: str = "y"
) -> None:
    """One series of a stack with its key: hatched where partial, dotted where it is what has no value."""
    add_bars(
        drawn, axis, heights,
        partial=partial, name=look.name, colour=look.colour, yaxis=yaxis, whole="." if look.dotted else "",
    )  # fmt: skip
    add_key(drawn, look.name, look.colour, yaxis=yaxis)


def make_room(drawn: go.Figure, stacks: Sequence[Sequence[float]]) -> None:
    """Stack what is below 0 downwards, and let the axis reach it."""
    lowest = min((sum(min(value, 0) for value in column) for column in zip(*stacks, strict=True)), default=0)
    drawn.update_layout(barmode="relative")
    if lowest < 0:
        drawn.layout.yaxis.range = [lowest * HEADROOM, drawn.layout.yaxis.range[1]]


def _buckets(spend: Spend) -> pd.DataFrame:
    """One row per bucket."""
    return spend.frame.drop_duplicates(START).reset_index(drop=True)


def _heights(part: Part, spend: Spend, frame: pd.DataFrame, *, share: bool) -> list[float]:
    amounts = part.rows[spend.by].to_list()
    if not share:
        return amounts
    wholes = [_whole(spend, place, len(frame)) for place in range(len(frame))]
    return [value / whole if whole else 0.0 for value, whole in zip(amounts, wholes, strict=True)]


def _whole(spend: Spend, bucket: int, buckets: int) -> float:
    size = len(spend.frame) // buckets
    return float(spend.frame[spend.by].iloc[bucket * size : (bucket + 1) * size].sum())


def _panel(stacks: Sequence[Sequence[float]], measure: str, *, share: bool) -> Panel:
    tops = [sum(max(value, 0) for value in column) for column in zip(*stacks, strict=True)]
    scale = Scale(max([1.0, *tops]), SHARES.ticks, SHARES.labels) if share else amount_scale(tops, measure)
    return Panel(scale, (0.0, 1.0))  # no word in the corner: the legend is there


def _told(spend: Spend, held: Sequence[Part]) -> dict[Any, list[str]]:
    """What hovering tells of each bucket, by its start."""
    rows = spend.frame.to_dict("records")
    names = {key: part.name for part in held for key in [(part.rows[PART].iloc[0], part.value)]}
    size = len(rows) // max(spend.frame[START].nunique(), 1)
    return {
        rows[first][START]: _lines(rows[first : first + size], names, spend.by)
        for first in range(0, len(rows), size or 1)
    }


def _lines(rows: Sequence[Row], names: Mapping[Any, str], measure: str) -> list[str]:
    whole = sum(float(row[measure]) for row in rows)
    some = sorted((row for row in rows if row[measure]), key=lambda row: -float(row[measure]))
    lines = [f"{names[row[PART], row[VALUE]]}: {_amount(row, measure)}{_of(row[measure], whole)}" for row in some]
    more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return [
        f"{amount(whole, measure)} in all",
        *lines[:MOST_LINES],
        *more,
        *(_without(rows) if measure == COST else []),
    ]


def _amount(row: Row, measure: str) -> str:
    return dollars_between(row[COST], row[COST_HIGH]) if measure == COST else compact(int(row[measure]))


def _of(value: float, whole: float) -> str:
    return f", {percent(value / whole)}" if whole > 0 else ""


def _without(rows: Sequence[Row]) -> list[str]:
    """The tokens for which no cost is estimated."""
    unpriced, remainder = (sum(int(row[name]) for row in rows) for name in (UNPRICED, NOT_ATTRIBUTED))
    told = [(unpriced, "without a price"), (remainder, "not attributed to a model")]
    return [f"not in it: {compact(tokens)} tokens {why}" for tokens, why in told if tokens]


def _nothing(spend: Spend) -> str:
    if not spend.frame[RUNS].fillna(0).any():
        return NO_RUNS
    return NO_COST if spend.by == COST else NO_TOKENS
