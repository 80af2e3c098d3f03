"""Owns what the API is asked to leave out, so that a narrow question is answered before the whole flow is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from analytics_dash.store.coverage import Covered

STATES_HOLD_FOR: Final = timedelta(minutes=5)  # runs that end meanwhile would be missing among those in a state


@dataclass(frozen=True)
class Asked:
    """Only the runs of one user, only those in some states, or both; everything by default."""

    user_id: str | None = None
    states: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return self != EVERYTHING

    @property
    def key(self) -> list[str | None]:
        """How its coverage is filed: the user and the states, None for all."""
        return [self.user_id, ",".join(sorted(self.states)) or None]

    def good(self, pieces: Iterable[Covered], *, now: datetime) -> list[Covered]:
        """Those of its readings that still tell all of it."""
        return [piece for piece in pieces if not self.states or now - piece.read_at <= STATES_HOLD_FOR]


EVERYTHING: Final = Asked()
