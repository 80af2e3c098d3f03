"""Owns what a metric must know of a price, and how prices that change over time are laid beside runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
"""From when a price holds that has no date: before every run."""
NO_PRICE: Final[dict[str, Any]] = {"provider": "", "model": "", "era": 0, "i": 0.0, "o": 0.0, "low": 0.0, "high": 0.0}
"""Gives a list of prices its types where it is empty; no model is named by an empty text."""


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
        """From when, in UTC at a full minute; None: always."""

    @property
    def input_per_million(self) -> float | None:
        """None: the model has no price."""

    @property
    def output_per_million(self) -> float | None:
        """None beside an input price: what comes out costs nothing, as with embeddings."""


def eras(prices: Sequence[ModelPrice]) -> list[datetime]:
    """When any price changes, in order; the first is BEGINNING."""
    return sorted({BEGINNING, *(price.since.astimezone(UTC) for price in prices if price.since)})


def price_rows(prices: Sequence[ModelPrice]) -> list[dict[str, Any]]:
    """What each priced model costs in each era, as rows for the engine; `low` and `high` hold where the split is open.

    Between the prices of input and output lies what a token costs of which only the sum of both is known.
    """
    rows = [NO_PRICE]
    for era, begins in enumerate(eras(prices)):
        valid = {(p.provider, p.model): p for p in sorted(prices, key=_since) if _since(p) <= begins}
        rows += [_row(price, era) for price in valid.values() if price.input_per_million is not None]
    return rows


def _since(price: ModelPrice) -> datetime:
    return price.since.astimezone(UTC) if price.since else BEGINNING


def _row(price: ModelPrice, era: int) -> dict[str, Any]:
    came_in = float(price.input_per_million or 0)
    went_out = price.output_per_million
    either = [came_in, came_in if went_out is None else went_out]
    costs = {"i": came_in, "o": float(went_out or 0), "low": float(min(either)), "high": float(max(either))}
    return {"provider": price.provider, "model": price.model, "era": era, **costs}
