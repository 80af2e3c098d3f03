"""Owns the price list of a page: the models used, what each costs, what was wrong with it, and how to change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import duckdb
import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.errors import SettingsError
from analytics_dash.metrics.columns import MODEL, PROVIDER, TOKENS
from analytics_dash.metrics.spend import models_used
from analytics_dash.prices.own import VARIABLE, own_prices
from analytics_dash.prices.price import Price, Source
from analytics_dash.prices.price_list import PRICE_COLUMNS, price_list, price_table, unpriced
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui.words import count, plain

COST_HELP: Final = (
    "An estimate: each model's input and output tokens times its price in the list below, at the run's date. Tokens "
    "that are not attributed to a model, and models without a price, are not in it. Where input and output are not "
    "told apart, the cost lies between two bounds, and charts show the lower one. Discounts, cached input and batches "
    "are not known, so a bill may differ."
)
TABLE_HELP: Final = (
    "US dollars per million tokens of every model in llm_usage of the runs in view. A model whose price has changed "
    "has a row for each price, valid from its date on."
)
USED: Final = "models_used"  # session key: what was asked last, and the models that were found
EXAMPLE: Final = """[[price]]
provider = "OpenAI"          # optional; without it, the model's price whoever provides it
model = "gpt-5"
input_per_million = 1.25     # US dollars
output_per_million = 10.0    # optional"""


@dataclass(frozen=True, eq=False)
class Pricing:
    """The models that runs use (MODEL_COLUMNS), their prices, and what is wrong with the file of one's own prices."""

    models: pd.DataFrame
    prices: tuple[Price, ...]
    problem: str | None

    @cached_property
    def names(self) -> list[str]:
        """The models' IDs, each once, most tokens first."""
        return list(dict.fromkeys(self.models[MODEL]))

    @cached_property
    def without(self) -> list[str]:
        """The IDs of the models without a price, most tokens first."""
        lacking = {(price.provider, price.model) for price in unpriced(self.prices)}
        return list(dict.fromkeys(key[1] for key in _keys(self.models) if key in lacking))

    @property
    def is_usable(self) -> bool:
        """Whether a cost can be estimated for anything at all."""
        return len(unpriced(self.prices)) < len(self.prices)


def pricing(runs: duckdb.DuckDBPyRelation, *further: duckdb.DuckDBPyRelation, settings: Settings) -> Pricing:
    """The prices of the models of `runs`, and of those of further runs on the page; none if the own list is wrong."""
    return _priced(models_used(runs), *map(models_used, further), settings=settings)


def _priced(models: pd.DataFrame, *further: pd.DataFrame, settings: Settings) -> Pricing:
    try:
        own = own_prices(settings)
    except SettingsError as error:
        return Pricing(models, (), str(error))
    used = [*_keys(models), *(key for some in further for key in _keys(some))]
    return Pricing(models, price_list(used, own), None)


def of_flow(dataset: Dataset, view: View, *, since: datetime, settings: Settings) -> Pricing:
    """The prices of all models that the view's flow has used since then, whatever the view's filters.

    Looked up once for the same rows: which models there are takes longer than what they cost.
    """
    key = (view.org, view.flow, since, dataset.interval, dataset.report.rows, dataset.as_of)
    held: tuple[object, pd.DataFrame] = st.session_state.get(USED, (None, pd.DataFrame()))
    if held[0] != key:
        every = View(org=view.org, flow=view.flow, tests=True)
        held = st.session_state[USED] = (key, models_used(dataset.runs(every, start=since)))
    return _priced(held[1], settings=settings)


def tell_problem(found: Pricing) -> None:
    """Why no cost is estimated, where none is."""
    if found.problem:
        st.warning(f"No cost is estimated. {plain(found.problem, limit=600)}", icon=":material/price_check:")
    elif not found.is_usable:
        st.info("No cost is estimated: no model in view has a price.", icon=":material/price_check:")


def draw(found: Pricing) -> None:
    """Every model in view with its tokens and its price, those without one too, and how to set one's own."""
    st.subheader("Prices behind the estimate", anchor=False, help=TABLE_HELP)
    if not found.prices:
        st.info("There is no price to show." if found.problem else "No run in view names a model.")
    else:
        shown = table(found)
        st.markdown(f":small[{_told(found)}]")
        st.dataframe(
            shown,
            hide_index=True,
            column_config=_columns(),
            key="prices",
            placeholder="–",
            alt=f"Table of {count(len(shown), 'price')}: model, tokens, price for input and output, source.",
        )
    with st.expander("Use prices of your own"):
        st.markdown(
            f"Whoever runs this dashboard can name a TOML file in `{VARIABLE}`. A price in it goes before the list's. "
            "It is read anew each time this page is drawn."
        )
        st.code(EXAMPLE, language="toml")


def table(found: Pricing) -> pd.DataFrame:
    """PRICE_COLUMNS that hold anything, and TOKENS: a row per price of each model in view, most tokens first."""
    used = found.models[[PROVIDER, MODEL, TOKENS]]
    priced = price_table(found.prices)
    held = {key: tokens for *key_parts, tokens in used.itertuples(index=False) for key in [tuple(key_parts)]}
    tokens = [held.get(key) for key in zip(priced[PROVIDER], priced[MODEL], strict=True)]
    shown = priced.assign(**{TOKENS: pd.array(tokens, dtype="Int64")}).dropna(subset=TOKENS)[_ORDER]
    return shown.drop(columns=[name for name in SELDOM if not shown[name].replace("", None).notna().any()])


SELDOM: Final = ("since", "note")  # most prices have neither, and the table is wide
_ORDER: Final = [PROVIDER, MODEL, TOKENS, *(name for name in PRICE_COLUMNS if name not in (PROVIDER, MODEL))]


def _keys(models: pd.DataFrame) -> Sequence[tuple[str | None, str]]:
    return list(models[[PROVIDER, MODEL]].itertuples(index=False, name=None))


def _told(found: Pricing) -> str:
    own = sum(price.source is Source.OWN for price in found.prices)
    without = f"{count(len(found.without), 'model')} without a price" if found.without else "every model has a price"
    return f"{count(len(found.names), 'model')} in view · {without} · {own} from your price list"


def _columns() -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        PROVIDER: column.TextColumn("Provider", width=100),
        MODEL: column.TextColumn("Model", width=190),
        TOKENS: column.NumberColumn("Tokens in view", format="localized", width=110),
        "input_per_million": column.NumberColumn("Input, $/M tokens", format="%.2f", width=130),
        "output_per_million": column.NumberColumn("Output, $/M tokens", format="%.2f", width=135),
        "since": column.DatetimeColumn("From (UTC)", format="YYYY-MM-DD", timezone="UTC", width=100),
        "source": column.TextColumn("Source", width=150),
        "priced_as": column.TextColumn("Priced as", width=130),
        "note": column.TextColumn("Note", width=260),
    }
