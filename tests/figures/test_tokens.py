"""The tokens figure: bars from zero, hatched where partial, a sentence where there is nothing."""

from __future__ import annotations

import pytest

from analytics_dash.figures.theme import LIGHT
from analytics_dash.figures.tokens import NO_RUNS, NO_TOKENS, alt_text, figure
from tests.figures import tables


def test_each_bucket_has_its_bar_and_its_words() -> None:
    drawn = figure(tables.tokens([12_400, 0], runs=[4, 0]), zone="UTC", theme=LIGHT)
    bars, columns = drawn.data
    assert tables.heights(drawn, bars) == (12_400, 0)
    assert columns.hovertext[0].endswith("12,400 tokens<br>4 runs · 3.10 k a run")
    assert columns.hovertext[1].endswith("0 tokens<br>0 runs")


def test_a_partial_bucket_is_hatched() -> None:
    bars, _ = figure(tables.tokens([5, 5], partial=[0]), zone="UTC", theme=LIGHT).data
    assert bars.marker.pattern.shape == ("/", "")


def test_the_axis_follows_the_data_in_k_and_m() -> None:
    layout = figure(tables.tokens([1_800_000]), zone="UTC", theme=LIGHT).layout
    assert layout.yaxis.ticktext == ("0", "0.5 M", "1 M", "1.5 M")
    assert 1_800_000 < layout.yaxis.range[1] < 2_000_000


@pytest.mark.parametrize(("runs", "sentence"), [([0], NO_RUNS), ([3], NO_TOKENS)])
def test_without_tokens_it_says_why(runs: list[int], sentence: str) -> None:
    frame = tables.tokens([0], runs=runs)
    assert sentence in [note.text for note in figure(frame, zone="UTC", theme=LIGHT).layout.annotations]
    assert sentence.lower() in alt_text(frame, zone="UTC")


def test_it_is_described_in_one_sentence() -> None:
    frame = tables.tokens([100, 300], step=tables.HOUR * 24, start=tables.NOON.replace(hour=0))
    assert alt_text(frame, zone="UTC") == (
        "Tokens per day from Tue 24 Nov 2026, 00:00 UTC to Thu 26 Nov 2026, 00:00 UTC: 400 in all, most at 300 "
        "(Wed 25 Nov 2026 (UTC)), latest 300 (Wed 25 Nov 2026 (UTC))."
    )
