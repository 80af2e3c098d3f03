"""Owns what one run spent: its tokens by model, what is not attributed, and what that is estimated to cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd
import streamlit as st

from analytics_dash.metrics.columns import COST, COST_HIGH, INPUT, NOT_ATTRIBUTED, OUTPUT, PART, TOKENS, UNSPLIT
from analytics_dash.metrics.spend import NONE, top_spenders
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from analytics_dash.settings import Settings
from analytics_dash.ui.pricing import COST_HELP, Pricing, pricing
from analytics_dash.ui.words import plain

SHOWN: Final = [VALUE, TOKENS, INPUT, OUTPUT, UNSPLIT, COST]
UNATTRIBUTED: Final = "(not attributed)"
MODELS: Final = 50  # of one run; more is no run but a mistake


@dataclass(frozen=True, eq=False)
class RunCost:
    """A row per model of the run (SPENDER_COLUMNS), and the prices that its cost rests on."""

    parts: pd.DataFrame
    priced: Pricing

    @property
    def is_known(self) -> bool:
        """Whether a cost can be estimated for anything of it."""
        return bool(len(self.priced.models)) and self.priced.problem is None and self.priced.is_usable

    @property
    def bounds(self) -> tuple[float, float]:
        """US dollars, at least and at most."""
        return float(self.parts[COST].sum()), float(self.parts[COST_HIGH].sum())

    @property
    def not_attributed(self) -> int:
        """Tokens that no model accounts for; below 0 where the models say more than the total."""
        return int(self.parts[NOT_ATTRIBUTED].sum())


def run_cost(run: duckdb.DuckDBPyRelation, *, settings: Settings) -> RunCost:
    """What the one run spent by model."""
    priced = pricing(run, settings=settings)
    spent = top_spenders(run, DIMENSIONS["model"], prices=priced.prices, limit=MODELS)
    return RunCost(spent.frame, priced)


def notes(cost: RunCost, total: int | None) -> list[str]:
    """What is to be known of the numbers, a sentence each."""
    told = []
    if total is None:
        told.append("The API sent no total_tokens for this run.")
    if total is not None and cost.not_attributed:
        told.append(f"{cost.not_attributed:,} of {total:,} tokens are not attributed to a model.")
    if cost.priced.problem:
        told.append(f"No cost is estimated. {cost.priced.problem}")
    elif cost.priced.without:
        told.append(f"No price is known for {', '.join(cost.priced.without)}; its tokens are not in the cost.")
    return told


def table(cost: RunCost) -> pd.DataFrame:
    """SHOWN, a row per model, and one for the tokens that belong to none where there are any."""
    held = cost.parts[(cost.parts[PART] != NONE) | (cost.parts[TOKENS] != 0)]
    return held.assign(**{VALUE: held[VALUE].where(held[PART] != NONE, UNATTRIBUTED)})[SHOWN]


def draw(cost: RunCost, total: int | None) -> None:
    """Tokens and cost by model, with what is missing in them."""
    st.subheader("Tokens and cost by model", anchor=False, help=COST_HELP)
    if len(cost.priced.models):
        column = st.column_config
        st.dataframe(
            table(cost),
            hide_index=True,
            key="run_models",
            placeholder="–",
            column_config={
                VALUE: column.TextColumn("Model", width=220),
                TOKENS: column.NumberColumn("Tokens", format="localized"),
                INPUT: column.NumberColumn("Input", format="localized"),
                OUTPUT: column.NumberColumn("Output", format="localized"),
                UNSPLIT: column.NumberColumn("Input or output not told", format="localized"),
                COST: column.NumberColumn("Estimated cost ($)", format="%.6f"),
            },
            alt="Table of the run's models with their tokens and estimated cost.",
        )
    else:
        st.markdown(":small[The API sent no llm_usage for this run, so its tokens belong to no model.]")
    for note in notes(cost, total):
        st.markdown(f":small[{plain(note, limit=400)}]")
