"""Incidents on charts: bands on the time axis, cut to it, and sentences with bounds and numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics_dash.figures import failures_outcomes
from analytics_dash.figures.incidents import NONE_FOUND, add_incidents, alt_text, described_incident
from analytics_dash.figures.theme import LIGHT
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.metrics.incidents import Incident
from tests.figures import tables
from tests.figures.tables import HOUR, NOON


def incident(start: datetime, end: datetime | None, *, since_before: bool = False) -> Incident:
    return Incident(start, end, since_before, 40, 190, 40 / 190, 0.02, 36.2)


def bands(*found: Incident) -> list[tuple[timedelta, timedelta]]:
    frame = tables.failures([1] * 4, [9] * 4)
    drawn = failures_outcomes.figure(frame, zone="UTC", theme=LIGHT)
    add_incidents(drawn, found, time_axis(frame, "UTC"), theme=LIGHT)
    noon = NOON.replace(tzinfo=None)
    return [(shape.x0 - noon, shape.x1 - noon) for shape in drawn.layout.shapes if shape.name == "incident"]


def test_a_band_lies_where_the_incident_does_and_ends_with_the_axis() -> None:
    assert bands(incident(NOON + HOUR, NOON + 2 * HOUR)) == [(HOUR, 2 * HOUR)]
    assert bands(incident(NOON - 5 * HOUR, None)) == [(0 * HOUR, 4 * HOUR)]


def test_what_the_axis_does_not_show_is_not_drawn() -> None:
    assert bands(incident(NOON - 2 * HOUR, NOON), incident(NOON + 4 * HOUR, None)) == []
    frame = tables.failures([1], [1]).iloc[:0]
    drawn = failures_outcomes.figure(frame, zone="UTC", theme=LIGHT)
    add_incidents(drawn, [incident(NOON, None)], time_axis(frame, "UTC"), theme=LIGHT)
    assert not [shape for shape in drawn.layout.shapes if shape.name == "incident"]


def test_an_incident_in_words_has_bounds_and_numbers() -> None:
    numbers = ": 21.1 % failed instead of 2.0 %, 40 runs, 36 more than usual"
    words = {
        incident(NOON, NOON + 3 * HOUR): "Tue 24 Nov 2026, 12:00–15:00 UTC",
        incident(NOON, None): "since Tue 24 Nov 2026, 12:00 UTC, going on",
        incident(NOON, None, since_before=True): "since before Tue 24 Nov 2026, 12:00 UTC, going on",
        incident(NOON, NOON + HOUR, since_before=True): (
            "since before Tue 24 Nov 2026, 12:00 UTC, until Tue 24 Nov 2026, 13:00 UTC"
        ),
    }
    assert {one: described_incident(one, zone="UTC") for one in words} == {k: v + numbers for k, v in words.items()}


def test_all_of_them_are_described_or_that_there_is_none() -> None:
    assert alt_text([], zone="UTC") == NONE_FOUND
    assert alt_text([incident(NOON, None)] * 2, zone="UTC").startswith("2 incidents: since Tue")
