"""Owns what a metric must know of a price, and how prices that change over time are laid beside runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
"""From when a price holds that has no date: before every run."""
Key = tuple[str | None, str]
"""A provider and a model's ID, as the API gives them."""


class ModelPrice(Protocol):
    """US dollars per million tokens of a model, from `since` (None: always) until its next price."""

    @property
    def provider(self) -> str | None:
        """As the API names it, or None where it names none."""

    @property
    def model(self) -> str:
        """The model's ID as the API gives it."""

    @property
    def since(self) -> datetime | None:
        """From when; None: always."""

    @property
    def input_per_million(self) -> float | None:
        """None: the model has no price."""

    @property
    def output_per_million(self) -> float | None:
        """None beside an input price: what comes out costs nothing, as with embeddings."""


@dataclass(frozen=True)
class PriceRow:
    """US dollars per million tokens of the model with this `number` in an era.

    `low` and `high` hold where only the sum of input and output is known: the truth lies between.
    """

    number: int
    era: int
    input: float
    output: float
    low: float
    high: float


def eras(prices: Sequence[ModelPrice]) -> list[datetime]:
    """When any price changes, in order; the first is BEGINNING."""
    return sorted({BEGINNING, *(_since(price) for price in prices)})


def keys(prices: Sequence[ModelPrice]) -> list[Key]:
    """The models that have a price, each once; a PriceRow's `number` is a place in this list, from 1."""
    priced = (price for price in prices if price.input_per_million is not None)
    return list(dict.fromkeys((price.provider, price.model) for price in priced))


def price_rows(prices: Sequence[ModelPrice]) -> list[PriceRow]:
    """What each priced model costs in each of `eras`; none for an era in which it has no price yet."""
    numbers = {key: number for number, key in enumerate(keys(prices), start=1)}
    rows: list[PriceRow] = []
    for era, begins in enumerate(eras(prices)):
        valid = {(p.provider, p.model): p for p in sorted(prices, key=_since) if _since(p) <= begins}
        rows += [_row(numbers[key], era, p) for key, p in valid.items() if p.input_per_million is not None]
    return rows


def _since(price: ModelPrice) -> datetime:
    return price.since.astimezone(UTC) if price.since else BEGINNING


def _row(number: int, era: int, price: ModelPrice) -> PriceRow:
    came_in, went_out = float(price.input_per_million or 0), price.output_per_million
    either = [came_in, came_in if went_out is None else float(went_out)]
    return PriceRow(number, era, came_in, float(went_out or 0), min(either), max(either))
