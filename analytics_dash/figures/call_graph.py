"""Owns the picture of workflows calling workflows: callers left, called ones right, runs and failures on each edge."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from html import escape
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures.theme import Theme, base_layout, theme
from analytics_dash.metrics.calls import CALLED, CALLER, CALLER_RUNS
from analytics_dash.metrics.columns import FAILED, FEW, HIGH, LOW, P95, RATE, RUNS, SUCCEEDED
from analytics_dash.quantities import compact, count, percent, seconds
from analytics_dash.runs.outcome import Outcome

NODE_HEIGHT: Final = 84
FRAME_HEIGHT: Final = 70
NAME_LENGTH: Final = 22
SHORT_NAME: Final = 14  # where three columns share the width of a phone
STEEP: Final = 0.3  # a rise, of the height, from which the room for a label is below its edge
WIDEST: Final = 9.0  # pixels of the edge with most runs
BAD: Final = 0.1  # a failure rate from which an edge is drawn in the colour of failures at full strength
NOTHING: Final = "No workflow read here was called by another one in this range"
Place = tuple[float, float]
Row = Mapping[Hashable, Any]


def picture(
    edges: pd.DataFrame, *, names: Mapping[str, str], notes: Mapping[str, str], focus: str, mode: str
) -> tuple[go.Figure, str]:
    """The graph for a “light” or “dark” page, and its words; `notes` say what is known of a workflow by its ID."""
    return figure(edges, names=names, notes=notes, focus=focus, theme=theme(mode)), alt_text(edges, names=names)


def figure(
    edges: pd.DataFrame, *, names: Mapping[str, str], notes: Mapping[str, str], focus: str, theme: Theme
) -> go.Figure:
    """CALL_COLUMNS as nodes and edges; clicks tell ["edge", caller, called] and ["flow", ID]."""
    places = layout(edges)
    columns: dict[float, int] = {}
    for x, _ in places.values():
        columns[x] = columns.get(x, 0) + 1
    drawn = go.Figure(layout=_frame(max(columns.values(), default=1), theme))
    if edges.empty:
        drawn.add_annotation(
            text=NOTHING, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
            font={"size": 14, "color": theme.muted},
        )  # fmt: skip
        return drawn
    rows = _rows(edges)
    most = max(row[RUNS] for row in rows)
    for row in rows:
        _add_edge(drawn, row, places, most=most, theme=theme)
    _add_labels(drawn, rows, places, names=names, theme=theme)
    _add_nodes(drawn, places, edges, names=names, notes=notes, focus=focus, theme=theme)
    return drawn


def alt_text(edges: pd.DataFrame, *, names: Mapping[str, str]) -> str:
    """One sentence for each of the first edges: who calls whom, how often, and how often it fails."""
    if edges.empty:
        return f"Graph of calls: {NOTHING.lower()}."
    told = [
        f"{_named(row[CALLER], names)} calls {_named(row[CALLED], names)}: {_label(row)}" for row in _rows(edges)[:6]
    ]
    more = f"; and {len(edges) - 6} more" if len(edges) > 6 else ""
    return f"Graph of {count(len(edges), 'call')} between workflows. {'; '.join(told)}{more}."


def layout(edges: pd.DataFrame) -> Mapping[str, Place]:
    """Where each workflow stands: x in columns of 0, 1, ... right of whoever calls it, y spread evenly in (0, 1).

    Calls that close a circle do not push anybody to the right.
    """
    pairs = [(str(row[CALLER]), str(row[CALLED])) for row in _rows(edges)]
    flows = list(dict.fromkeys([flow for pair in pairs for flow in pair]))
    column = dict.fromkeys(flows, 0)
    forward = _without_circles(pairs)
    for _ in flows:  # as often as the longest way can be
        for caller, called in forward:
            column[called] = max(column[called], column[caller] + 1)
    places = {}
    for x in sorted(set(column.values())):
        here = [flow for flow in flows if column[flow] == x]
        for place, flow in enumerate(here):
            stagger = 0.12 * (x % 2) / max(1, len(here))  # else a label between equals would lie on an edge
            places[flow] = (float(x), 1 - (place + 0.5) / len(here) + stagger)
    return places


def _without_circles(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs, the first ones first, that do not lead back to where one came from."""
    kept: list[tuple[str, str]] = []
    below: dict[str, set[str]] = {}
    for caller, called in pairs:
        if caller == called or caller in below.get(called, set()):
            continue
        kept.append((caller, called))
        reached = {called} | below.get(called, set())
        for flow, held in list(below.items()):
            if caller in held:
                below[flow] = held | reached
        below[caller] = below.get(caller, set()) | reached
    return kept


