"""Outcomes over time: stacked in their colours as counts or shares, with the ground that all charts in time share."""

from __future__ import annotations

from analytics_dash.figures.failures_outcomes import NO_RUNS, alt_text, figure
from analytics_dash.figures.theme import LIGHT
from analytics_dash.runs.drilldown import picked
from tests.figures import tables
from tests.figures.tables import layers, tops


def test_the_outcomes_that_occur_are_stacked() -> None:
    drawn = figure(tables.failures([1, 0], [9, 5], cancelled=[0, 2]), zone="UTC", theme=LIGHT)
    heights = {layer.name: tops(layer) for layer in layers(drawn)}
    assert list(heights.items()) == [("failed", [1, 0]), ("succeeded", [9, 5]), ("cancelled", [0, 2])]


def test_shares_add_up_to_1_and_an_empty_bucket_has_none() -> None:
    drawn = figure(tables.failures([1, 0], [3, 0]), zone="UTC", theme=LIGHT, share=True)
    assert [(layer.name, tops(layer)) for layer in layers(drawn)] == [("failed", [0.25, 0]), ("succeeded", [0.75, 0])]


def test_a_click_on_a_legend_entry_narrows_to_its_outcome() -> None:
    drawn = figure(tables.failures([1, 0], [9, 5]), zone="UTC", theme=LIGHT)
    assert [list(trace.meta) for trace in drawn.data if trace.meta] == [
        ["dimension", "outcome", "failed"],
        ["dimension", "outcome", "succeeded"],
    ]


def test_a_click_names_the_bucket_and_the_hover_tells_counts_and_shares() -> None:
    columns = figure(tables.failures([1, 0], [3, 0], partial=[1]), zone="UTC", theme=LIGHT).data[-1]
    clicked = picked({"points": [{"customdata": list(columns.customdata[0])}]})
    assert clicked is not None
    assert clicked.bucket is not None
    assert clicked.bucket.start == tables.NOON
    assert columns.hovertext[0].endswith("<br>1 failed (25.0 %)<br>3 succeeded (75.0 %)")
    assert "<br>no runs<br><i>partial" in columns.hovertext[1]


def test_no_runs_are_said_in_words() -> None:
    frame = tables.failures([0], [0])
    assert NO_RUNS in [note.text for note in figure(frame, zone="UTC", theme=LIGHT).layout.annotations]
    assert alt_text(frame, zone="UTC") == "Outcomes over time: no runs in this range."


def test_it_is_described_in_one_sentence() -> None:
    text = alt_text(tables.failures([1, 1], [3, 3]), zone="UTC")
    assert text.endswith(": 8 runs, 2 failed (25.0 %), 6 succeeded (75.0 %).")
    assert text.startswith("Runs by outcome per hour from Tue 24 Nov 2026, 12:00 UTC")
