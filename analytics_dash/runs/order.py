"""Owns the orders of lists: what links call them, and that of runs, the newest first among equals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from analytics_dash.runs.view import SORTABLE, SORTS, View

NEWEST_FIRST: Final = "-date"
USER_SORTS: Final = (
    *("-last_seen", "-runs", "-failed", "-rate", "-p95_s", "-tokens", "-cost_usd", "-conversations", "-first_seen"),
    "user_id",
)
"""What the list of users is sorted by, of itself by the first."""
CONVERSATION_SORTS: Final = ("-last_turn", "-first_turn", "-turns", "-duration_s", "-failed", "-tokens")
"""The same of the list of conversations."""
TURN_SORTS: Final = ("date", "-date")
"""The same of the turns of a conversation."""
EVERY_SORT: Final = tuple(dict.fromkeys((*SORTS, *USER_SORTS, *CONVERSATION_SORTS)))
"""What a link may ask for: a page that has no such column sorts as it does of itself."""


@dataclass(frozen=True)
class Order:
    """By this column of ours, then newest first, then by ID, so that no two runs share a place."""

    column: str = "date"
    descending: bool = True

    @property
    def sql(self) -> str:
        """What follows ORDER BY."""
        return f'"{self.column}" {"DESC" if self.descending else "ASC"} NULLS LAST, date DESC, run_id'

    @property
    def backwards_sql(self) -> str:
        """What follows ORDER BY for the same order from its end."""
        return f'"{self.column}" {"ASC" if self.descending else "DESC"} NULLS FIRST, date ASC, run_id DESC'


def order_of(view: View) -> Order:
    """The order that the view asks for; newest first where it asks for none that is known."""
    sort = view.sort or NEWEST_FIRST
    column = sort.removeprefix("-")
    return Order(column, sort.startswith("-")) if column in SORTABLE else Order()


def sort_of(view: View, sorts: Sequence[str]) -> str:
    """Which of a page's own sorts the view asks for; the first where it asks for none of them."""
    return view.sort if view.sort is not None and view.sort in sorts else sorts[0]


def with_sort(view: View, sort: str, sorts: Sequence[str]) -> View:
    """The view with its list sorted so; the page's first sort needs no word in the link."""
    return replace(view, sort=None if sort == sorts[0] else sort)
