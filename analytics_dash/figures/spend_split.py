"""Owns the pictures of input against output: over time, and for each value of a dimension."""

from __future__ import annotations

from typing import Final

import plotly.graph_objects as go

from analytics_dash.figures.canvas import Panel, add_columns, canvas, hover_texts, say_nothing
from analytics_dash.figures.cost_words import amount_scale
from analytics_dash.figures.described import described
from analytics_dash.figures.latency_canvas import shade
from analytics_dash.figures.latency_rows import heights, rows_figure
from analytics_dash.figures.spend import NO_RUNS, NO_TOKENS, add_stack, make_room
from analytics_dash.figures.spend_parts import Look, Row, add_row_clicks, counted, part_name, row_texts
from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.metrics.columns import INPUT, NOT_ATTRIBUTED, OUTPUT, PARTIAL, RUNS, TOKENS, UNSPLIT
from analytics_dash.metrics.spend import Spend
from analytics_dash.quantities import compact, percent
from analytics_dash.runs.outcome import Outcome

HEIGHT: Final = 280
SIDES: Final = {
    INPUT: "input",
    OUTPUT: "output",
    UNSPLIT: "not told which",
    NOT_ATTRIBUTED: "(not attributed)",
}
"""The measures that tokens consist of, and what each is called."""


def figure(spend: Spend, *, zone: str, theme: Theme) -> go.Figure:
    """Input, output, what is not told apart and what no model has, stacked; for a spend without a dimension."""
    axis = time_axis(spend.frame, zone)
    looks = _looks(spend, theme)
    stacks = [spend.frame[measure].to_list() for measure in looks]
    tops = [sum(max(value, 0) for value in column) for column in zip(*stacks, strict=True)]
    drawn = canvas(axis, theme=theme, height=HEIGHT, panels=[Panel(amount_scale(tops, TOKENS), (0.0, 1.0))])
    for tokens, look in zip(stacks, looks.values(), strict=True):
        add_stack(drawn, axis, tokens, look, partial=spend.frame[PARTIAL].to_list())
    make_room(drawn, stacks)
    add_columns(drawn, axis, hover_texts(spend.frame, axis, _lines), theme=theme)
    if not looks:
        say_nothing(drawn, _nothing(spend), theme=theme)
    return drawn


def alt_text(spend: Spend, *, zone: str) -> str:
    """One sentence: the range, and each side's tokens with their share."""
    if not spend.frame[TOKENS].any():
        return f"Input and output tokens over time: {_nothing(spend).lower()}."
    return f"{described('Input and output tokens', spend.frame, zone=zone)}: {_sides(spend)}."


def by_value_figure(spend: Spend, *, theme: Theme) -> go.Figure:
    """A row per part with its sides stacked, those of `top_spenders`; a click selects the value."""
    rows = spend.frame.to_dict("records")
    looks = _looks(spend, theme)
    tops = [sum(max(row[measure], 0) for measure in looks) for row in rows]
    scale = amount_scale(tops, TOKENS)
    texts = row_texts(spend, _lines)
    drawn = rows_figure(texts, scale, theme=theme, word="tokens")
    for measure, look in looks.items():
        drawn.add_bar(
            name=look.name, orientation="h", x=[row[measure] for row in rows], y=heights(len(rows)), width=0.66,
            marker={"color": look.colour, "line": {"width": 0}}, unselected={"marker": {"opacity": 1}},
            hoverinfo="skip",
        )  # fmt: skip
    lowest = min((sum(min(row[measure], 0) for measure in looks) for row in rows), default=0)
    drawn.update_layout(barmode="relative")
    drawn.layout.xaxis.range = [min(lowest, 0), scale.top]
    add_row_clicks(drawn, texts, top=scale.top, theme=theme)
    if not looks:
        say_nothing(drawn, _nothing(spend), theme=theme)
    return drawn


def by_value_alt_text(spend: Spend) -> str:
    """One sentence: each part's tokens and how much of them is input."""
    rows = [row for row in spend.frame.to_dict("records") if row[TOKENS]]
    if not rows:
        return f"Input and output tokens: {_nothing(spend).lower()}."
    told = "; ".join(f"{part_name(row, spend)} {compact(row[TOKENS])}{_input(row)}" for row in rows)
    return f"Input and output tokens{f', {counted(spend)}' if counted(spend) else ''}: {told}."


def _looks(spend: Spend, theme: Theme) -> dict[str, Look]:
    """The measures that have any tokens, in the order of the stack."""
    colours = {
        INPUT: shade(theme, light="#0072b2", dark="#56b4e9"),
        OUTPUT: shade(theme, light="#b4610f", dark="#f0a35a"),
        UNSPLIT: shade(theme, light="#7a750e", dark="#d6c94f"),
        NOT_ATTRIBUTED: theme.outcomes[Outcome.UNKNOWN],
    }
    held = [measure for measure in SIDES if spend.frame[measure].any()]
    return {m: Look(SIDES[m], colours[m], dotted=m == NOT_ATTRIBUTED) for m in held}


def _lines(row: Row) -> list[str]:
    sides = [
        f"{name}: {compact(int(row[side]))}{_of(row[side], row[TOKENS])}" for side, name in SIDES.items() if row[side]
    ]
    return [f"{compact(int(row[TOKENS]))} tokens", *sides]


def _of(part: int, whole: int) -> str:
    return f", {percent(part / whole)}" if whole > 0 else ""


def _sides(spend: Spend) -> str:
    sums = {side: int(spend.frame[side].sum()) for side in SIDES}
    whole = int(spend.frame[TOKENS].sum())
    return ", ".join(
        f"{SIDES[side]} {compact(tokens)}{_share(tokens, whole)}" for side, tokens in sums.items() if tokens
    )


def _share(part: int, whole: int) -> str:
    return f" ({percent(part / whole)})" if whole > 0 else ""


def _input(row: Row) -> str:
    told = row[INPUT] + row[OUTPUT]
    return f" ({percent(row[INPUT] / told)} input)" if told else ""


def _nothing(spend: Spend) -> str:
    return NO_TOKENS if spend.frame[RUNS].fillna(0).any() else NO_RUNS
