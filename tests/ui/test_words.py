"""Words: values as people read them, and strangers' text that is never markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.ui import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "no data"),
        (0.0, "0 ms"),
        (0.82, "820 ms"),
        (4.213, "4.21 s"),
        (42.13, "42.1 s"),
        (210.0, "3.5 min"),
        (9000, "2.5 h"),
    ],
)
def test_durations_carry_their_unit(value: float | None, text: str) -> None:
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(None, "no data"), (0.0, "0.0 %"), (0.0321, "3.2 %"), (0.0004, "0.04 %"), (1.0, "100.0 %")]
)
def test_a_rate_of_nothing_is_no_data_and_never_zero(rate: float | None, text: str) -> None:
    assert words.percent(rate) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (950, "950"), (1234, "1.23 k"), (12_345, "12.3 k"), (3_210_000, "3.21 M")]
)
def test_large_counts_are_short(number: int, text: str) -> None:
    assert words.compact(number) == text


def test_a_single_thing_is_named_in_the_singular() -> None:
    assert (words.count(1, "run"), words.count(12_418, "run")) == ("1 run", "12,418 runs")


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=25), "25 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_ages_are_in_their_largest_unit(age: timedelta, text: str) -> None:
    assert words.age(age) == text


def test_a_range_within_a_day_names_the_day_once_in_the_viewer_s_zone() -> None:
    start = datetime(2026, 11, 10, 13, tzinfo=UTC)
    assert words.span(start, start + timedelta(hours=1), "Europe/Paris") == "10 Nov 2026, 14:00 – 15:00"
    assert words.span(start, start + timedelta(days=1), "UTC") == "10 Nov 2026, 13:00 – 11 Nov 2026, 13:00"


@given(st.text())
def test_every_ascii_mark_of_a_strangers_text_is_escaped_and_it_stays_on_one_line(text: str) -> None:
    written = words.plain(text, limit=10_000)
    assert "\n" not in written
    bare = written.replace("\\\\", "")
    assert all(bare[at - 1] == "\\" for at, mark in enumerate(bare) if mark in "<>*_[]`:$#")