def _rows(edges: pd.DataFrame) -> list[Row]:
    return list(edges.to_dict("records"))


def _named(flow: object, names: Mapping[str, str]) -> str:
    return names.get(str(flow), str(flow))


def _label(row: Row) -> str:
    rate = f"{percent(row[RATE])} failed" if row[RATE] == row[RATE] else "none ended"
    return f"{count(int(row[RUNS]), 'run')}, {rate}"


def _curve(start: Place, end: Place) -> tuple[list[float], list[float]]:
    """Points of a smooth way from one node to the other; a circle's way back and a call of itself bow upwards."""
    steps = [n / 20 for n in range(21)]
    bow = 0.0 if end[0] > start[0] else 0.22
    xs = [start[0] + (end[0] - start[0]) * t + (0.25 * math.sin(2 * math.pi * t) if start == end else 0) for t in steps]
    ease = [(1 - math.cos(math.pi * t)) / 2 for t in steps]
    ys = [start[1] + (end[1] - start[1]) * e + bow * math.sin(math.pi * t) for e, t in zip(ease, steps, strict=True)]
    return xs, ys


def _add_edge(drawn: go.Figure, row: Row, places: Mapping[str, Place], *, most: int, theme: Theme) -> None:
    xs, ys = _curve(places[str(row[CALLER])], places[str(row[CALLED])])
    is_bad = row[RATE] == row[RATE] and row[RATE] >= BAD
    drawn.add_scatter(
        x=xs, y=ys, mode="lines", hoverinfo="skip", showlegend=False, opacity=0.55,
        line={
            "color": theme.outcomes[Outcome.FAILED] if is_bad else theme.runs,
            "width": 1.2 + (WIDEST - 1.2) * math.sqrt(row[RUNS] / most),
        },
    )  # fmt: skip


