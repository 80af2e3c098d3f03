"""The picture of tokens per run: bars on a log axis, and apart from them what has no place on one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from analytics_dash.figures import tokens_distribution
from analytics_dash.figures.theme import LIGHT
from analytics_dash.metrics.tokens_distribution import token_distribution
from tests.metrics.table import relation

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_spread_of_tokens_has_bars_for_bins_and_apart_from_them_for_none_and_unknown() -> None:
    runs = relation([{"date": NOON, "total_tokens": tokens} for tokens in (0, None, None, 12, 13, 40)])
    drawn = tokens_distribution.figure(token_distribution(runs), theme=LIGHT)
    bins, beside = drawn.data
    assert list(bins.y) == [2, 0, 0, 1]
    assert [list(data) for data in bins.customdata] == [
        ["tokens", 10, 15], ["tokens", 15, 20], ["tokens", 20, 30], ["tokens", 30, 50],
    ]  # fmt: skip
    assert list(beside.y) == [1, 2]
    assert max(beside.x) < 0
    assert beside.customdata[1] is None
    assert tokens_distribution.alt_text(token_distribution(runs)) == (
        "Tokens per run over 4 runs, which are few: half used up to 12, 95 % up to 36; "
        "1 run: none; 2 runs: not counted."
    )


@pytest.mark.parametrize(
    ("runs", "words"), [([], "no runs in this range"), ([{"date": NOON}], "no run in this range has")]
)
def test_a_spread_of_nothing_says_why(runs: list[dict[str, Any]], words: str) -> None:
    spread = token_distribution(relation(runs))
    assert words in tokens_distribution.alt_text(spread)
    assert tokens_distribution.figure(spread, theme=LIGHT).layout.xaxis.range is not None
