"""The share within a threshold over time: an axis that ends at 100 % and says where it begins."""

from __future__ import annotations

import pytest

from analytics_dash.figures.latency_threshold import NO_LATENCY, NO_RUNS, alt_text, figure
from analytics_dash.figures.theme import LIGHT
from tests.figures.latency_tables import within
from tests.figures.tables import NAN


@pytest.mark.parametrize(
    ("shares", "bottom", "word"),
    [
        ([0.3, 1.0], 0.0, "within 2.00 s"),
        ([0.97, NAN, 1.0], 0.95, "within 2.00 s, from 95 %"),
        ([1.0], 0.99, "within 2.00 s, from 99 %"),
    ],
)
def test_the_axis_begins_below_the_lowest_share_and_says_where(shares: list[float], bottom: float, word: str) -> None:
    drawn = figure(within(shares), threshold_s=2.0, zone="UTC", theme=LIGHT)
    assert drawn.layout.yaxis.range[0] == bottom
    assert 1 < drawn.layout.yaxis.range[1] <= 1.05
    assert drawn.layout.yaxis.ticktext[-1] == "100 %"
    assert word in [note.text for note in drawn.layout.annotations]


def test_a_gap_is_a_gap_and_hovering_tells_the_interval_and_the_counts() -> None:
    drawn = figure(within([0.9, NAN]), threshold_s=2.0, zone="UTC", theme=LIGHT)
    assert next(trace for trace in drawn.data if trace.name == "within").y == (0.9, None)
    told = [text.split("</b><br>")[1] for text in drawn.data[-1].hovertext]
    assert told == ["90.0 % within (89.0–91.0 %)<br>90 of 100 timed runs", "no latency · 100 runs"]


@pytest.mark.parametrize(("runs", "sentence"), [(0, NO_RUNS), (4, NO_LATENCY)])
def test_without_a_timed_run_it_says_why(runs: int, sentence: str) -> None:
    frame = within([NAN], runs=runs)
    drawn = figure(frame, threshold_s=2.0, zone="UTC", theme=LIGHT)
    assert sentence in [note.text for note in drawn.layout.annotations]
    assert sentence.lower() in alt_text(frame, threshold_s=2.0, zone="UTC")


def test_no_buckets_at_all_are_still_a_figure() -> None:
    drawn = figure(within([1.0]).iloc[:0], threshold_s=2.0, zone="UTC", theme=LIGHT)
    assert NO_RUNS in [note.text for note in drawn.layout.annotations]


def test_it_is_described_in_one_sentence() -> None:
    assert alt_text(within([0.9, 0.5]), threshold_s=2.0, zone="UTC") == (
        "Share of runs within 2.00 s per hour from Tue 24 Nov 2026, 12:00 UTC to Tue 24 Nov 2026, 14:00 UTC: "
        "70.0 % in all (140 of 200 runs), latest 50.0 % (Tue 24 Nov 2026, 13:00–14:00 UTC)."
    )
