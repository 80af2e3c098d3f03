"""The compared period on a chart: bucket by bucket, faint, behind the clicks, with words for each bucket."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics_dash.figures import failures, latency, tokens
from analytics_dash.figures.comparison import Chart, add_comparison
from analytics_dash.figures.comparison_words import amount, difference_text
from analytics_dash.figures.theme import LIGHT
from analytics_dash.metrics.comparison import Difference, Metric
from tests.figures import tables

DAY_BEFORE = tables.NOON - timedelta(days=1)
NAN = tables.NAN


def compared(now: pd.DataFrame, then: pd.DataFrame, *, chart: Chart) -> go.Figure:
    draw = {Chart.LATENCY: latency.figure, Chart.FAILURES: failures.figure, Chart.TOKENS: tokens.figure}[chart]
    drawn = draw(now, zone="UTC", theme=LIGHT)
    add_comparison(drawn, now, then, chart=chart, zone="UTC", theme=LIGHT)
    return drawn


def lines(drawn: go.Figure) -> list[go.Scatter]:
    return [trace for trace in drawn.data if trace.name == "period before"]


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ([1, 2, 3], (1, 2, 3)),
        ([1, 2], (1, 2, None)),
        ([1, 2, 3, 4], (1, 2, 3)),
        ([], (None, None, None)),
    ],
)
def test_each_bucket_lies_under_the_one_in_its_place(then: list[int], expected: tuple[int | None, ...]) -> None:
    before = tables.tokens(then or [0], start=DAY_BEFORE).iloc[: len(then)]
    (line,) = lines(compared(tables.tokens([9, 9, 9]), before, chart=Chart.TOKENS))
    assert line.y == expected
    assert len(line.x) == 3


@pytest.mark.parametrize(
    ("own", "then", "is_held"),
    [(1, 1, True), (1, 2, False), (1, 0, False), (13, 14, False), (24, 25, True), (23, 24, True), (168, 169, True)],
)
def test_a_bucket_is_held_against_equal_time_or_a_whole_day_against_a_whole_day(
    own: int, then: int, is_held: bool
) -> None:
    before = tables.tokens([2_000_000, 3], start=DAY_BEFORE, step=timedelta(hours=then))
    now = tables.tokens([9, 9], step=timedelta(hours=own))
    drawn = compared(now, before, chart=Chart.TOKENS)
    (line,) = lines(drawn)
    assert line.y == ((2_000_000, 3) if is_held else (None, None))
    assert ("period before" in drawn.data[-1].hovertext[0]) is is_held
    assert (drawn.layout.yaxis.range[1] > 1_000_000) is is_held


def test_percentiles_are_drawn_again_in_their_colours_with_one_entry_in_the_key() -> None:
    before = tables.latency([1.0, NAN, 2.0], start=DAY_BEFORE)
    drawn = lines(compared(tables.latency([1.0, 1.0, 1.0]), before, chart=Chart.LATENCY))
    assert [line.y for line in drawn] == [(2.0, None, 4.0), (1.0, None, 2.0)]
    assert [line.line.color for line in drawn] == [LIGHT.percentiles["p95_s"], LIGHT.percentiles["p50_s"]]
    assert [line.showlegend for line in drawn] == [True, False]
    assert all(line.hoverinfo == "skip" for line in drawn)


def test_the_columns_stay_on_top_and_tell_both_periods() -> None:
    now = tables.failures([1, 2], [9, 8])
    own = failures.figure(now, zone="UTC", theme=LIGHT)
    drawn = compared(now, tables.failures([3], [7], start=DAY_BEFORE), chart=Chart.FAILURES)
    assert drawn.data[-1].name == "bucket"
    assert drawn.data[-1].customdata == own.data[-1].customdata
    told = drawn.data[-1].hovertext
    assert (
        told[0]
        == f"{own.data[-1].hovertext[0]}<br><i>period before: rate 30.0 % (Mon 23 Nov 2026, 12:00–13:00 UTC)</i>"
    )
    assert told[1] == own.data[-1].hovertext[1]


@pytest.mark.parametrize(("before", "grows"), [(2_000, True), (50, False), (0, False)])
def test_the_axis_grows_only_for_what_does_not_fit(before: int, grows: bool) -> None:
    now = tables.tokens([100])
    top = tokens.figure(now, zone="UTC", theme=LIGHT).layout.yaxis.range[1]
    axis = compared(now, tables.tokens([before], start=DAY_BEFORE), chart=Chart.TOKENS).layout.yaxis
    assert (axis.range[1] > top) is grows
    assert axis.range[1] >= before
    assert len(axis.tickvals) == len(axis.ticktext)


def test_no_data_before_leaves_the_chart_as_it_is_and_says_so() -> None:
    now = tables.latency([1.0])
    drawn = compared(now, tables.latency([NAN], start=DAY_BEFORE), chart=Chart.LATENCY)
    assert drawn.layout.yaxis.range == latency.figure(now, zone="UTC", theme=LIGHT).layout.yaxis.range
    assert "period before: p50 no data · p95 no data" in drawn.data[-1].hovertext[0]


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference(Metric.RUNS, 120, 100), "up 20 (20 %)"),
        (Difference(Metric.RUNS, 5, 0, few=True), "up 5, few runs"),
        (Difference(Metric.USERS, 7, 7), "unchanged"),
        (Difference(Metric.FAILURE_RATE, 0.05, 0.029, significant=True), "up 2.1 points"),
        (Difference(Metric.FAILURE_RATE, 0.0302, 0.03, significant=False), "up 0.02 points, within chance"),
        (Difference(Metric.P95, 4.0, 5.0, significant=True), "down 1.00 s (20 %)"),
        (Difference(Metric.P95, None, 5.0), "nothing to compare with"),
        (Difference(Metric.TOKENS, 12_000, 24_000), "down 12.0 k (50 %)"),
        (Difference(Metric.COST, 3.5, 3.0), "up $0.50 (17 %)"),
        (
            Difference(Metric.FEEDBACK, 0.5, 0.75, few=True, significant=False),
            "down 25.0 points, few runs, within chance",
        ),
    ],
)
def test_a_difference_is_written_in_a_few_words(difference: Difference, text: str) -> None:
    assert difference_text(difference) == text


def test_every_metric_can_be_written_and_be_unknown() -> None:
    assert all(amount(metric, None) == "no data" and amount(metric, 0.5) for metric in Metric)


def test_bars_are_named_in_the_key_and_no_longer_in_the_corner_that_it_takes() -> None:
    now = tables.tokens([100])
    drawn = compared(now, tables.tokens([200], start=DAY_BEFORE), chart=Chart.TOKENS)
    assert [trace.name for trace in drawn.data if trace.showlegend is not False] == ["period before", "tokens"]
    assert [note.text for note in drawn.layout.annotations] == []
    assert len(tokens.figure(now, zone="UTC", theme=LIGHT).layout.annotations) == 1
