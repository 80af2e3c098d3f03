"""Latency against tokens: cells that say what they select, a line of medians, a correlation in words."""

from __future__ import annotations

import pytest

from analytics_dash.figures.latency_canvas import tokens_edge
from analytics_dash.figures.latency_tokens import NOTHING, alt_text, correlation_text, figure
from analytics_dash.figures.theme import LIGHT
from tests.figures.latency_tables import pairs


def test_a_cell_says_which_runs_it_holds() -> None:
    cells = figure(pairs(), theme=LIGHT).data[0]
    assert [list(data) for data in cells.customdata] == [
        ["tokens_cell", None, 1.0, 2.0, None],
        ["tokens_cell", 100.0, 160.0, 1.0, 2.0],
    ]
    assert (cells.x, cells.base) == ((0.5, 2.5), (1, 0))
    assert cells.hovertext == (
        "<b>0 tokens</b><br>2 s or more<br>1 run",
        "<b>100 to under 160 tokens</b><br>1 s to under 2 s<br>20 runs",
    )


def test_medians_are_a_line_on_the_same_axes_hollow_over_few_runs() -> None:
    line = figure(pairs(), theme=LIGHT).data[-1]
    assert line.x == (0.5, 2.5)
    assert line.y == pytest.approx((1.5, 0.5))
    assert line.marker.symbol == ("circle-open", "circle")


@pytest.mark.parametrize(
    ("correlation", "words"),
    [
        (0.7, "runs with more tokens take longer (rank correlation 0.70 over 21 runs)"),
        (0.3, "often, runs with more tokens take longer (rank correlation 0.30 over 21 runs)"),
        (0.1, "latency hardly follows tokens (rank correlation 0.10 over 21 runs)"),
        (-0.7, "runs with more tokens are faster (rank correlation -0.70 over 21 runs)"),
        (None, "there is no correlation to tell"),
    ],
)
def test_a_correlation_is_told_in_words(correlation: float | None, words: str) -> None:
    assert correlation_text(pairs(correlation)) == words
    assert words in alt_text(pairs(correlation))


def test_without_pairs_it_says_why() -> None:
    assert NOTHING in [note.text for note in figure(pairs(empty=True), theme=LIGHT).layout.annotations]
    assert NOTHING.lower() in alt_text(pairs(empty=True))


@pytest.mark.parametrize(("bound", "text"), [(1, "1"), (100, "100"), (1000, "1 k"), (3200, "3.2 k"), (1e5, "100 k")])
def test_bounds_of_tokens_have_no_idle_decimals(bound: float, text: str) -> None:
    assert tokens_edge(bound) == text
