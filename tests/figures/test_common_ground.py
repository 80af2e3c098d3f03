"""What all charts in time share: one aligned axis in the viewer's zone, clicks anywhere, no zoom, legible colours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.figures import failures, latency, tokens
from analytics_dash.figures.theme import DARK, LIGHT, Theme, theme
from analytics_dash.figures.time_axis import MAX_TICKS, WIDEST_BAR, tick_labels, time_axis
from analytics_dash.runs.drilldown import picked
from tests.figures import tables
from tests.figures.tables import HOUR, NOON

Draw = Callable[[int], go.Figure]


def of_latency(rows: int) -> go.Figure:
    return latency.figure(tables.latency([1.0] * rows, partial=[rows - 1]), zone="Europe/Berlin", theme=LIGHT)


def of_tokens(rows: int) -> go.Figure:
    return tokens.figure(tables.tokens([5] * rows, partial=[rows - 1]), zone="Europe/Berlin", theme=LIGHT)


def of_failures(rows: int) -> go.Figure:
    return failures.figure(
        tables.failures([1] * rows, [9] * rows, partial=[rows - 1]), zone="Europe/Berlin", theme=LIGHT
    )


ALL = pytest.mark.parametrize("draw", [of_latency, of_tokens, of_failures])


@ALL
def test_a_click_anywhere_in_a_column_names_its_bucket(draw: Draw) -> None:
    drawn = draw(3)
    columns = drawn.data[-1]
    axis = drawn.layout.yaxis9
    assert (columns.yaxis, axis.domain, columns.y) == ("y9", (0, 1), (1, 1, 1))
    assert columns.width == (3_600_000,) * 3
    clicked = picked({"points": [{"customdata": list(columns.customdata[1])}]})
    assert clicked is not None
    assert clicked.bucket is not None
    assert (clicked.bucket.start, clicked.bucket.end) == (NOON + HOUR, NOON + 2 * HOUR)
    assert columns.marker.opacity == 0
    assert (columns.selected.marker.opacity, columns.unselected.marker.opacity) == (1, 0)


@ALL
def test_nothing_on_the_axis_of_time_is_a_number_which_browsers_would_take_for_their_local_time(draw: Draw) -> None:
    for trace in draw(3).data:
        assert not [x for x in trace.x if isinstance(x, (int, float, np.number))], trace.name


@ALL
def test_every_trace_leaves_clicks_and_the_hover_to_the_columns_and_looks_the_same_beside_a_selection(
    draw: Draw,
) -> None:
    for trace in draw(3).data[:-1]:
        assert trace.hoverinfo == "skip"
        assert trace.customdata is None
        if len(trace.x) == 3:
            assert trace.unselected.marker.opacity == 1


@ALL
def test_nothing_can_be_zoomed_or_dragged_by_accident(draw: Draw) -> None:
    layout = draw(3).layout
    assert (layout.dragmode, layout.clickmode) == (False, "event+select")
    axes = [layout[name] for name in layout if str(name).startswith(("xaxis", "yaxis"))]
    assert len(axes) >= 3
    assert all(axis.fixedrange for axis in axes)


def test_the_charts_of_a_page_align() -> None:
    layouts = [draw(4).layout for draw in (of_latency, of_tokens, of_failures)]
    assert len({(layout.xaxis.range, layout.margin.l, layout.margin.r) for layout in layouts}) == 1
    assert layouts[0].xaxis.range == (datetime(2026, 11, 24, 12), datetime(2026, 11, 24, 16))  # noqa: DTZ001  a position


@ALL
def test_nothing_of_the_environments_template_is_taken_over(draw: Draw) -> None:
    assert "layout" not in draw(1).layout.template.to_plotly_json()
    assert draw(1).layout.paper_bgcolor == draw(1).layout.plot_bgcolor == "rgba(0,0,0,0)"


@ALL
def test_a_single_bucket_is_a_bar_and_not_a_wall(draw: Draw) -> None:
    bars = [trace for trace in draw(1).data if isinstance(trace, go.Bar) and trace.name != "bucket"]
    assert all(bar.width == (pytest.approx(3_600_000 * WIDEST_BAR),) for bar in bars)


@pytest.mark.parametrize(
    "figure", [latency.figure, tokens.figure, failures.figure], ids=["latency", "tokens", "failures"]
)
def test_no_buckets_at_all_are_still_a_figure(figure: Callable[..., go.Figure]) -> None:
    frame = pd.concat([tables.latency([1.0]), tables.tokens([1]), tables.failures([1], [1])], axis="columns")
    drawn = figure(frame.loc[:, ~frame.columns.duplicated()].iloc[:0], zone="UTC", theme=LIGHT)
    assert [note.text for note in drawn.layout.annotations][-1] == "No runs in this range"


def test_the_hour_that_comes_twice_has_two_places_and_tells_them_apart() -> None:
    start = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    frame = tables.tokens([1, 2, 3, 4], start=start)
    drawn = tokens.figure(frame, zone="Europe/Berlin", theme=LIGHT)
    centres = time_axis(frame, "Europe/Berlin").centres
    assert {b - a for a, b in pairwise(centres)} == {HOUR}
    assert [text.split("</b>")[0].split(", ")[1] for text in drawn.data[-1].hovertext] == [
        "01:00–02:00 CEST",
        "02:00 CEST – 02:00 CET",
        "02:00–03:00 CET",
        "03:00–04:00 CET",
    ]
    labels = list(tick_labels(start, start + 4 * HOUR, "Europe/Berlin").values())
    assert labels == ["01:00<br>25 Oct", "02:00", "03:00", "04:00"]


@pytest.mark.parametrize(
    ("span", "zone", "first"),
    [
        (timedelta(hours=1), "UTC", "12:00<br>24 Nov"),
        (timedelta(hours=24), "Asia/Kolkata", "18:00<br>24 Nov"),
        (timedelta(days=7), "Europe/Berlin", "25 Nov<br>Wed"),
        (timedelta(days=30), "UTC", "30 Nov<br>Mon"),
        (timedelta(days=190), "Europe/Berlin", "Jan<br>2027"),
    ],
)
def test_labels_are_the_zones_calendar(span: timedelta, zone: str, first: str) -> None:
    ticks = tick_labels(NOON, NOON + span, zone)
    assert next(iter(ticks.values())) == first
    assert all(instant.astimezone(ZoneInfo(zone)).minute == 0 for instant in ticks)


@settings(deadline=None)  # a slow machine is not a fault
@given(hours=st.integers(1, 24 * 365 * 30), zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]))
def test_there_are_never_more_labels_than_fit_and_all_within_the_range(hours: int, zone: str) -> None:
    end = NOON + hours * HOUR
    ticks = tick_labels(NOON, end, zone)
    assert len(ticks) <= MAX_TICKS
    assert all(NOON <= instant <= end for instant in ticks)
    assert hours < 24 or len(ticks) >= 2


def test_a_range_of_centuries_is_labelled_by_the_century() -> None:
    ticks = tick_labels(NOON.replace(year=1800), NOON, "UTC")
    assert [instant.year for instant in ticks] == [1850, 1900, 1950, 2000]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_a_contrast_of_4_5_and_what_is_drawn_of_3(look: Theme) -> None:
    assert min(contrast(text, look.page) for text in (look.text, look.muted)) >= 4.5
    assert contrast(look.text, look.hover) >= 4.5
    drawn = [*look.outcomes.values(), *look.percentiles.values(), look.tokens, look.runs]
    assert min(contrast(colour, look.page) for colour in drawn) >= 3


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_a_colour_has_one_meaning(look: Theme) -> None:
    meanings = [*look.outcomes.values(), *look.percentiles.values(), look.tokens, look.runs]
    assert len(set(meanings)) == len(meanings)


def test_a_theme_is_chosen_by_the_name_of_the_mode() -> None:
    assert theme("dark") is DARK
    assert theme("light") is theme("anything else") is LIGHT
