"""The latency figure: gaps stay gaps, partial is dashed, few is hollow, every column takes a click."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from analytics_dash.figures.latency import NO_LATENCY, NO_RUNS, TOO_FEW, alt_text, figure
from analytics_dash.figures.theme import DARK, LIGHT
from tests.figures import tables
from tests.figures.tables import NAN
from tests.figures.test_common_ground import contrast


def traces(drawn: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in drawn.data if trace.name == name]


def test_a_gap_is_a_gap() -> None:
    solid = traces(figure(tables.latency([1.0, NAN, 3.0]), zone="UTC", theme=LIGHT), "p50")[0]
    assert solid.y == (1.0, None, 3.0)
    assert solid.connectgaps is False


def test_partial_buckets_are_dashed_and_hatched_and_said() -> None:
    drawn = figure(tables.latency([1.0, 2.0, 3.0, 4.0], partial=[3]), zone="UTC", theme=LIGHT)
    solid, dashed = traces(drawn, "p50")
    assert (solid.line.dash, solid.y) == ("solid", (1.0, 2.0, 3.0, None))
    assert (dashed.line.dash, dashed.y) == ("dot", (None, None, 3.0, 4.0))
    assert [size > 0 for size in dashed.marker.size] == [False, False, False, True]
    assert traces(drawn, "runs")[0].marker.pattern.shape == ("", "", "", "/")
    assert ["partial" in text for text in traces(drawn, "bucket")[0].hovertext] == [False, False, False, True]


def test_a_bucket_of_few_runs_has_a_hollow_marker_and_says_so() -> None:
    drawn = figure(tables.latency([1.0, 2.0], runs=[3, 50], few=[0]), zone="UTC", theme=LIGHT)
    assert traces(drawn, "p50")[0].marker.symbol == ("circle-open", "circle")
    assert ["few runs (3)" in text for text in traces(drawn, "bucket")[0].hovertext] == [True, False]


def test_hovering_tells_the_bucket_in_the_viewers_zone_the_values_and_the_runs_behind_them() -> None:
    drawn = figure(tables.latency([0.5], runs=[120], p99=[90.0]), zone="Asia/Kolkata", theme=LIGHT)
    assert traces(drawn, "bucket")[0].hovertext == (
        "<b>Tue 24 Nov 2026, 17:30–18:30 IST</b><br>p50 500 ms · p95 1.00 s · p99 90.0 s<br>over 120 runs of 120",
    )


def test_p99_is_drawn_only_where_some_bucket_has_one() -> None:
    assert traces(figure(tables.latency([1.0]), zone="UTC", theme=LIGHT), "p99") == []
    with_p99 = figure(tables.latency([1.0, 1.0], p99=[9.0, NAN]), zone="UTC", theme=LIGHT)
    assert traces(with_p99, "p99")[0].y == (9.0, None)


def test_many_points_go_without_markers_except_those_on_their_own() -> None:
    values = [1.0] * 60 + [NAN, 5.0, NAN]
    line, markers = traces(figure(tables.latency(values), zone="UTC", theme=LIGHT), "p50")
    assert (line.mode, markers.mode) == ("lines", "markers")
    assert [(line.x.index(x), y) for x, y in zip(markers.x, markers.y, strict=True)] == [(61, 5.0)]


def test_colours_are_the_themes() -> None:
    drawn = figure(tables.latency([1.0]), zone="UTC", theme=DARK)
    assert traces(drawn, "p95")[0].line.color == DARK.percentiles["p95_s"]
    assert drawn.layout.font.color == DARK.text


@pytest.mark.parametrize(("runs", "sentence"), [([0, 0], NO_RUNS), ([4, 0], NO_LATENCY)])
def test_without_a_latency_it_says_why(runs: list[int], sentence: str) -> None:
    frame = tables.latency([NAN, NAN], runs=runs)
    drawn = figure(frame, zone="UTC", theme=LIGHT)
    assert sentence in [note.text for note in drawn.layout.annotations]
    assert drawn.layout.yaxis.range == (0, 1)
    assert sentence.lower() in alt_text(frame, zone="UTC")


def test_it_is_described_in_one_sentence() -> None:
    frame = tables.latency([1.0, 3.0, 2.0, 9.0], partial=[3])
    assert alt_text(frame, zone="UTC") == (
        "Latency per hour from Tue 24 Nov 2026, 12:00 UTC to Tue 24 Nov 2026, 16:00 UTC: p95 was highest at 18.0 s "
        "(Tue 24 Nov 2026, 15:00–16:00 UTC), latest 4.00 s (Tue 24 Nov 2026, 14:00–15:00 UTC)."
    )


def test_the_percentiles_of_the_table_are_drawn_each_in_its_colour() -> None:
    chosen = tables.latency([1.0, 2.0]).rename(columns={"p50_s": "p75_s", "p95_s": "p90_s"}).drop(columns="p99_s")
    for look in (LIGHT, DARK):
        drawn = figure(chosen, zone="UTC", theme=look)
        lines = {trace.name: trace for trace in drawn.data if trace.name in ("p50", "p75", "p90", "p95", "p99")}
        assert (lines["p75"].y, lines["p90"].y, len(lines)) == ((1.0, 2.0), (2.0, 4.0), 2)
        colours = {lines["p75"].line.color, lines["p90"].line.color}
        assert len(colours - {*look.percentiles.values(), *look.outcomes.values(), look.tokens, look.runs}) == 2
        assert min(contrast(colour, look.page) for colour in colours) >= 3
    assert "p90 was highest at 4.00 s" in alt_text(chosen, zone="UTC")


def test_percentiles_that_no_bucket_has_runs_enough_for_are_said_to_lack_them() -> None:
    p99 = tables.latency([1.0]).drop(columns=["p50_s", "p95_s"])
    drawn = figure(p99, zone="UTC", theme=LIGHT)
    assert TOO_FEW in [note.text for note in drawn.layout.annotations]
    assert "too few runs" in traces(drawn, "bucket")[0].hovertext[0]
    assert TOO_FEW.lower() in alt_text(p99, zone="UTC")


def test_a_threshold_is_a_level_line_within_the_axis() -> None:
    drawn = figure(tables.latency([1.0]), zone="UTC", theme=LIGHT, threshold_s=30.0)
    level = [shape for shape in drawn.layout.shapes if shape.y0 == shape.y1 == 30.0]
    assert len(level) == 1
    assert drawn.layout.yaxis.range[1] > 30
    assert "threshold 30.0 s" in [note.text for note in drawn.layout.annotations]
