"""Owns the totals that an organization's summary has too, counted from the runs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from analytics_dash.metrics.people import USERS_SQL
from analytics_dash.metrics.tokens import TOTAL


@dataclass(frozen=True)
class Totals:
    """Runs, failed ones, their tokens, and distinct users, of the runs that the server still has."""

    runs: int
    errors: int
    tokens: int
    users: int


def totals(runs: duckdb.DuckDBPyRelation) -> Totals:
    """The runs in one pass over them; the summary counts tests too, so they should be among them."""
    counts = f"count(*), count(*) FILTER (WHERE outcome = 'failed'), {TOTAL}, {USERS_SQL}"
    return Totals(*(int(value or 0) for value in runs.filter("NOT gone").aggregate(counts).fetchall()[0]))