def _add_labels(
    drawn: go.Figure, rows: list[Row], places: Mapping[str, Place], *, names: Mapping[str, str], theme: Theme
) -> None:
    """A mark in each edge's middle, which takes the click, with its runs and failure rate beside it."""
    middles, rises = [], []
    told: dict[str, int] = {}
    for row in rows:
        caller = str(row[CALLER])
        xs, ys = _curve(places[caller], places[str(row[CALLED])])
        place = told[caller] = told.get(caller, -1) + 1
        at = 8 + 3 * (place % 3)  # edges of different callers are far apart near them, those of one further on
        middles.append((xs[at], ys[at]))
        rises.append(ys[-1] - ys[0] > STEEP)
    rates = ["" if row[RATE] != row[RATE] else f" · {percent(row[RATE])}" for row in rows]
    drawn.add_scatter(
        x=[x for x, _ in middles],
        y=[y for _, y in middles],
        mode="markers",
        marker={
            "size": 11, "symbol": "triangle-right",
            "color": [theme.outcomes[Outcome.FAILED] if row[RATE] >= BAD else theme.muted for row in rows],
        },
        customdata=[["edge", row[CALLER], row[CALLED]] for row in rows],
        hovertext=[_hover(row, names) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )  # fmt: skip
    for row, rate, (x, y), up in zip(rows, rates, middles, rises, strict=True):
        drawn.add_annotation(
            text=f"{compact(row[RUNS])}{rate}", x=x, y=y, showarrow=False, borderpad=0,
            yanchor="top" if up else "bottom", yshift=-7 if up else 7,  # on the side that the edge bends away from
            font={"size": 12, "color": theme.text}, bgcolor=theme.page,  # else it could not be read across an edge
        )  # fmt: skip


def _hover(row: Row, names: Mapping[str, str]) -> str:
    lines = [f"<b>{escape(_named(row[CALLER], names))} → {escape(_named(row[CALLED], names))}</b>"]
    lines.append(f"{row[RUNS]:,} runs called by {count(int(row[CALLER_RUNS]), 'run')}")
    if row[RATE] == row[RATE]:
        bounds = f"{percent(row[LOW]).removesuffix(' %')}–{percent(row[HIGH])}"
        lines.append(f"{row[FAILED]:,} of {row[FAILED] + row[SUCCEEDED]:,} failed: {percent(row[RATE])} ({bounds})")
    if row[P95] == row[P95]:
        lines.append(f"p95 {seconds(row[P95])}{' of few runs' if row[FEW] else ''}")
    return "<br>".join(lines)


def _add_nodes(
    drawn: go.Figure,
    places: Mapping[str, Place],
    edges: pd.DataFrame,
    *,
    names: Mapping[str, str],
    notes: Mapping[str, str],
    focus: str,
    theme: Theme,
) -> None:
    flows = list(places)
    last = max(x for x, _ in places.values())
    length = NAME_LENGTH if last <= 1 else SHORT_NAME
    drawn.add_scatter(
        x=[places[flow][0] for flow in flows],
        y=[places[flow][1] for flow in flows],
        mode="markers+text",
        text=[_node_name(flow, names, notes, focus=focus, length=length) for flow in flows],
        textposition=[_side(places[flow][0], last) for flow in flows],
        textfont={"size": 13, "color": theme.text},
        marker={
            "size": [22 if flow == focus else 17 for flow in flows],
            "color": [theme.page if notes.get(flow) else theme.tokens for flow in flows],
            "line": {"color": theme.tokens, "width": 2},
        },
        customdata=[["flow", flow] for flow in flows],
        hovertext=[_node_hover(flow, edges, names, notes) for flow in flows],
        hovertemplate="%{hovertext}<extra></extra>",
        cliponaxis=False,
        showlegend=False,
    )  # fmt: skip


def _side(x: float, last: float) -> str:
    """Names of the outer columns run inwards, so that a narrow screen keeps its width for the edges."""
    return "bottom right" if x == 0 else "bottom left" if x == last else "bottom center"


def _node_name(flow: str, names: Mapping[str, str], notes: Mapping[str, str], *, focus: str, length: int) -> str:
    name = _named(flow, names)
    short = escape(name if len(name) <= length else name[: length - 1] + "…")
    shown = f"<b>{short}</b>" if flow == focus else short
    return f"{shown}<br><i>cannot be opened</i>" if notes.get(flow) else shown


def _node_hover(flow: str, edges: pd.DataFrame, names: Mapping[str, str], notes: Mapping[str, str]) -> str:
    calls, called = edges[edges[CALLER] == flow], edges[edges[CALLED] == flow]
    lines = [f"<b>{escape(_named(flow, names))}</b>", f"calls {count(len(calls), 'workflow')}"]
    lines.append(f"called by {count(len(called), 'workflow')}, {count(int(called[RUNS].sum()), 'run')}")
    return "<br>".join([*lines, *([f"<i>{escape(notes[flow])}</i>"] if notes.get(flow) else [])])


def _frame(most_in_a_column: int, theme: Theme) -> dict[str, Any]:
    axis = {"visible": False, "fixedrange": True}
    return {
        "height": FRAME_HEIGHT + NODE_HEIGHT * max(most_in_a_column, 2),
        "margin": {"l": 20, "r": 20, "t": 20, "b": 30, "pad": 0},
        **base_layout(theme),
        "xaxis": axis,
        "yaxis": {**axis, "range": [-0.08, 1.12]},
    }  # fmt: skip
