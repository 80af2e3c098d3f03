"""Owns the choices of the page of tokens and cost: what is measured, by which dimension, amounts or shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from analytics_dash.metrics.columns import COST, TOKENS
from analytics_dash.runs.choice import SPENDING_DIMENSIONS
from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.ui import choices
from analytics_dash.ui.pricing import COST_HELP

MEASURES: Final = {TOKENS: "Tokens", COST: "Estimated cost"}
SHARES, OVER_TIME = "shares", "time"
SHOWN: Final = {"amounts": "Amounts", SHARES: "Shares"}
SIDES: Final = {OVER_TIME: "Over time", "model": "By model"}
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
        by = choices.buttons("spend_by", "By", {name: DIMENSIONS[name].label for name in SPENDING_DIMENSIONS})
        measure = choices.buttons("spend_in", "Measure", _measures(has_cost=has_cost))
        shown = choices.buttons("spend_as", "Shown as", SHOWN)
    return Choice(DIMENSIONS[by], measure, shown == SHARES)


def of_the_month(*, has_cost: bool) -> str:
    """What the month is measured in: cost unless tokens are asked for, tokens where no cost is known."""
    named = dict(reversed(_measures(has_cost=has_cost).items()))
    return choices.buttons("month_in", "The month in", named, is_labelled=False)


def sides_over_time() -> bool:
    """Whether input and output are shown over time, rather than by model."""
    return choices.buttons("sides", "Shown", SIDES, is_labelled=False) == OVER_TIME


def _measures(*, has_cost: bool) -> dict[str, str]:
    return MEASURES if has_cost else {TOKENS: MEASURES[TOKENS]}
