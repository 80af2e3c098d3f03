"""Our totals, to hold against the organization's."""

from __future__ import annotations

from datetime import UTC, datetime

from analytics_dash.metrics.totals import Totals, totals
from tests.metrics.table import relation

DAY = datetime(2026, 11, 24, tzinfo=UTC)


def test_what_the_server_no_longer_has_is_in_none_of_them() -> None:
    runs = [
        {"date": DAY, "state": "FAILED", "total_tokens": 10, "user_id": "a"},
        {"date": DAY, "state": "COMPLETED", "total_tokens": None, "user_id": "a"},
        {"date": DAY, "state": "COMPLETED", "is_flow_successful": False, "total_tokens": 5, "user_id": ""},
        {"date": DAY, "state": "FAILED", "total_tokens": 99, "user_id": "b", "gone": True},
    ]
    assert totals(relation(runs)) == Totals(runs=3, errors=2, tokens=15, users=1)
    assert totals(relation([])) == Totals(0, 0, 0, 0)
