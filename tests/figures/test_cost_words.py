"""Dollars in words: the decimals they bear, the unit before the number."""

from __future__ import annotations

import pytest

from analytics_dash.figures.cost_words import amount, amount_scale, dollars, dollars_between
from analytics_dash.metrics.columns import COST, TOKENS


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0.00"), (1234.5, "$1,234"), (12.345, "$12.35"), (0.00421, "$0.0042"), (1e-7, "under $0.0001"),
     (None, "no data"), (float("nan"), "no data")],
)  # fmt: skip
def test_dollars_are_written_with_the_decimals_they_bear(value: float | None, text: str) -> None:
    assert dollars(value) == text


def test_a_range_of_dollars_is_one_amount_where_its_ends_look_the_same() -> None:
    assert (dollars_between(1, 1.001), dollars_between(1, 2)) == ("$1.00", "$1.00 to $2.00")


def test_an_axis_of_dollars_has_its_unit_before_the_number() -> None:
    assert amount_scale([40.0], COST).labels[1:] == ("$10", "$20", "$30", "$40")
    assert amount(1234, TOKENS) == "1.23 k tokens"
