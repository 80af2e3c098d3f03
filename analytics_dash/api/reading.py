"""Owns a listing as work for a dispatcher: which pages are wanted, and what to do with what comes of them."""

from __future__ import annotations

from analytics_dash.api.body import Page
from analytics_dash.api.listing import Listing
from analytics_dash.api.paging import Ask
from analytics_dash.api.retry import Tried, Trouble


class Reading:
    """A listing as work for a dispatcher."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def asks(self, width: int) -> list[Ask]:
        """The pages wanted now."""
        part = self._listing.current_part()
        return part.current.asks(width) if part is not None else []

    def wants(self, ask: Ask) -> bool:
        """Whether an answer still serves."""
        part = self._listing.current_part()
        return part is not None and part.current.wants(ask)

    def landed(self, ask: Ask, result: Page) -> None:
        """Take a page."""
        self._listing.take(ask, result)

    def sidesteps(self, ask: Ask, trouble: Trouble, tried: Tried) -> bool:
        """Whether smaller pages, or none of one row, are the way on."""
        part = self._listing.current_part()
        return part is None or part.sidesteps(ask, trouble, tried)
