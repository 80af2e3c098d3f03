"""Owns what a price is: dollars per million tokens of a model, where it comes from and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    """Where a price comes from, in words for people; the last three have none."""

    OWN = "your price list"
    CATALOGUE = "genai-prices"
    LOCAL = "local, no price"
    UNKNOWN_PROVIDER = "provider not in the list"
    UNKNOWN_MODEL = "model not in the list"


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens from `since` (None: always) until the model's next price.

    `provider` and `model` are as the API gives them. Without an input price the model has no price; with one and no
    output price, what comes out costs nothing. `priced_as` is the list's own name of the model.
    """

    provider: str | None
    model: str
    since: datetime | None
    input_per_million: float | None
    output_per_million: float | None
    source: Source
    priced_as: str | None = None
    note: str = ""
