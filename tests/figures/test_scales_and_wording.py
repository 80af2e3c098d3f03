"""Upright axes with round ticks, and values in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.figures.scales import COUNTS, SECONDS, SHARES, Units, scale
from analytics_dash.figures.wording import moment, span
from analytics_dash.quantities import compact, percent, seconds

NAN = float("nan")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("highest", "units", "labels"),
    [
        (0.8, SECONDS, ("0", "200 ms", "400 ms", "600 ms", "800 ms")),
        (9.0, SECONDS, ("0", "5 s")),
        (110.0, SECONDS, ("0", "50 s", "100 s")),
        (600.0, SECONDS, ("0", "5 min", "10 min")),
        (8000.0, SECONDS, ("0", "1 h", "2 h")),
        (800.0, COUNTS, ("0", "200", "400", "600", "800")),
        (35_000.0, COUNTS, ("0", "10 k", "20 k", "30 k")),
        (0.032, SHARES, ("0", "1 %", "2 %", "3 %")),
        (0.004, SHARES, ("0", "0.1 %", "0.2 %", "0.3 %", "0.4 %")),
    ],
)
def test_ticks_are_round_and_carry_their_unit(highest: float, units: Units, labels: tuple[str, ...]) -> None:
    assert scale([highest, NAN], units=units).labels == labels


numbers = st.floats(-1, 1e12) | st.sampled_from([NAN, float("inf"), 5e-324])


@settings(deadline=None)  # a slow machine is not a fault
@given(st.lists(numbers, max_size=5))
def test_an_axis_is_finite_from_0_and_holds_every_value(values: list[float]) -> None:
    found = scale(values, units=COUNTS)
    assert 0 < found.top < float("inf")
    assert all(value <= found.top for value in values if value == value and value != float("inf"))
    assert found.ticks[0] == 0
    assert found.ticks[-1] <= found.top
    assert len(found.ticks) == len(found.labels) <= 6


def test_counts_have_no_ticks_between_whole_numbers() -> None:
    assert scale([1], units=COUNTS, smallest_step=1).labels == ("0", "1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (seconds(0.82), "820 ms"), (seconds(4.212), "4.21 s"), (seconds(60), "60.0 s"), (seconds(210), "3.5 min"),
        (seconds(9000), "2.5 h"), (f"p95 {seconds(NAN)}", "p95 no data"),
        (percent(0.032), "3.2 %"), (percent(0.0004), "0.04 %"),
        (percent(0), "0.0 %"), (percent(NAN), "no data"), (compact(950), "950"), (compact(12_400), "12.4 k"),
        (compact(3_210_000), "3.21 M"),
    ],
)  # fmt: skip
def test_values_are_written_with_their_unit(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("start", "length", "zone", "expected"),
    [
        (NOON, timedelta(hours=1), "Europe/Paris", "Tue 24 Nov 2026, 13:00–14:00 CET"),
        (NOON.replace(hour=23), timedelta(hours=1), "UTC", "Tue 24 Nov 2026, 23:00–00:00 UTC"),
        (NOON.replace(hour=0), timedelta(days=1), "UTC", "Tue 24 Nov 2026 (UTC)"),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), timedelta(hours=25), "Europe/Berlin", "Sun 25 Oct 2026 (CEST/CET)"),
        (NOON.replace(hour=0, day=23), timedelta(days=7), "UTC", "Mon 23 Nov 2026 – Sun 29 Nov 2026 (UTC)"),
        (NOON, timedelta(days=1), "UTC", "Tue 24 Nov 2026, 12:00 UTC – Wed 25 Nov 2026, 12:00 UTC"),
        (NOON, timedelta(hours=1), "America/Sao_Paulo", "Tue 24 Nov 2026, 09:00–10:00 UTC-03"),
    ],
)
def test_a_stretch_of_time_reads_as_its_zones_clocks_show_it(
    start: datetime, length: timedelta, zone: str, expected: str
) -> None:
    assert span(start, start + length, zone) == expected


def test_a_moment_names_its_zone() -> None:
    assert moment(NOON, "Asia/Kolkata") == "Tue 24 Nov 2026, 17:30 IST"
