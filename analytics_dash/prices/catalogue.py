"""Owns the look-up in the list of `genai-prices`, as it was when the package was made: nothing is fetched."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from analytics_dash.prices.price import Price, Source

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, TieredPrices

LOCAL: Final = "local"
PROVIDER_IDS: Final = {
    "anthropic": "anthropic",
    "azure": "azure",
    "bedrock": "aws",
    "cerebras": "cerebras",
    "google": "google",
    "google_service_account": "google",
    "groq": "groq",
    "meta": "meta",
    "mistral": "mistral",
    "openai": "openai",
    "perplexity": "perplexity",
    "togetherai": "together",
    "xai": "x-ai",
}
"""The API's providers in lower case, and the list's; it has none for Replicate."""
LONGEST_MODEL: Final = 200  # no model's name is as long, and the list's patterns are not tried on whole texts
CACHED: Final = 1_000  # models of one installation, by far


@lru_cache(maxsize=CACHED)
def catalogue_prices(provider: str | None, model: str) -> tuple[Price, ...]:
    """The model's prices in the order of their dates, or one without a price whose source says why."""
    name = (provider or "").casefold()
    if name == LOCAL:
        return (_without(provider, model, Source.LOCAL),)
    if name not in PROVIDER_IDS:
        return (_without(provider, model, Source.UNKNOWN_PROVIDER),)
    found = _found(PROVIDER_IDS[name], model) if 0 < len(model) <= LONGEST_MODEL else None
    prices = tuple(_price(provider, model, found, since) for since in _changes(found)) if found else ()
    return prices or (_without(provider, model, Source.UNKNOWN_MODEL),)


def _without(provider: str | None, model: str, source: Source) -> Price:
    return Price(provider, model, None, None, None, source)


def _found(provider_id: str, model: str) -> ModelInfo | None:
    from genai_prices import Usage, calc_price  # here: loading the list takes half a second

    try:
        return calc_price(Usage(), model, provider_id=provider_id).model
    except LookupError:
        return None


def _price(provider: str | None, model: str, found: ModelInfo, since: datetime | None) -> Price:
    """Prices without a tier and at the ordinary hours: of a run neither its requests nor their times are known."""
    held = _standing(found, since)
    came_in, went_out = held.input_mtok, held.output_mtok
    note = "; ".join(_notes(came_in, found))
    return Price(provider, model, since, _base(came_in), _base(went_out), Source.CATALOGUE, found.id, note)


def _changes(found: ModelInfo) -> list[datetime | None]:
    """When the model's price changes; None for the first."""
    starts = {_start(price) for price in found.prices} if isinstance(found.prices, list) else set()
    return [None, *sorted(start for start in starts if start is not None)]


def _standing(found: ModelInfo, when: datetime | None) -> ModelPrice:
    """The last price whose date has come, or the first of all."""
    if not isinstance(found.prices, list):
        return found.prices
    begun = [price for price in found.prices if _has_begun(price, when)]
    return (begun or found.prices[:1])[-1].prices


def _has_begun(price: ConditionalPrice, when: datetime | None) -> bool:
    start = _start(price)
    return price.constraint is None or (start is not None and when is not None and start <= when)


def _start(price: ConditionalPrice) -> datetime | None:
    day = getattr(price.constraint, "start_date", None)
    return datetime.combine(day, time(), UTC) if day else None


def _base(price: Decimal | TieredPrices | None) -> float | None:
    if price is None:
        return None
    return float(price if isinstance(price, Decimal) else price.base)


def _notes(price: Decimal | TieredPrices | None, found: ModelInfo) -> list[str]:
    tiers = [] if price is None or isinstance(price, Decimal) else price.tiers
    notes = [f"another price above {tiers[0].start:,} input tokens a request"] if tiers else []
    notes += ["not priced by input tokens"] if price is None else []
    at_hours = isinstance(found.prices, list) and any(hasattr(p.constraint, "start_time") for p in found.prices)
    return [*notes, *(["another price at some hours of the day"] if at_hours else [])]
