"""Owns what can be chosen on the failures page's charts: counts or shares, and the dimension to tell rates apart by."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.metrics.columns import PART
from analytics_dash.metrics.failures_by_dimension import FailureValues
from analytics_dash.metrics.spend_query import OWN
from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.ui.words import count

SHAPES: Final = ("Counts", "Shares")
SHAPE_KEY: Final = "outcomes_as"
CHOICES: Final = tuple(name for name in DIMENSIONS if name not in {"state", "outcome"})
"""A state and an outcome say themselves whether a run failed."""
BY_HELP: Final = (
    "Failed / (failed + succeeded) of each value's runs, with its 95 % Wilson interval; the values with most failed "
    "runs. ▲ and ▼: higher or lower than the rest beyond chance, by Fisher's exact test, corrected for the number of "
    "values. Click a bar to see only its runs."
)


def is_as_shares() -> bool:
    """Whether outcomes are to be drawn as shares, also before the choice is drawn."""
    return bool(st.session_state.get(SHAPE_KEY) == SHAPES[1])


def draw_shapes() -> None:
    """The choice between counts and shares, under the chart that it changes."""
    st.segmented_control(
        "Outcomes as", SHAPES, default=SHAPES[0], key=SHAPE_KEY, required=True, persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip


def dimension() -> Dimension:
    """The dimension to tell rates apart by; draws the choice."""
    chosen = st.selectbox(
        "Failure rate by", CHOICES, index=CHOICES.index("run_type"), key="failures_by", persist_state="session",
        format_func=lambda name: DIMENSIONS[name].label, width=240,
    )  # fmt: skip
    return DIMENSIONS[chosen]


def shown(values: FailureValues) -> str:
    """“12 of 23 values, over 1,204 runs that failed or succeeded”."""
    own = int((values.frame[PART] == OWN).sum())
    behind = count(values.failed + values.succeeded, "run")
    of = f"{own} of {values.of:,} values" if own < values.of else count(own, "value")
    return f"{of}, over {behind} that failed or succeeded"
