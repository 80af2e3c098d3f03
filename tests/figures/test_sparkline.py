"""The small lines beside figures: from zero up, as wide as their place, with gaps as gaps."""

from __future__ import annotations

import math
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics_dash.figures.sparkline import EDGE, HEIGHT, WIDTH, data_uri

NAN = math.nan


def lines(values: list[float]) -> list[list[tuple[float, float]]]:
    """The points of each stroke, x from the left and y from the top."""
    kind, _, drawing = data_uri(values, colour="#123456").partition(",")
    assert kind == "data:image/svg+xml"
    strokes = ET.fromstring(unquote(drawing))  # noqa: S314  our own
    assert {stroke.get("stroke") for stroke in strokes} <= {"#123456"}
    pairs = [[pair.split(",") for pair in (stroke.get("points") or "").split()] for stroke in strokes]
    return [[(float(x), float(y)) for x, y in stroke] for stroke in pairs]


def test_the_highest_value_is_at_the_top_zero_at_the_bottom_and_a_gap_parts_the_line() -> None:
    assert lines([0, 10, NAN, 5]) == [
        [(EDGE, HEIGHT - EDGE), (81, EDGE)],
        [(WIDTH - EDGE, HEIGHT / 2), (WIDTH - EDGE, HEIGHT / 2)],  # a dot
    ]


@pytest.mark.parametrize("values", [[], [NAN], [NAN, math.inf]])
def test_without_a_value_nothing_is_drawn(values: list[float]) -> None:
    assert lines(values) == []


@example([5e-324, NAN, 0.0])  # the smallest there is: what divides by it is infinite
@given(st.lists(st.floats(0, 1e12) | st.just(NAN), max_size=200))
def test_every_value_is_drawn_once_inside_the_picture_in_order(values: list[float]) -> None:
    points = [point for stroke in lines(values) for point in dict.fromkeys(stroke)]
    assert len(points) == sum(map(math.isfinite, values))
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(EDGE <= x <= WIDTH - EDGE and EDGE <= y <= HEIGHT - EDGE for x, y in points)
