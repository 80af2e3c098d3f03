"""Owns how an instant in UTC is written: with its zone, and without one, as the engine and the charts have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


def naive(instant: datetime) -> datetime:
    """The instant in UTC without a zone; one that has none is in UTC already."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


@overload
def aware(instant: datetime) -> datetime: ...
@overload
def aware(instant: None) -> None: ...
def aware(instant: datetime | None) -> datetime | None:
    """The same with its zone; None for none."""
    return instant.replace(tzinfo=UTC) if instant is not None else None
