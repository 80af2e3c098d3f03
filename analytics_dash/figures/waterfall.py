"""Owns the waterfall: a tree of runs on one time axis, a bar for each from its start for its latency."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics_dash.figures import scales
from analytics_dash.figures.theme import Theme, base_layout, theme
from analytics_dash.figures.wording import moment
from analytics_dash.quantities import count, seconds
from analytics_dash.runs.lineage_rows import (
    CHILDREN_S,
    DATE,
    DEPTH,
    ERROR,
    IS_CAUSE,
    IS_FOCUS,
    IS_ON_PATH,
    LATENCY_S,
    NAME,
    NOTE,
    OUTCOME,
    OWN_S,
    RUN_ID,
    TOKENS,
)
from analytics_dash.runs.outcome import Outcome

ROW_HEIGHT: Final = 26
FRAME_HEIGHT: Final = 64
NAMES_SHARE: Final = 0.34  # of the width, for the names on the left
INDENT_PX: Final = 14
DEEPEST: Final = 8  # levels that are indented: names must stay within their share of a phone's width
NAME_LENGTH: Final = 30
NARROWEST: Final = 0.004  # of the axis: a run of a millisecond can still be seen and clicked
OPEN_SHARE: Final = 0.06  # of the axis, beyond the last end, for runs that have none
SIGNS: Final = {
    Outcome.FAILED: "✕", Outcome.SUCCEEDED: "✓", Outcome.CANCELLED: "–", Outcome.UNFINISHED: "…",
}  # fmt: skip
CAUSE: Final = "the failure came from here"
ERROR_CHARS: Final = 160

Row = Mapping[Hashable, Any]


def picture(rows: pd.DataFrame, *, zone: str, mode: str) -> tuple[go.Figure, str]:
    """The waterfall for a “light” or “dark” page, and its words for those who do not see it."""
    return figure(rows, zone=zone, theme=theme(mode)), alt_text(rows)


def figure(rows: pd.DataFrame, *, zone: str, theme: Theme) -> go.Figure:
    """The rows from the top; a click on a bar tells ["run", run ID]. The axis counts from the first start."""
    held = rows.to_dict("records")
    first, last = _ends(held)
    scale = scales.scale([last], units=scales.SECONDS)
    drawn = go.Figure(layout=_layout(held, scale, theme))
    bars = [(place, row) for place, row in enumerate(held) if isinstance(row[RUN_ID], str)]
    starts = [(row[DATE] - first).total_seconds() for _, row in bars]
    lengths = [_length(row, start, scale.top) for (_, row), start in zip(bars, starts, strict=True)]
    drawn.add_bar(
        orientation="h",
        base=starts,
        x=lengths,
        y=[place for place, _ in bars],
        width=0.62,
        customdata=[["run", row[RUN_ID]] for _, row in bars],
        hovertext=[_hover(row, zone) for _, row in bars],
        hovertemplate="%{hovertext}<extra></extra>",
        text=[_beside(row) for _, row in bars],
        textposition="inside",
        insidetextanchor="start",
        textfont={"color": theme.page, "size": 11},
        constraintext="none",
        cliponaxis=True,
        marker={
            "color": [theme.outcomes.get(row[OUTCOME], theme.runs) for _, row in bars],
            "line": {"color": theme.text, "width": [2 if row[IS_ON_PATH] else 0 for _, row in bars]},
            "pattern": {"shape": ["/" if _is_open(row) else "" for _, row in bars], "fillmode": "replace", "size": 5},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.6}},
        showlegend=False,
    )
    for place, row in enumerate(held):
        _write_name(drawn, place, row, theme)
        if not isinstance(row[RUN_ID], str):
            _write_note(drawn, place, row, theme)
    return drawn


def alt_text(rows: pd.DataFrame) -> str:
    """Two sentences: how many runs of how many workflows over what time from which root, and where it failed."""
    runs = rows[rows[RUN_ID].notna()]
    if runs.empty:
        return "Waterfall: no runs."
    _, last = _ends(rows.to_dict("records"))
    holes = len(rows) - len(runs)
    beyond = f", {holes} lines stand for runs that are not here" if holes else ""
    cause = rows[rows[IS_CAUSE]]
    came = f" The failure came from {cause[NAME].iloc[0]}." if len(cause) else ""
    flows = count(runs[NAME].nunique(), "workflow")
    root = rows[NAME].iloc[0]
    return f"Waterfall of {count(len(runs), 'run')} of {flows} under {root}, {seconds(last)} in all{beyond}.{came}"


def _ends(held: Sequence[Row]) -> tuple[datetime, float]:
    """The first start, and how many seconds later the last known end or start is."""
    runs = [row for row in held if isinstance(row[RUN_ID], str)]
    first: datetime = min((row[DATE] for row in runs), default=pd.Timestamp(0, tz="UTC"))
    ends = [(row[DATE] - first).total_seconds() + _known(row[LATENCY_S]) for row in runs]
    return first, max(ends, default=0.0)


def _known(value: object) -> float:
    return value if isinstance(value, float) and math.isfinite(value) else 0.0


def _is_open(row: Row) -> bool:
    return not (isinstance(row[LATENCY_S], float) and math.isfinite(row[LATENCY_S]))


def _length(row: Row, start: float, top: float) -> float:
    """How long the bar is, in seconds; one without an end goes to the end of the axis."""
    if _is_open(row):
        return max(top * (1 + OPEN_SHARE) - start, top * NARROWEST)
    return max(_known(row[LATENCY_S]), top * NARROWEST)


def _beside(row: Row) -> str:
    """Words in the bar where it has room: only the cause has some."""
    return f" {CAUSE}" if row[IS_CAUSE] else ""


def _hover(row: Row, zone: str) -> str:
    sign = SIGNS.get(row[OUTCOME], "?")
    lines = [f"<b>{escape(str(row[NAME])[:200])}</b>", f"{sign} {escape(str(row[OUTCOME]))}", moment(row[DATE], zone)]
    if _is_open(row):
        lines.append("no end known: it still runs, or does not say how long it took")
    else:
        lines.append(f"took {seconds(row[LATENCY_S])}{_divided(row)}")
    if row[TOKENS] == row[TOKENS] and row[TOKENS] is not None:
        lines.append(f"{int(row[TOKENS]):,} tokens of its own count")
    if isinstance(row[ERROR], str):
        lines.append(escape(row[ERROR][:ERROR_CHARS]))
    if isinstance(row[NOTE], str):
        lines.append(f"<i>{escape(row[NOTE])}</i>")
    return "<br>".join(lines)


def _divided(row: Row) -> str:
    if not isinstance(row[CHILDREN_S], float) or not math.isfinite(row[CHILDREN_S]):
        return ""
    return f": {seconds(row[OWN_S])} itself, {seconds(row[CHILDREN_S])} while sub-workflows ran"


def _write_name(drawn: go.Figure, place: int, row: Row, theme: Theme) -> None:
    name = str(row[NAME])
    short = escape(name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…")
    sign = SIGNS.get(row[OUTCOME], "?") if isinstance(row[RUN_ID], str) else "◌"
    words = f"{sign} {short}"
    drawn.add_annotation(
        text=f"<b>{words}</b>" if row[IS_FOCUS] else words, x=0, xref="paper", xanchor="left", y=place, yref="y",
        xshift=min(int(row[DEPTH]), DEEPEST) * INDENT_PX, showarrow=False, align="left",
        font={"size": 12, "color": theme.text if isinstance(row[RUN_ID], str) else theme.muted},
    )  # fmt: skip


def _write_note(drawn: go.Figure, place: int, row: Row, theme: Theme) -> None:
    if isinstance(row[NOTE], str):
        drawn.add_annotation(
            text=f"<i>{escape(row[NOTE][:120])}</i>", x=NAMES_SHARE + 0.01, xref="paper", xanchor="left", y=place,
            yref="y", showarrow=False, font={"size": 12, "color": theme.muted},
        )  # fmt: skip


def _layout(held: Sequence[Row], scale: scales.Scale, theme: Theme) -> dict[str, Any]:
    return {
        "height": FRAME_HEIGHT + ROW_HEIGHT * max(len(held), 2),
        "margin": {"l": 4, "r": 16, "t": 8, "b": 40, "pad": 0},
        **base_layout(theme),
        "xaxis": {
            "domain": [NAMES_SHARE, 1], "range": [0, scale.top], "tickvals": list(scale.ticks),
            "ticktext": list(scale.labels), "gridcolor": theme.grid, "zerolinecolor": theme.grid, "fixedrange": True,
            "tickfont": {"color": theme.muted, "size": 12},
        },
        "yaxis": {
            "range": [len(held) - 0.5, -0.5], "visible": False, "fixedrange": True,
        },
    }  # fmt: skip
