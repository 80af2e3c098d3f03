"""Owns the table of a dimension's values: one row each, sorted by a figure, a row's click filters the page."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.breakdown import OTHER, UNATTRIBUTED, Breakdown
from analytics_dash.metrics.columns import (
    CHANGE,
    FAILED,
    FEW,
    HIGH,
    LAST_SEEN,
    LOW,
    P50,
    P95,
    RATE,
    RUNS,
    SHARE,
    SUCCEEDED,
    TITLE,
    TOKENS,
    USERS,
)
from analytics_dash.runs.dimension import DIMENSIONS, VALUE, Dimension
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.ui import choices, row_choice, state
from analytics_dash.ui.words import percent

SORTS: Final = {
    RUNS: "Runs", RATE: "Failure rate", P50: "p50", P95: "p95", TOKENS: "Tokens", USERS: "Users",
    LAST_SEEN: "Last seen", CHANGE: "Change", VALUE: "Name",
}  # fmt: skip
HELP: Final = (
    "Each value with its runs, their share of all runs in view, failure rate with its 95 % Wilson interval, exact "
    "percentiles, tokens, distinct users, and when it was last seen. Select a row to filter by it, or to take the "
    "filter away. Percentiles over fewer than 20 runs are marked as few."
)
TOKENS_HELP: Final = (
    "Of the runs; of a model, what llm_usage says it used. “Not attributed”: tokens of runs with models that llm_usage "
    "gives to none of them, below 0 where it gives more than a run has."
)
MOST_ROWS: Final = 11  # more are scrolled to
HEIGHT_PX: Final = 380
BOUNDS, DECIDED, NOTE = "bounds", "decided", "note"


def choose(*, compared: bool) -> tuple[Dimension, str]:
    """The dimension to break down by and the column to sort by, as chosen in the current container."""
    with st.container(horizontal=True, gap="small", key="value_controls"):
        name = choices.dropdown("values_by", "By", {name: held.label for name, held in DIMENSIONS.items()}, width=220)
        sorts = {column: label for column, label in SORTS.items() if compared or column != CHANGE}
        sort = choices.dropdown("values_sort", "Sorted by", sorts, width=160)
    return DIMENSIONS[name], sort


def draw(found: Breakdown, dimension: Dimension, *, view: View, zone: str) -> None:
    """The values, then what the others add up to and what is nobody's; a note says how many of how many."""
    rows = with_rest(found)
    told = _told(found, dimension)
    st.subheader(f"Runs by {dimension.label.lower()}", anchor=False, help=HELP)
    st.markdown(f":small[{told}]")
    row_choice.draw(
        _written(rows),
        name=f"values_{dimension.name}",
        chosen=_chosen(found, getattr(view, dimension.name)),
        on_choice=lambda row: _pick(row, found, dimension, view),
        column_order=_order(rows, dimension),
        column_config=_columns(dimension, zone),
        height="content" if len(rows) < MOST_ROWS else HEIGHT_PX,
        placeholder="–",
        alt=f"Table of runs by {dimension.label.lower()}: {told}.",
    )


def _chosen(found: Breakdown, held: tuple[str, ...]) -> int | None:
    """The row of the one value that the view asks for."""
    places = [place for place, value in enumerate(found.frame[VALUE]) if (exactly(value),) == held]
    return places[0] if places else None


def _told(found: Breakdown, dimension: Dimension) -> str:
    shown = f"{len(found.frame)} of {found.values:,}" if found.values > len(found.frame) else f"all {found.values:,}"
    more = f" · a run with several {dimension.label.lower()}s counts under each" if dimension.multiple else ""
    return f"{shown} values{more}" if found.values != 1 else f"one value{more}"


def with_rest(found: Breakdown) -> pd.DataFrame:
    """A row per value, then what of the others adds up, and tokens that are not attributed."""
    if found.other.empty:
        return found.frame
    titles = {OTHER: f"({found.values - len(found.frame):,} others)", UNATTRIBUTED: f"({UNATTRIBUTED})"}
    others = found.other.assign(**{TITLE: found.other[VALUE].map(titles)})
    return pd.concat([found.frame.astype(object), others.astype(object)], ignore_index=True).infer_objects()


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a name, the interval and what is few as texts; shares in hundredths, as columns write them."""
    bounds = [_interval(low, high) for low, high in zip(rows[LOW], rows[HIGH], strict=True)]
    few = ["few runs" if is_few else None for is_few in rows[FEW]]
    named = rows[TITLE].where(rows[TITLE].notna() & (rows[TITLE] != ""), rows[VALUE])
    texts = pd.DataFrame({BOUNDS: bounds, NOTE: few}, index=rows.index, dtype=object)
    numbers = {RATE: rows[RATE] * 100, SHARE: rows[SHARE] * 100, DECIDED: rows[FAILED] + rows[SUCCEEDED]}
    return rows.assign(**{TITLE: named}, **numbers).join(texts)


def _interval(low: float, high: float) -> str | None:
    return f"{percent(low).removesuffix(' %')}–{percent(high)}" if low == low else None


def _order(rows: pd.DataFrame, dimension: Dimension) -> list[str]:
    change = [CHANGE] if rows[CHANGE].notna().any() else []
    few = [NOTE] if rows[FEW].any() else []
    order = [TITLE, RUNS, *change, SHARE, FAILED, DECIDED, RATE, BOUNDS, P50, P95, TOKENS, USERS, LAST_SEEN, *few]
    return [*order, VALUE] if dimension.title_column else order


def _columns(dimension: Dimension, zone: str) -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        TITLE: column.TextColumn(dimension.label, width=150, pinned=True),
        RUNS: column.NumberColumn("Runs", format="localized", width=60),
        CHANGE: column.NumberColumn(
            "Change", format="%+,d", width=70, help="Runs more or fewer than in the period compared with."
        ),
        SHARE: column.ProgressColumn("Share", format="%.1f %%", min_value=0, max_value=100, width=84),
        RATE: column.NumberColumn("Rate", format="%.1f %%", width=66, help="Failed / (failed + succeeded)."),
        FAILED: column.NumberColumn("Failed", format="localized", width=60),
        DECIDED: column.NumberColumn("of", format="localized", width=60, help="Runs that failed or succeeded."),
        BOUNDS: column.TextColumn("95 % interval", width=98, help="Of the failure rate, by Wilson."),
        P50: column.NumberColumn("p50 (s)", format="%.2f", width=58),
        P95: column.NumberColumn("p95 (s)", format="%.2f", width=58),
        NOTE: column.TextColumn("Latency of", width=85, help="Fewer than 20 runs have a latency."),
        TOKENS: column.NumberColumn("Tokens", format="compact", width=60, help=TOKENS_HELP),
        USERS: column.NumberColumn("Users", format="localized", width=54),
        LAST_SEEN: column.DatetimeColumn("Last seen", format="YYYY-MM-DD HH:mm", timezone=zone, width=128),
        VALUE: column.TextColumn("ID", width=290),
    }


def _pick(row: int | None, found: Breakdown, dimension: Dimension, view: View) -> None:
    """Filter by the row's value, or no more where its mark is taken away; the row of the others is no value."""
    if row is None:
        row = _chosen(found, getattr(view, dimension.name))
    if row is not None and row < len(found.frame):
        state.show(view.toggled(dimension.name, str(found.frame[VALUE].iloc[row])))
