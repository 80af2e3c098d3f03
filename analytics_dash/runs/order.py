"""Owns the order in which runs are listed: by one column, the newest first among equals, those without a value last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from analytics_dash.runs.view import SORTABLE, View

NEWEST_FIRST: Final = "-date"


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
