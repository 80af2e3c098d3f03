"""Owns the picture of latency against tokens: both log-spaced, darker where more runs are, the median as a line.

A cell's customdata is ["tokens_cell", low_tokens, high_tokens, low_s, high_s]: [low, high) each, null where open.
"""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.figures.canvas import say_nothing
from analytics_dash.figures.heatmap_cells import Cells, add_cells
from analytics_dash.figures.latency_canvas import (
    axis,
    bare,
    between,
    bin_scale,
    closed,
    log_place,
    seconds_edge,
    shade,
    tokens_edge,
)
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import FEW, HIGH_S, HIGH_TOKENS, LOW_S, LOW_TOKENS, P50, RUNS
from analytics_dash.metrics.latency_tokens import LatencyTokens
from analytics_dash.quantities import count, seconds

HEIGHT: Final = 380
TOP: Final = 62
NOTHING: Final = "No run with both a latency and a token count"
MEDIAN_NAME: Final = "median latency"
CLEAR: Final = 0.5  # Spearman's from which two quantities are said to go together


def figure(pairs: LatencyTokens, *, theme: Theme) -> go.Figure:
    """Cells with runs and the median latency of each bin of tokens, hollow over few runs."""
    wide, high = pairs.token_bins.bounds, pairs.latency_bins.bounds
    drawn = bare(theme=theme, height=HEIGHT, top=TOP)
    drawn.update_layout(
        xaxis=axis(bin_scale(wide, tokens=True), theme=theme, word="tokens, log scale"),
        yaxis=axis(bin_scale(high), theme=theme, word="latency, log scale"),
    )
    add_cells(drawn, _cells(pairs), theme=theme)
    _add_medians(drawn, pairs, theme)
    if pairs.cells.empty:
        say_nothing(drawn, NOTHING, theme=theme)
    return drawn


def alt_text(pairs: LatencyTokens) -> str:
    """One sentence: the runs, and how far latency follows tokens."""
    if pairs.cells.empty:
        return f"Latency against tokens: {NOTHING.lower()}."
    return f"Latency against tokens over {count(pairs.paired, 'run')}: {correlation_text(pairs)}."


def correlation_text(pairs: LatencyTokens) -> str:
    """“runs with more tokens take longer (rank correlation 0.71 over 1,200 runs)”."""
    if pairs.correlation is None:
        return "there is no correlation to tell"
    rho = pairs.correlation
    words = "runs with more tokens take longer" if rho > 0 else "runs with more tokens are faster"
    clear = (
        words if abs(rho) >= CLEAR else "latency hardly follows tokens" if abs(rho) < CLEAR / 2 else f"often, {words}"
    )
    return f"{clear} (rank correlation {rho:.2f} over {count(pairs.paired, 'run')})"


def _cells(pairs: LatencyTokens) -> Cells:
    rows = pairs.cells.to_dict("records")
    wide, high = pairs.token_bins.bounds, pairs.latency_bins.bounds
    sides = (LOW_TOKENS, HIGH_TOKENS, LOW_S, HIGH_S)
    return Cells(
        x=[wide.index(row[LOW_TOKENS]) + 0.5 for row in rows],
        widths=[1.0] * len(rows),
        bases=[high.index(row[LOW_S]) for row in rows],
        heights=[1.0] * len(rows),
        counts=[row[RUNS] for row in rows],
        hover=[_hover(row) for row in rows],
        customdata=[["tokens_cell", *(closed(row[side]) for side in sides)] for row in rows],
    )


def _hover(row: dict[Any, Any]) -> str:
    seconds_bin = between(*(None if closed(row[s]) is None else seconds_edge(row[s]) for s in (LOW_S, HIGH_S)))
    return f"<b>{_tokens(row)}</b><br>{seconds_bin}<br>{count(row[RUNS], 'run')}"


def _tokens(row: dict[Any, Any]) -> str:
    low, high = (None if closed(row[side]) is None else tokens_edge(row[side]) for side in (LOW_TOKENS, HIGH_TOKENS))
    return "0 tokens" if low is None and high == "1" else f"{between(low, high)} tokens"


def _add_medians(drawn: go.Figure, pairs: LatencyTokens, theme: Theme) -> None:
    rows = pairs.medians.to_dict("records")
    wide, high = pairs.token_bins.bounds, pairs.latency_bins.bounds
    drawn.add_scatter(
        name=MEDIAN_NAME,
        x=[wide.index(row[LOW_TOKENS]) + 0.5 for row in rows],
        y=[log_place(row[P50], high) for row in rows],
        mode="lines+markers",
        line={"color": shade(theme, light="#b3261e", dark="#ffb870"), "width": 2},
        marker={"size": 7, "symbol": ["circle-open" if row[FEW] else "circle" for row in rows]},
        hovertext=[f"<b>{_tokens(row)}</b><br>median {seconds(row[P50])}<br>{count(row[RUNS], 'run')}" for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )
