"""The distribution: a bar per bin that selects it, the exact curve under it, lines at what matters."""

from __future__ import annotations

import math

import pytest

from analytics_dash.figures.distribution import NO_LATENCY, NO_RUNS, _stacked, alt_text, figure
from analytics_dash.figures.theme import LIGHT
from tests.figures.latency_tables import spread

BINS = [(-math.inf, 1.0, 2), (1.0, 10.0, 0), (10.0, 100.0, 6)]


def test_a_bar_says_which_latencies_a_click_selects() -> None:
    bars = figure(spread(BINS), theme=LIGHT).data[0]
    assert [list(data) for data in bars.customdata] == [
        ["latency", None, 1.0],
        ["latency", 1.0, 10.0],
        ["latency", 10.0, 100.0],
    ]
    assert bars.y == (2, 0, 6)
    assert bars.hovertext[2] == "<b>10 s to under 100 s</b><br>6 runs, 75.0 %"


def test_the_curve_shares_the_bars_axis() -> None:
    curve = figure(spread(BINS), theme=LIGHT).data[1]
    assert curve.x == pytest.approx((1.0, 1 + math.log10(2.5), 1 + math.log10(4.0)))
    assert (curve.y, curve.yaxis) == ((0.0, 0.5, 1.0), "y2")
    assert curve.hovertext[1] == "50.0 % took up to 2.50 s"


def test_a_line_s_name_stands_right_of_it_while_there_is_room() -> None:
    drawn = figure(spread(BINS), theme=LIGHT, threshold_s=99.0)
    assert [note.xanchor for note in drawn.layout.annotations] == ["left", "left", "right"]


def test_percentiles_and_the_threshold_are_named_lines() -> None:
    without, with_it = figure(spread(BINS), theme=LIGHT), figure(spread(BINS), theme=LIGHT, threshold_s=30.0)
    assert [note.text for note in without.layout.annotations] == ["p50 2.50 s", "p95 3.85 s"]
    assert [note.text for note in with_it.layout.annotations][2:] == ["threshold 30.0 s"]
    assert with_it.layout.shapes[2].x0 == pytest.approx(2 + math.log10(3))


@pytest.mark.parametrize("threshold_s", [-1.0, 0.0, 1e9])
def test_a_threshold_beyond_all_runs_stays_on_the_axis(threshold_s: float) -> None:
    drawn = figure(spread([(1.0, 10.0, 5)]), theme=LIGHT, threshold_s=threshold_s)
    assert 0 <= drawn.layout.shapes[2].x0 <= 1


@pytest.mark.parametrize(("runs", "sentence"), [(0, NO_RUNS), (4, NO_LATENCY)])
def test_without_a_latency_it_says_why(runs: int, sentence: str) -> None:
    drawn = figure(spread([], runs=runs), theme=LIGHT, threshold_s=2.0)
    assert [note.text for note in drawn.layout.annotations] == [sentence]
    assert sentence.lower() in alt_text(spread([], runs=runs))


def test_it_is_described_in_one_sentence() -> None:
    assert alt_text(spread(BINS), threshold_s=2.5) == (
        "Distribution of latency over 8 runs, which are few: half took up to 2.50 s, 95 % up to 3.85 s, "
        "about 50.0 % within 2.50 s."
    )


def test_no_line_runs_through_a_label_that_stands_right_of_a_lower_one() -> None:
    marks = [("p50", 10.0, 8.0, "a"), ("p95", 30.0, 12.0, "b"), ("threshold", 5.0, 6.0, "c")]
    assert [mark[0] for mark in _stacked(marks, rightmost=20)] == ["threshold", "p50", "p95"]
    assert [mark[0] for mark in _stacked(marks, rightmost=7)] == ["p95", "p50", "threshold"]
