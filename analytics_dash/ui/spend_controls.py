"""Owns the choices of the page of tokens and cost: what is measured, by which dimension, amounts or shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from analytics_dash.metrics.columns import COST, TOKENS
from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.ui.pricing import COST_HELP

BY: Final = ("model", "user", "run_type", "parent")
MEASURES: Final = {TOKENS: "Tokens", COST: "Estimated cost"}
AMOUNTS, SHARES = "Amounts", "Shares"
OVER_TIME, BY_MODEL = "Over time", "By model"
OF_MODELS: Final = (
    "Tokens of a model are what llm_usage says; what the runs' total_tokens have beyond is “(not attributed)”, so that "
    "the parts add up to the whole."
)
OF_VALUES: Final = "total_tokens of each value's runs; “other” holds the values that are not named."
PARETO_HELP: Final = "The line is what the bars so far come to together. Click a bar to see only its runs."
SIDES_HELP: Final = (
    "Input and output tokens by llm_usage. “Not told which”: a model's tokens without the two sides. “(not "
    "attributed)”: what total_tokens have beyond the models'."
)


@dataclass(frozen=True)
class Choice:
    """What the charts of who spends show."""

    dimension: Dimension
    measure: str
    share: bool

    @property
    def words(self) -> str:
        """“Tokens by model”."""
        return f"{MEASURES[self.measure]} by {self.dimension.label.lower()}"

    @property
    def help_text(self) -> str:
        """What the parts are."""
        of_parts = OF_MODELS if self.dimension.multiple else OF_VALUES
        return f"{COST_HELP} {of_parts}" if self.measure == COST else of_parts


def choose(*, has_cost: bool) -> Choice:
    """The controls in a row; without prices there is no choice of a measure."""
    with st.container(horizontal=True, gap="medium", key="spend_controls"):
        by = _one("By", list(BY), key="spend_by", names={name: DIMENSIONS[name].label for name in BY})
        measure = _one("Measure", [TOKENS, COST] if has_cost else [TOKENS], key="spend_measure", names=MEASURES)
        shown = _one("Shown as", [AMOUNTS, SHARES], key="spend_shown")
    return Choice(DIMENSIONS[by], measure, shown == SHARES)


def of_the_month(*, has_cost: bool) -> str:
    """What the month is measured in: cost unless tokens are asked for, tokens where no cost is known."""
    options = [COST, TOKENS] if has_cost else [TOKENS]
    return _one("The month in", options, key="month_measure", names=MEASURES, is_labelled=False)


def sides_over_time() -> bool:
    """Whether input and output are shown over time, rather than by model."""
    return _one("Shown", [OVER_TIME, BY_MODEL], key="spend_sides", is_labelled=False) == OVER_TIME


def _one(
    label: str,
    options: list[str],
    *,
    key: str,
    names: dict[str, str] | None = None,
    is_labelled: bool = True,
) -> str:
    """One of the options; what was chosen is kept while other pages are looked at."""
    chosen = st.segmented_control(
        label,
        options,
        key=key,
        default=options[0],
        required=True,
        format_func=lambda option: (names or {}).get(option, option),
        label_visibility="visible" if is_labelled else "collapsed",
        persist_state="session",
    )
    return chosen if chosen in options else options[0]
