"""The guess at how long a slice must be: by the last finding, by the hours of other days, and always within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.api.density import LONGEST, SHORTEST, WIDEN, Density

END = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUSY, QUIET = 300, 30  # runs an hour by day, from six to eighteen, and by night


def runs_in(hour: datetime) -> int:
    return BUSY if 6 <= hour.hour < 18 else QUIET


def read_back(hours: int, *, times: float = 1.0) -> Density:
    """What is known after reading so many hours back from END, of which the older half is so many times as busy."""
    density = Density(None)
    for number in range(hours):
        low = END - (number + 1) * HOUR
        density.learn(round(runs_in(low) * (times if number >= hours // 2 else 1)), low, low + HOUR)
    return density


def test_nothing_is_known_before_the_first_finding_unless_somebody_guesses() -> None:
    assert not Density(None).is_known
    assert Density(2.0).is_known
    assert Density(2.0).width(END, 100) == timedelta(seconds=50)


def test_the_first_finding_tells_how_long_the_next_slice_must_be() -> None:
    density = Density(None)
    density.learn(100, END - HOUR, END)
    assert density.width(END - HOUR, 50) == HOUR / 2


@pytest.mark.parametrize("hours", [48, 54, 60, 66])
def test_a_slice_is_as_long_as_the_same_hours_of_the_day_after_say(hours: int) -> None:
    frontier = END - hours * HOUR
    expected = sum(runs_in(frontier - (number + 1) * HOUR) for number in range(2))
    assert read_back(hours).width(frontier, expected) == pytest.approx(2 * HOUR, rel=0.01)


def test_a_slice_across_dusk_is_measured_by_either_side() -> None:
    frontier = END - 53 * HOUR  # at seven in the evening: an hour of night, then a busy day
    assert read_back(53).width(frontier, QUIET + BUSY) == pytest.approx(2 * HOUR, rel=0.1)


def test_where_it_gets_busier_slices_get_shorter_beside_the_same_hours() -> None:
    frontier = END - 72 * HOUR
    assert read_back(72, times=2).width(frontier, QUIET * 2) == pytest.approx(HOUR, rel=0.35)


def test_hours_of_a_day_further_off_serve_where_the_next_is_not_read_yet() -> None:
    density = read_back(48)
    frontier = END - 5 * 24 * HOUR
    assert density.width(frontier, QUIET) == pytest.approx(HOUR, rel=0.01)


def test_after_a_sparse_slice_the_next_is_not_much_longer() -> None:
    density = Density(None)
    density.learn(0, END - HOUR, END)
    assert density.width(END - HOUR, 1000) == HOUR * WIDEN


FINDINGS = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0.001, 10**8), st.floats(0, 10**7)), min_size=1, max_size=30
)


@given(findings=FINDINGS, rows=st.floats(1, 10**5), guess=st.none() | st.floats(1e-9, 1e6))
def test_whatever_is_found_the_next_slice_has_a_length(
    findings: list[tuple[int, float, float]], rows: float, guess: float | None
) -> None:
    density, frontier = Density(guess), END
    for count, seconds, gap in findings:
        low = frontier - timedelta(seconds=seconds)
        density.learn(count, low, frontier)
        frontier = low - timedelta(seconds=gap)
        assert SHORTEST <= density.width(frontier, rows) <= LONGEST
