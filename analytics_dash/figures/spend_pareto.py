"""Owns the picture of who spends: a bar per value, largest first, under the line of what they come to together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go

from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.cost_words import amount, amount_scale, dollars_between
from analytics_dash.figures.latency_canvas import axis
from analytics_dash.figures.latency_rows import heights, rows_figure
from analytics_dash.figures.scales import Scale
from analytics_dash.figures.spend import NO_COST, NO_RUNS, NO_TOKENS
from analytics_dash.figures.spend_parts import Row, add_row_clicks, counted, part_name, row_texts
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import (
    COST,
    COST_HIGH,
    CUMULATIVE,
    NOT_ATTRIBUTED,
    PART,
    RUNS,
    SHARE,
    TOKENS,
    UNPRICED,
)
from analytics_dash.metrics.spend import OTHER, OWN, Spend
from analytics_dash.quantities import compact, count, percent
from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.outcome import Outcome

HALVES: Final = Scale(1.0, (0.0, 0.5, 1.0), ("0", "50 %", "100 %"))
ROOM: Final = 46  # pixels above the bars for the line's axis
MOST_TOLD: Final = 5  # values that a description names


def figure(spend: Spend, *, theme: Theme, given: Mapping[str, str] | None = None) -> go.Figure:
    """The rows of `top_spenders`; `given` are colours by value, without which bars have one colour. Clicks select."""
    rows = spend.frame.to_dict("records")
    texts = row_texts(spend, lambda row: _lines(row, spend.by))
    scale = amount_scale([row[spend.by] for row in rows], spend.by)
    drawn = rows_figure(texts, scale, theme=theme, word="estimated cost" if spend.by == COST else "tokens")
    drawn.add_bar(
        name="spent", orientation="h", x=[row[spend.by] for row in rows], y=heights(len(rows)), width=0.66,
        hoverinfo="skip", showlegend=False, unselected={"marker": {"opacity": 1}},
        marker={"color": [_colour(row, theme, given or {}) for row in rows], "line": {"width": 0}},
    )  # fmt: skip
    _add_line(drawn, rows, theme)
    add_row_clicks(drawn, texts, top=scale.top, theme=theme)
    drawn.layout.xaxis.range = [min(0, *(row[spend.by] for row in rows)), scale.top]
    if not spend.frame[spend.by].any():
        say_nothing(drawn, _nothing(spend), theme=theme)
    return drawn


def alt_text(spend: Spend) -> str:
    """One or two sentences: the whole, the largest with their shares, and what those by name come to together."""
    rows = [row for row in spend.frame.to_dict("records") if row[PART] == OWN and row[spend.by]]
    what = "Estimated cost" if spend.by == COST else "Tokens"
    by = f" by {spend.dimension.label.lower()}" if spend.dimension else ""
    if not rows:
        return f"{what}{by}: {_nothing(spend).lower()}."
    whole = float(spend.frame[spend.by].sum())
    named = ", ".join(f"{part_name(row, spend)} {percent(row[SHARE])}" for row in rows[:MOST_TOLD])
    together = f" {counted(spend).capitalize()}, together {percent(rows[-1][CUMULATIVE])}." if counted(spend) else ""
    return f"{what}{by}: {amount(whole, spend.by)} in all; {named}.{together}"


def _add_line(drawn: go.Figure, rows: Sequence[Row], theme: Theme) -> None:
    """The line, in a halo: it crosses bars as dark as itself."""
    own = [place for place, row in enumerate(rows) if row[PART] == OWN]
    places = heights(len(rows))
    drawn.update_layout(
        xaxis2={
            **axis(HALVES, theme=theme, word="together"),
            "overlaying": "x",
            "side": "top",
            "range": [0, 1.04],
            "showgrid": False,
        },
        margin={"t": ROOM},
        height=drawn.layout.height + ROOM,
    )
    for name, colour, wider in (("halo", theme.page, 3.0), ("together", theme.text, 0.0)):
        drawn.add_scatter(
            name=name, x=[rows[place][CUMULATIVE] for place in own], y=[places[place] for place in own], xaxis="x2",
            mode="lines+markers", line={"color": colour, "width": 1.5 + wider},
            marker={"color": colour, "size": 5 + wider}, hoverinfo="skip", showlegend=False,
            unselected={"marker": {"opacity": 1}},
        )  # fmt: skip


def _colour(row: Row, theme: Theme, given: Mapping[str, str]) -> str:
    if row[PART] == OWN:
        return given.get(row[VALUE], theme.tokens)
    return theme.runs if row[PART] == OTHER else theme.outcomes[Outcome.UNKNOWN]


def _lines(row: Row, measure: str) -> list[str]:
    cost = [f"{dollars_between(row[COST], row[COST_HIGH])} estimated"] if row[COST_HIGH] else []
    tokens = [f"{row[TOKENS]:,} tokens"]
    share = f"{percent(row[SHARE])}, with those above {percent(row[CUMULATIVE])}"
    runs = [] if row[RUNS] is None else [count(int(row[RUNS]), "run")]
    return [*(cost + tokens if measure == COST else tokens + cost), share, *runs, *_without(row)]


def _without(row: Row) -> list[str]:
    told = [(row[UNPRICED], "without a price"), (row[NOT_ATTRIBUTED], "not attributed to a model")]
    return [f"{compact(int(tokens))} tokens {why}" for tokens, why in told if tokens]


def _nothing(spend: Spend) -> str:
    if not spend.frame[RUNS].fillna(0).any():
        return NO_RUNS
    return NO_COST if spend.by == COST else NO_TOKENS
