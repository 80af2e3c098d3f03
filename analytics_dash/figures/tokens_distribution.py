"""Owns the picture of how tokens are spread over runs: log-spaced bars, runs with none or an unknown count beside."""

from __future__ import annotations

from typing import Final

import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.latency_canvas import axis, bare, bin_scale, log_place, tokens_edge
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import HIGH, LOW, P50, P95, RUNS
from analytics_dash.metrics.tokens_distribution import TokenDistribution
from analytics_dash.quantities import compact, count, percent

HEIGHT: Final = 300
TOP: Final = 56  # above the bars stand what the lines are called
NEAR: Final = 0.25  # of the width: a label does not fit between a line and an edge as near as that
GAP: Final = 0.1  # of a bar's width
BESIDE: Final = 2.6  # bars' widths between the bars of none and the others: their names fit at 390 pixels
Beside = tuple[str, int, list[object] | None]
"""What has no place on a log axis: its name, its runs, and its customdata."""
NO_RUNS: Final = "No runs in this range"
NO_COUNTS: Final = "No run in this range has a count of tokens"


def figure(spread: TokenDistribution, *, theme: Theme) -> go.Figure:
    """A bar per bin on a log axis, those of zero and of unknown tokens to their left; lines at p50 and p95.

    A bar's customdata is ["tokens", low, high]: [low, high); ["tokens", 0, 1] for zero, none for unknown.
    """
    drawn = bare(theme=theme, height=HEIGHT, top=TOP)
    bounds = [float(bound) for bound in [*spread.bins[LOW], *spread.bins[HIGH].iloc[-1:]]] or [1.0, 10.0]
    beside = _beside(spread)
    _lay_out(drawn, spread, bounds, beside, theme)
    if not spread.runs:
        say_nothing(drawn, NO_RUNS, theme=theme)
        return drawn
    _add_bars(drawn, spread, theme)
    _add_beside(drawn, spread, beside, theme)
    _add_marks(drawn, spread, bounds, theme)
    return drawn


def alt_text(spread: TokenDistribution) -> str:
    """One sentence: the runs, the quantiles, and how many have none or no count."""
    if not spread.runs:
        return f"Tokens per run: {NO_RUNS.lower()}."
    if spread.p50 is None:
        return f"Tokens per run: {NO_COUNTS.lower()}, of {count(spread.runs, 'run')}."
    few = ", which are few" if spread.few else ""
    none = "".join(f"; {text}" for text in (f"{count(runs, 'run')}: {name}" for name, runs, _ in _beside(spread)))
    counted = count(spread.runs - spread.unknown, "run")
    half, most = _short(spread.p50), _short(spread.p95)
    return f"Tokens per run over {counted}{few}: half used up to {half}, 95 % up to {most}{none}."


def _beside(spread: TokenDistribution) -> list[Beside]:
    found = [
        ("none", spread.zero, ["tokens", 0, 1]),
        ("below zero", spread.below_zero, None),
        ("not counted", spread.unknown, None),
    ]
    return [(name, runs, data) for name, runs, data in found if runs]


def _lay_out(
    drawn: go.Figure,
    spread: TokenDistribution,
    bounds: list[float],
    beside: list[Beside],
    theme: Theme,
) -> None:
    tall = scales.scale([*spread.bins[RUNS], *(runs for _, runs, _ in beside)], units=scales.COUNTS, smallest_step=1)
    marks = bin_scale(bounds, tokens=True)
    left = [-BESIDE * (place + 1) + 0.5 for place in range(len(beside))]
    names = [name.replace(" ", "<br>") for name, _, _ in beside]
    horizontal = axis(marks, theme=theme, word="tokens of a run, log scale")
    drawn.update_layout(
        xaxis={
            **horizontal, "showgrid": False, "range": [min([0.0, *(place - 0.5 for place in left)]), marks.top],
            "tickvals": [*left, *marks.ticks], "ticktext": [*names, *marks.labels],
        },
        yaxis=axis(tall, theme=theme, word="runs"),
        showlegend=False,
    )  # fmt: skip


def _add_bars(drawn: go.Figure, spread: TokenDistribution, theme: Theme) -> None:
    rows = spread.bins.to_dict("records")
    drawn.add_bar(
        name="runs",
        x=[place + 0.5 for place in range(len(rows))],
        y=[row[RUNS] for row in rows],
        width=1 - GAP,
        customdata=[["tokens", row[LOW], row[HIGH]] for row in rows],
        hovertext=[
            f"<b>{tokens_edge(row[LOW])} to under {tokens_edge(row[HIGH])} tokens</b><br>{_told(row[RUNS], spread)}"
            for row in rows
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": theme.tokens, "line": {"width": 0}},
    )


def _add_beside(drawn: go.Figure, spread: TokenDistribution, beside: list[Beside], theme: Theme) -> None:
    drawn.add_bar(
        name="beside",
        x=[-BESIDE * (place + 1) + 0.5 for place in range(len(beside))],
        y=[runs for _, runs, _ in beside],
        width=1 - GAP,
        customdata=[data for _, _, data in beside],
        hovertext=[f"<b>{name}</b><br>{_told(runs, spread)}" for name, runs, _ in beside],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": theme.runs, "line": {"width": 0}},
    )


def _add_marks(drawn: go.Figure, spread: TokenDistribution, bounds: list[float], theme: Theme) -> None:
    for row, (name, value, colour) in enumerate(
        [("p50", spread.p50, theme.percentiles[P50]), ("p95", spread.p95, theme.percentiles[P95])]
    ):
        if value is None or value < bounds[0]:
            continue
        place, top = log_place(value, bounds), 1.02 + (2 - row) * 0.11
        beside = place / (len(bounds) - 1)
        is_left = beside > NEAR if name == "p50" else beside > 1 - NEAR
        drawn.add_shape(
            type="line", x0=place, x1=place, y0=0, y1=top, yref="paper",
            line={"color": colour, "width": 2, "dash": "dash"},
        )  # fmt: skip
        drawn.add_annotation(
            text=f"{name} {_short(value)}", x=place, y=top, yref="paper", yanchor="top", showarrow=False,
            xanchor="right" if is_left else "left", font={"size": 12, "color": theme.text},
        )  # fmt: skip


def _told(runs: int, spread: TokenDistribution) -> str:
    return f"{count(runs, 'run')}, {percent(runs / spread.runs)}"


def _short(value: float | None) -> str:
    return compact(round(value)) if value is not None else "no data"
