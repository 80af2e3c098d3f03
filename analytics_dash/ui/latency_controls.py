"""Owns the Latency page's controls: threshold and percentiles, which a link holds; what to break down by, and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from analytics_dash.metrics.columns import LATENCY_RUNS, MAX_S, P50, P95, P99
from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.runs.view import PERCENTILES, View
from analytics_dash.ui import choices, state
from analytics_dash.ui.controls import key, tied

THRESHOLD_S: Final = 10.0  # about as long as a person keeps their mind on what they wait for
MAX_THRESHOLD_S: Final = 1e9  # what a link takes
SHOWN: Final = ("p50", "p95", "p99")
THRESHOLD: Final = "latency_threshold"
CHOSEN: Final = "latency_percentiles"
THRESHOLD_HELP: Final = (
    "In seconds. Runs that took no longer are within it. It is kept in the link, and drawn into the charts."
)
HEATMAP_HELP: Final = (
    "Runs by when they started and how long they took; darker is more. Seconds are on a log scale. Click a cell to "
    "narrow the view to its runs, then ask below what they have in common."
)
DISTRIBUTION_HELP: Final = (
    "Above, how many runs took how long, on a log scale; below, the share of runs that took up to each latency. Lines "
    "mark p50, p95 and the threshold. Click a bar to narrow the view to its runs."
)
BY_HELP: Final = (
    "Exact percentiles over each value's own runs, from p50 to p95; hollow where fewer than 20 runs stand behind them. "
    "A run with several models counts under each. Click a row to narrow the view to its runs."
)
TOKENS_HELP: Final = (
    "Runs that have both a latency and a token count; both scales are logarithmic. The line is the median latency of "
    "each bin of tokens. The rank correlation is Spearman's: 1 where more tokens always took longer, 0 where they tell "
    "nothing. Click a cell to narrow the view to its runs."
)
SORTS: Final = {P95: "p95", P50: "p50", P99: "p99", MAX_S: "slowest run", LATENCY_RUNS: "runs"}


def draw(view: View) -> tuple[float, list[float]]:
    """The threshold in seconds and the percentiles (0 to 1) to show, in one row of controls."""
    with st.container(horizontal=True, key="latency_controls", gap="medium", vertical_alignment="bottom"):
        chosen = list(view.percentiles or SHOWN)
        st.pills(
            "Percentiles",
            PERCENTILES,
            selection_mode="multi",
            **tied(CHOSEN, _as_clicked(chosen), lambda: _commit(CHOSEN, _with_percentiles), default=chosen),
        )
        wanted = threshold_s(view)
        st.number_input(
            "Threshold (s)",
            min_value=0.0,
            max_value=MAX_THRESHOLD_S,
            step=1.0,
            format="%g",
            width=150,
            help=THRESHOLD_HELP,
            **tied(THRESHOLD, wanted, lambda: _commit(THRESHOLD, _with_threshold), value=wanted),
        )
    return wanted, [int(name.removeprefix("p")) / 100 for name in chosen]


def threshold_s(view: View) -> float:
    """The view's threshold in seconds, or the one that holds until somebody chooses."""
    return THRESHOLD_S if view.threshold is None else view.threshold


def dimension() -> tuple[Dimension, str]:
    """What to break latency down by, and the column to sort by."""
    labels = {name: held.label for name, held in DIMENSIONS.items()}
    with st.container(horizontal=True, key="latency_by_controls", gap="small"):
        name = choices.dropdown("latency_by", "Break down by", labels, width=200)
        sort = choices.dropdown("latency_sort", "Highest first", SORTS, width=150)
    return DIMENSIONS[name], sort


def _as_clicked(names: list[str]) -> list[str]:
    """The names in the order in which they were clicked, where it is they that were clicked."""
    clicked: list[str] = st.session_state.get(key(CHOSEN)) or []
    return clicked if sorted(clicked) == sorted(names) else names


def _commit(control: str, changed: Callable[[View, Any], View]) -> None:
    view, _ = state.current_view()
    state.show(changed(view, st.session_state[key(control)]))


def _with_percentiles(view: View, names: Sequence[str]) -> View:
    """In their own order; none chosen is as good as the usual ones."""
    chosen = tuple(name for name in PERCENTILES if name in names)
    return replace(view, percentiles=() if chosen == SHOWN else chosen)


def _with_threshold(view: View, value: float | None) -> View:
    return replace(view, threshold=None if value == THRESHOLD_S else value)
