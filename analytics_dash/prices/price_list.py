"""Owns the price list of what was used: one's own prices first, then the catalogue's, and what has none by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from analytics_dash.prices.catalogue import catalogue_prices
from analytics_dash.prices.own import OwnPrice, own_price
from analytics_dash.prices.price import Price, Source

PRICE_COLUMNS: Final = (
    "provider", "model", "input_per_million", "output_per_million", "since", "source", "priced_as", "note",
)  # fmt: skip


def price_list(used: Iterable[tuple[str | None, str]], own: tuple[OwnPrice, ...] = ()) -> tuple[Price, ...]:
    """The prices of each provider and model once, in the order given; several where a price has changed."""
    prices: list[Price] = []
    for provider, model in dict.fromkeys(used):
        mine = own_price(provider, model, own)
        prices += [_own(provider, model, mine)] if mine else catalogue_prices(provider, model)
    return tuple(prices)


def unpriced(prices: Sequence[Price]) -> tuple[Price, ...]:
    """Those without a price, for which no cost is estimated."""
    return tuple(price for price in prices if price.input_per_million is None)


def price_table(prices: Sequence[Price]) -> pd.DataFrame:
    """PRICE_COLUMNS, a row per price: US dollars per million tokens, NaN for none; `since` is NaT for always."""
    rows = [{name: getattr(price, name) for name in PRICE_COLUMNS} for price in prices]
    frame = pd.DataFrame(rows, columns=list(PRICE_COLUMNS), dtype="object")
    dollars = {name: frame[name].astype("float64") for name in ("input_per_million", "output_per_million")}
    since = pd.Series(frame["since"].to_list(), index=frame.index, dtype=pd.DatetimeTZDtype("us", "UTC"))
    return frame.assign(**dollars, since=since, source=frame["source"].astype(str))


def _own(provider: str | None, model: str, mine: OwnPrice) -> Price:
    return Price(provider, model, None, mine.input_per_million, mine.output_per_million, Source.OWN)
