"""The failures figure: a rate inside its interval, both broken at gaps, over counts by outcome."""

from __future__ import annotations

from itertools import pairwise

import plotly.graph_objects as go
import pytest

from analytics_dash.figures.failures import LINE_NAME, NO_RATE, NO_RUNS, alt_text, figure
from analytics_dash.figures.theme import LIGHT
from tests.figures import tables
from tests.figures.tables import layers, tops


def named(drawn: go.Figure, name: str, kind: type = go.Bar) -> list[go.Bar]:
    return [trace for trace in drawn.data if trace.name == name and isinstance(trace, kind)]


def test_the_rate_has_gaps_and_the_band_is_one_shape_for_each_stretch() -> None:
    drawn = figure(tables.failures([10, 10, 0, 20, 0], [90, 90, 0, 80, 0]), zone="UTC", theme=LIGHT)
    assert named(drawn, LINE_NAME, go.Scatter)[0].y == (0.1, 0.1, None, 0.2, None)
    band = named(drawn, "95 % interval", go.Scatter)[0]
    assert band.y == (0.2, 0.2, 0.05, 0.05, None, 0.4, 0.4, 0.1, 0.1, None)
    assert band.x[5] < band.x[6]  # a bucket on its own has a band as wide as its bar


def test_over_few_runs_the_rate_is_drawn_and_the_interval_is_left_to_the_hover() -> None:
    drawn = figure(tables.failures([10, 1, 20], [90, 9, 80]), zone="UTC", theme=LIGHT)
    assert named(drawn, LINE_NAME, go.Scatter)[0].y == (0.1, 0.1, 0.2)
    assert named(drawn, "95 % interval", go.Scatter)[0].y == (0.2, 0.2, 0.05, 0.05, None, 0.4, 0.4, 0.1, 0.1, None)
    assert "5.0–20.0 %" in drawn.data[-1].hovertext[1]


def test_the_outcomes_that_occur_are_stacked_in_their_colours() -> None:
    drawn = figure(tables.failures([1, 0], [9, 5], cancelled=[0, 2]), zone="UTC", theme=LIGHT)
    assert [(layer.name, tops(layer)) for layer in layers(drawn)] == [
        ("failed", [1, 0]),
        ("succeeded", [9, 5]),
        ("cancelled", [0, 2]),
    ]
    assert [layer.fillcolor for layer in layers(drawn)] == [LIGHT.outcomes[layer.name] for layer in layers(drawn)]
    assert len({layer.stackgroup for layer in layers(drawn)}) == 1


def test_partial_buckets_are_a_hatched_layer_of_their_own_and_nothing_is_counted_twice() -> None:
    drawn = figure(tables.failures([1, 2], [9, 5], partial=[1]), zone="UTC", theme=LIGHT)
    assert [(layer.name, layer.fillpattern.shape, tops(layer)) for layer in layers(drawn)] == [
        ("failed", None, [1, 0]),
        ("failed", "/", [0, 2]),
        ("succeeded", None, [9, 0]),
        ("succeeded", "/", [0, 5]),
    ]


def test_all_layers_have_their_corners_at_the_same_places_so_that_they_stack() -> None:
    drawn = figure(tables.failures([1, 2, 0], [9, 0, 3], partial=[2]), zone="UTC", theme=LIGHT)
    assert len({tuple(layer.x) for layer in layers(drawn)}) == 1
    assert all(layer.y[place] == 0 for layer in layers(drawn) for place in range(len(layer.y)) if place % 4 in (0, 3))


def test_hovering_tells_rate_interval_and_counts() -> None:
    texts = named(figure(tables.failures([1, 0, 0], [9, 30, 0]), zone="UTC", theme=LIGHT), "bucket")[0].hovertext
    assert texts[0].endswith("failure rate 10.0 % (5.0–20.0 %), few runs (10)<br>1 failed · 9 succeeded")
    assert texts[1].endswith("failure rate 0.0 % (0.0–0.0 %)<br>30 succeeded")
    assert texts[2].endswith("failure rate: no data<br>no runs")


def test_the_intervals_of_single_runs_do_not_flatten_the_rate() -> None:
    frame = tables.failures([1, 0, 0], [99, 1, 1]).assign(high=[0.03, 0.8, 0.8])
    assert figure(frame, zone="UTC", theme=LIGHT).layout.yaxis.range[1] == pytest.approx(0.03, rel=0.2)


def test_no_failures_leave_an_axis_that_is_not_empty() -> None:
    frame = tables.failures([0], [5]).assign(high=0.0)
    assert figure(frame, zone="UTC", theme=LIGHT).layout.yaxis.range == (0, 1)


@pytest.mark.parametrize(("cancelled", "sentence"), [([0], NO_RUNS), ([2], NO_RATE)])
def test_without_a_rate_it_says_why(cancelled: list[int], sentence: str) -> None:
    frame = tables.failures([0], [0], cancelled=cancelled)
    assert sentence in [note.text for note in figure(frame, zone="UTC", theme=LIGHT).layout.annotations]
    assert sentence.lower() in alt_text(frame, zone="UTC")


def test_it_is_described_in_one_sentence_with_the_rate_of_the_whole() -> None:
    text = alt_text(tables.failures([1, 3], [9, 7]), zone="UTC")
    assert "20.0 % in all (4 of 20 runs), highest at 30.0 % (Tue 24 Nov 2026, 13:00–14:00 UTC)" in text
    assert text.count(". ") == 0


def test_the_key_shows_each_outcome_once_and_unhatched() -> None:
    drawn = figure(tables.failures([1, 1], [9, 9], partial=[0]), zone="UTC", theme=LIGHT)
    shown = [trace for trace in drawn.data if trace.showlegend is not False]
    assert [trace.name for trace in shown] == [LINE_NAME, "failed", "succeeded"]
    assert all(a.legendgroup != b.legendgroup for a, b in pairwise(shown))
