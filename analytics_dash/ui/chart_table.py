"""Owns how what a chart is drawn from is read as a table, with headings, units and the viewer's zone, and its CSV."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype
from streamlit import column_config as column
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.columns import (
    ADJUSTED_P,
    COST,
    COST_HIGH,
    CUMULATIVE,
    DIFFERENCE,
    DIFFERS,
    DIMENSION,
    END,
    FAILED,
    FEW,
    HIGH,
    HIGH_S,
    HIGH_TOKENS,
    HOUR,
    HOURS,
    INPUT,
    LATENCY_RUNS,
    LIFT,
    LOW,
    LOW_S,
    LOW_TOKENS,
    MAX_S,
    MEDIAN,
    NOT_ATTRIBUTED,
    OUTCOMES,
    OUTPUT,
    P50,
    P75,
    P90,
    P95,
    P99,
    PART,
    PARTIAL,
    RATE,
    REST,
    REST_SHARE,
    RUNS,
    SELECTED,
    SELECTED_SHARE,
    SHARE,
    SPENT,
    START,
    SUCCEEDED,
    TITLE,
    TOKENS,
    UNPRICED,
    UNSPLIT,
    WEEKDAY,
    WITHIN,
)
from analytics_dash.runs.dimension import DIMENSIONS, VALUE

TIME: Final = "YYYY-MM-DD HH:mm"
PARENT: Final = "parent"
LABELS: Final[Mapping[str, str]] = {
    START: "From", PARTIAL: "Partial", RUNS: "Runs", LATENCY_RUNS: "With a latency", FEW: "Few runs",
    P50: "p50", P75: "p75", P90: "p90", P95: "p95", P99: "p99", MAX_S: "Slowest",
    RATE: "Failure rate", FAILED: "Failed", SUCCEEDED: "Succeeded", WITHIN: "Within the threshold",
    LOW_S: "Latency from", HIGH_S: "Latency below", LOW_TOKENS: "Tokens from", HIGH_TOKENS: "Tokens below",
    TOKENS: "Tokens", INPUT: "Input tokens", OUTPUT: "Output tokens", UNSPLIT: "Tokens without a side",
    NOT_ATTRIBUTED: "Tokens not attributed", UNPRICED: "Tokens without a price", COST: "Cost",
    COST_HIGH: "Cost at most",
    SHARE: "Share", CUMULATIVE: "Share so far", SPENT: "Spent", MEDIAN: "Median",
    DIMENSION: "Property", VALUE: "Value", TITLE: "Name", PART: "Kind", PARENT: "Parent workflow",
    SELECTED: "Runs of these", REST: "Runs of the others", SELECTED_SHARE: "Share of these",
    REST_SHARE: "Share of the others", DIFFERENCE: "Difference", LIFT: "Times as often", ADJUSTED_P: "p, adjusted",
    DIFFERS: "Beyond chance", WEEKDAY: "Day", HOUR: "Hour", HOURS: "Hours in range",
}  # fmt: skip
SECONDS: Final = frozenset({P50, P75, P90, P95, P99, MAX_S, LOW_S, HIGH_S})
SHARES: Final = frozenset({RATE, SHARE, CUMULATIVE, SELECTED_SHARE, REST_SHARE, DIFFERENCE})
COUNTS: Final = frozenset(
    {*OUTCOMES, RUNS, LATENCY_RUNS, WITHIN, LOW_TOKENS, HIGH_TOKENS, TOKENS, INPUT, OUTPUT, UNSPLIT, NOT_ATTRIBUTED}
    | {UNPRICED, SELECTED, REST}
)
DOLLARS: Final = frozenset({COST, COST_HIGH})
FORMATS: Final[Mapping[str, str]] = {
    **dict.fromkeys(SECONDS, "%.2f"), **dict.fromkeys(COUNTS, "localized"), **dict.fromkeys(DOLLARS, "$%.4f"),
    LIFT: "%.1f", ADJUSTED_P: "%.3g", HOURS: "%.1f",
}  # fmt: skip
"""How a column of this name writes its numbers; all others as the browser does."""
HIDDEN: Final = frozenset({END})  # where the next bucket begins
YES: Final = "yes"
INTERVAL_HELP: Final = "Of the 95 % Wilson interval of the rate."


def readable(data: pd.DataFrame, *, zone: str) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """The table as people read it, and its columns' headings and formats; what is missing is empty."""
    names = [str(name) for name in data.columns if name not in HIDDEN]
    shares = _shares(data)
    held = {name: _cells(name, data[name], is_share=name in shares) for name in names}
    return pd.DataFrame(held, index=data.index), {n: _config(n, data, is_share=n in shares, zone=zone) for n in names}


def to_take(data: pd.DataFrame, *, zone: str) -> pd.DataFrame:
    """The table for a CSV: shares of 1, seconds, and instants in the viewer's zone with their offset from UTC."""
    local = {name: data[name].dt.tz_convert(ZoneInfo(zone)) for name in data.columns if _is_instant(data[name])}
    return data.assign(**local)


def _shares(data: pd.DataFrame) -> frozenset[str]:
    """The columns that are parts of 1: a rate's bounds are, a projection's are amounts."""
    return SHARES | {LOW, HIGH} if RATE in data.columns else SHARES


def _is_instant(values: pd.Series[Any]) -> bool:
    return isinstance(values.dtype, pd.DatetimeTZDtype)


def _cells(name: str, values: pd.Series[Any], *, is_share: bool) -> pd.Series[Any]:
    if is_share:
        return values * 100
    if name == WEEKDAY:
        return values.map(lambda day: calendar.day_abbr[int(day)])
    if name == DIMENSION:
        return values.map(lambda key: DIMENSIONS[key].label if key in DIMENSIONS else str(key).capitalize())
    if is_bool_dtype(values.dtype):
        return pd.Series(np.where(values, YES, ""), index=values.index, dtype=object)
    if is_float_dtype(values.dtype):
        return values.replace([np.inf, -np.inf], np.nan)  # an open bound
    return values


def _config(name: str, data: pd.DataFrame, *, is_share: bool, zone: str) -> ColumnConfig:
    label = _label(name, data)
    if _is_instant(data[name]):
        return column.DatetimeColumn(label, format=TIME, timezone=zone, help=f"In {zone}.")
    if is_share:
        return column.NumberColumn(label, format="%.1f %%", help=INTERVAL_HELP if name in {LOW, HIGH} else None)
    wanted = FORMATS.get(name)
    return column.NumberColumn(label, format=wanted) if wanted else column.Column(label)


def _label(name: str, data: pd.DataFrame) -> str:
    if name in {LOW, HIGH}:
        if RATE in data.columns:
            return "Rate at least" if name == LOW else "Rate at most"
        return {LOW: "From", HIGH: "Below"}[name] if MEDIAN not in data.columns else {LOW: "Low", HIGH: "High"}[name]
    if name == RATE and WITHIN in data.columns:
        return "Share within"
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    return f"{label} (s)" if name in SECONDS else label
