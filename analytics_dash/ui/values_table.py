"""Owns the table of a dimension's values: one row each, sorted by a figure, a row's click filters the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.breakdown import Breakdown
from analytics_dash.metrics.columns import (
    CHANGE,
    FEW,
    HIGH,
    LAST_SEEN,
    LOW,
    P50,
    P95,
    RATE,
    RUNS,
    SHARE,
    TITLE,
    TOKENS,
    USERS,
)
from analytics_dash.runs.dimension import DIMENSIONS, VALUE, Dimension
from analytics_dash.runs.view import View
from analytics_dash.ui import state
from analytics_dash.ui.words import percent

PICKS: Final = "value_picks"  # session key: how many rows were taken, so that a taken one is not selected again
PICKED: Final = "value_picked"  # session key: set by a click until the whole page has been drawn with it
SORTS: Final = {
    "Runs": RUNS, "Failure rate": RATE, "p50": P50, "p95": P95, "Tokens": TOKENS, "Users": USERS,
    "Last seen": LAST_SEEN, "Change": CHANGE, "Name": VALUE,
}  # fmt: skip
HELP: Final = (
    "Each value with its runs, their share of all runs in view, failure rate with its 95 % Wilson interval, exact "
    "percentiles, tokens, distinct users, and when it was last seen. Select a row to filter by it, or to take the "
    "filter away. Percentiles over fewer than 20 runs are marked as few."
)
ROW_PX: Final = 35
MOST_ROWS: Final = 11  # with the head; more are scrolled to
BOUNDS, NOTE = "bounds", "note"


def choose(*, compared: bool) -> tuple[Dimension, str]:
    """The dimension to break down by and the column to sort by, as chosen in the current container."""
    with st.container(horizontal=True, gap="small", key="value_controls"):
        name = st.selectbox(
            "By",
            list(DIMENSIONS),
            format_func=lambda name: DIMENSIONS[name].label,
            key="values_by",
            persist_state="session",
            width=220,
        )
        sorts = [sort for sort in SORTS if compared or sort != "Change"]
        sort = st.selectbox("Sorted by", sorts, key="values_sorted_by", persist_state="session", width=160)
    return DIMENSIONS[name], SORTS[sort]


def is_picked() -> bool:
    """Whether a row was selected since the page was drawn, once."""
    return bool(st.session_state.pop(PICKED, False))


def draw(found: Breakdown, dimension: Dimension, *, view: View, zone: str) -> None:
    """The values and, in a last row, what the others add up to; a note says how many of how many."""
    rows = _rows(found)
    told = _told(found, dimension)
    st.markdown(f":small[{told}]")
    key = f"values_{dimension.name}_{st.session_state.get(PICKS, 0)}"
    st.dataframe(
        _written(rows),
        hide_index=True,
        column_order=_order(rows, dimension),
        column_config=_columns(dimension, zone),
        height=ROW_PX * min(len(rows) + 1, MOST_ROWS) + 2,
        key=key,
        on_select=lambda: _pick(key, found, dimension, view),
        selection_mode="single-row",
        placeholder="–",
        alt=f"Table of runs by {dimension.label.lower()}: {told}.",
    )


def _told(found: Breakdown, dimension: Dimension) -> str:
    shown = f"{len(found.frame)} of {found.values:,}" if found.values > len(found.frame) else f"all {found.values:,}"
    more = f" · a run with several {dimension.label.lower()}s counts under each" if dimension.multiple else ""
    return f"{shown} values{more}" if found.values != 1 else f"one value{more}"


def _rows(found: Breakdown) -> pd.DataFrame:
    """What is shown: a row per value, then one for the others together."""
    if found.other.empty:
        return found.frame
    others = found.other.assign(**{TITLE: f"({found.values - len(found.frame):,} others)"})
    return pd.concat([found.frame, others], ignore_index=True)


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a name, the interval and what is few as texts; the rate in hundredths, as its column writes it."""
    bounds = [_interval(low, high) for low, high in zip(rows[LOW], rows[HIGH], strict=True)]
    few = ["few runs" if is_few else None for is_few in rows[FEW]]
    named = rows[TITLE].where(rows[TITLE].notna() & (rows[TITLE] != ""), rows[VALUE])
    texts = pd.DataFrame({BOUNDS: bounds, NOTE: few}, index=rows.index, dtype=object)
    return rows.assign(**{TITLE: named, RATE: rows[RATE] * 100}).join(texts)


def _interval(low: float, high: float) -> str | None:
    return f"{percent(low).removesuffix(' %')}–{percent(high)}" if low == low else None


def _order(rows: pd.DataFrame, dimension: Dimension) -> list[str]:
    order = [TITLE, RUNS, SHARE, RATE, BOUNDS, P50, P95, TOKENS, USERS, LAST_SEEN]
    order += [CHANGE] if rows[CHANGE].notna().any() else []
    order += [NOTE] if rows[FEW].any() else []
    return [*order, VALUE] if dimension.title_column else order


def _columns(dimension: Dimension, zone: str) -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        TITLE: column.TextColumn(dimension.label, width=180, pinned=True),
        RUNS: column.NumberColumn("Runs", format="localized", width=75),
        SHARE: column.ProgressColumn("Share", format="percent", min_value=0, max_value=1, width=110),
        RATE: column.NumberColumn("Failure rate", format="%.1f %%", width=95),
        BOUNDS: column.TextColumn("95 % interval", width=110),
        P50: column.NumberColumn("p50 (s)", format="%.2f", width=75),
        P95: column.NumberColumn("p95 (s)", format="%.2f", width=75),
        TOKENS: column.NumberColumn("Tokens", format="compact", width=75),
        USERS: column.NumberColumn("Users", format="localized", width=65),
        LAST_SEEN: column.DatetimeColumn(f"Last seen ({zone})", format="YYYY-MM-DD HH:mm", timezone=zone, width=170),
        CHANGE: column.NumberColumn("Change in runs", format="%+d", width=110),
        NOTE: column.TextColumn("Latency over", width=100),
        VALUE: column.TextColumn("ID", width=290),
    }


def _pick(key: str, found: Breakdown, dimension: Dimension, view: View) -> None:
    rows = st.session_state.get(key, {}).get("selection", {}).get("rows", [])
    if not rows:
        return
    st.session_state[PICKS] = st.session_state.get(PICKS, 0) + 1
    if rows[0] < len(found.frame):  # not the row of the others
        st.session_state[PICKED] = True
        state.show(toggled(view, dimension.name, str(found.frame[VALUE].iloc[rows[0]])))


def toggled(view: View, name: str, value: str) -> View:
    """The view narrowed to one more value of a filter, or without it where it had it."""
    held = getattr(view, name)
    changed: dict[str, Any] = {name: tuple(v for v in held if v != value) if value in held else (*held, value)}
    return replace(view, **changed)
