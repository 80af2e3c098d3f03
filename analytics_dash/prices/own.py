"""Owns the prices that people set themselves: a TOML file named in the settings."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics_dash.errors import SettingsError
from analytics_dash.settings import ENV_PREFIX, Settings

VARIABLE: Final = f"{ENV_PREFIX}PRICES"
PLAIN: Final = {
    "Field required": "is missing",
    "Extra inputs are not permitted": "is not known here",
    "Input should": "should",
    "String should": "should",
}
"""How pydantic begins its messages, and the same after the name of what is wrong."""
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class OwnPrice(BaseModel):
    """One `[[price]]`: US dollars per million tokens; without a provider, the model's whatever the provider."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str | None = None
    model: str = Field(min_length=1)
    input_per_million: Dollars
    output_per_million: Dollars | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    price: tuple[OwnPrice, ...] = ()


def own_prices(settings: Settings) -> tuple[OwnPrice, ...]:
    """The file's prices, none where no file is named; raises SettingsError saying what is wrong with it."""
    if settings.prices is None:
        return ()
    prices = _read(settings.prices)
    named = [(_folded(price.provider), _folded(price.model)) for price in prices]
    twice = next((price for place, price in enumerate(prices) if named[place] in named[:place]), None)
    if twice is not None:
        raise SettingsError(f"{VARIABLE}: {settings.prices} has two prices for {twice.model}. Keep one of them.")
    return prices


def _read(path: Path) -> tuple[OwnPrice, ...]:
    try:
        return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).price
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise SettingsError(f"{VARIABLE}: {path} is wrong: {_where(fault['loc'])} {_plain(fault['msg'])}.") from error
    except (OSError, ValueError) as error:  # by name: missing or unreadable; not UTF-8 or not TOML
        raise SettingsError(f"{VARIABLE}: {path} cannot be read: {error}.") from error


def _where(place: tuple[int | str, ...]) -> str:
    """“price 2, input_per_million”."""
    numbered = [str(part + 1) if isinstance(part, int) else part for part in place]
    return ", ".join([" ".join(numbered[:2]), *numbered[2:]])


def _plain(message: str) -> str:
    return next(
        (plain + message.removeprefix(words) for words, plain in PLAIN.items() if message.startswith(words)), message
    )


def _folded(text: str | None) -> str | None:
    return text.casefold() if text is not None else None


def own_price(provider: str | None, model: str, prices: tuple[OwnPrice, ...]) -> OwnPrice | None:
    """The price of this provider's model, else of the model whatever the provider, else None; case does not matter."""
    fitting = [price for price in prices if _folded(price.model) == _folded(model)]
    exact = (price for price in fitting if price.provider is not None and _folded(price.provider) == _folded(provider))
    return next(exact, next((price for price in fitting if price.provider is None), None))
