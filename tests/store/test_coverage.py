"""What is read, and what must be read next, as arithmetic on intervals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.store.coverage import (
    RECENT_LEAST,
    RECENT_MOST,
    SETTLED_AFTER,
    Covered,
    covered,
    recent,
    to_read,
    with_read,
)
from analytics_dash.store.intervals import Interval, minus, union, within

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = EPOCH + 100 * HOUR


def at(hour: float) -> datetime:
    return EPOCH + hour * HOUR


def hours(intervals: list[Interval]) -> set[int]:
    """The whole hours that lie inside; bounds of these tests are whole hours."""
    return {h for i in intervals for h in range(int((i.low - EPOCH) / HOUR), int((i.high - EPOCH) / HOUR))}


INTERVALS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: Interval(at(pair[0]), at(pair[1]))), max_size=8
)


def plain(intervals: list[Interval]) -> set[int]:
    return {h for i in intervals for h in range(41) if i.low <= at(h) < i.high}


@given(INTERVALS, INTERVALS)
def test_intervals_are_sets_of_instants(one: list[Interval], other: list[Interval]) -> None:
    assert hours(union(one)) == plain(one)
    assert hours(minus(one, other)) == plain(one) - plain(other)
    joined = union(one)
    assert all(a.high < b.low for a, b in pairwise(joined))
    for bounds in other:
        assert hours(within(one, bounds)) == plain(one) & plain([bounds])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10), st.integers(0, 300)), max_size=12))
def test_the_newest_reading_counts_wherever_it_reaches(readings: list[tuple[int, int, int]]) -> None:
    pieces: list[Covered] = []
    expected: dict[int, datetime] = {}
    for low, length, read in readings:
        read_at = max(at(read), at(low + length))
        pieces = with_read(pieces, Covered(at(low), at(low + length), read_at))
        expected |= dict.fromkeys(range(low, low + length), read_at)
    held = {h: p.read_at for p in pieces for h in range(60) if p.low <= at(h) < p.high}
    assert set(held) == set(expected)
    assert all(held[h] <= expected[h] for h in held)
    assert all(held[h] == expected[h] or held[h] - at(h + 1) >= SETTLED_AFTER for h in held)


def test_neighbours_of_one_reading_become_one_piece() -> None:
    pieces = [Covered(at(90 - n), at(91 - n), NOW, pages=1) for n in range(5)]
    joined: list[Covered] = []
    for piece in pieces:
        joined = with_read(joined, piece)
    assert joined == [Covered(at(86), at(91), NOW, pages=5)]


def test_nothing_read_means_all_is_to_be_read() -> None:
    wanted = Interval(at(0), NOW)
    assert to_read([], wanted, now=NOW, window=HOUR) == [wanted]


def test_a_moment_later_only_the_recent_window_is_read_again() -> None:
    pieces = [Covered(at(0), NOW, NOW)]
    later = NOW + HOUR
    assert to_read(pieces, Interval(at(0), later), now=later, window=2 * HOUR) == [Interval(NOW - 2 * HOUR, later)]


def test_a_range_in_the_past_that_is_read_costs_nothing() -> None:
    assert to_read([Covered(at(0), at(50), NOW)], Interval(at(10), at(40)), now=NOW, window=HOUR) == []


def test_runs_that_were_young_when_read_are_read_again_a_day_later_and_then_left_alone() -> None:
    wanted = Interval(at(0), at(50))
    young = [Covered(at(0), at(50), at(51))]
    assert to_read(young, wanted, now=at(51 + 25), window=HOUR) == [wanted]
    old = [Covered(at(0), at(50), at(51) + timedelta(days=9))]
    assert to_read(old, wanted, now=at(51) + timedelta(days=30), window=HOUR) == []


def test_gaps_are_read_newest_first() -> None:
    pieces = [Covered(at(20), at(30), NOW), Covered(at(50), at(60), NOW)]
    expected = [Interval(at(60), at(70)), Interval(at(30), at(50)), Interval(at(10), at(20))]
    assert to_read(pieces, Interval(at(10), at(70)), now=NOW, window=HOUR) == expected


def test_the_recent_window_fits_a_page_and_has_bounds() -> None:
    assert recent(None, 1000) == RECENT_MOST
    assert recent(100.0, 1000) == RECENT_LEAST
    assert recent(1e-9, 1000) == RECENT_MOST
    assert recent(0.1, 1000) * 0.1 < timedelta(seconds=1000)


@given(INTERVALS, st.integers(0, 40), st.integers(1, 20))
def test_after_reading_what_is_to_be_read_nothing_of_it_is_missing(read: list[Interval], low: int, length: int) -> None:
    pieces: list[Covered] = []
    for interval in read:
        pieces = with_read(pieces, Covered(interval.low, interval.high, NOW))
    wanted = Interval(at(low), at(low + length))
    for interval in to_read(pieces, wanted, now=NOW, window=HOUR):
        pieces = with_read(pieces, Covered(interval.low, interval.high, NOW))
    assert minus([wanted], covered(pieces)) == []
