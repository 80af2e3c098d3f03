"""When to ask again, how long to wait, and how much to ask at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.api.pace import Pace
from analytics_dash.api.retry import (
    BACKOFF_CAP_S,
    LISTING,
    SIGN_IN,
    Kind,
    Policy,
    Tried,
    Trouble,
    decide,
    retry_after_s,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def status(code: int, retry_after: float | None = None) -> Trouble:
    return Trouble(Kind.STATUS, status=code, retry_after_s=retry_after)


def attempts(trouble: Trouble, policy: Policy) -> int:
    tried, count = Tried(), 0
    while True:
        tried, count = tried.after(trouble), count + 1
        if decide(trouble, tried, policy=policy, remaining_s=1e9, jitter=0.5) is None:
            return count


@pytest.mark.parametrize(
    ("trouble", "listing", "sign_in"),
    [
        (status(500), 6, 2),
        (status(429), 12, 2),
        (Trouble(Kind.RESET), 6, 2),
        (Trouble(Kind.TIMED_OUT), 3, 1),
        (Trouble(Kind.GARBLED), 6, 2),
        (status(403), 1, 1),
        (status(404), 1, 1),
        (status(422), 1, 1),
        (status(501), 1, 1),
        (Trouble(Kind.UNTRUSTED), 1, 1),
    ],
)
def test_patience_depends_on_the_trouble_and_on_who_waits(trouble: Trouble, listing: int, sign_in: int) -> None:
    assert (attempts(trouble, LISTING), attempts(trouble, SIGN_IN)) == (listing, sign_in)


@given(
    errors=st.integers(0, 5), throttles=st.integers(0, 11), jitter=st.floats(0, 0.999), remaining=st.floats(0, 10_000)
)
def test_a_wait_is_never_longer_than_the_cap_or_the_time_that_is_left(
    errors: int, throttles: int, jitter: float, remaining: float
) -> None:
    delay = decide(status(503), Tried(errors, throttles), policy=LISTING, remaining_s=remaining, jitter=jitter)
    assert delay is None or 0 <= delay <= min(BACKOFF_CAP_S, remaining)


def test_the_wait_that_the_server_names_is_honoured_up_to_the_deadline() -> None:
    for code in (429, 503):
        ask = status(code, retry_after=90)
        assert decide(ask, Tried(1), policy=LISTING, remaining_s=100, jitter=0.1) == 90
        assert decide(ask, Tried(1), policy=LISTING, remaining_s=90, jitter=0.1) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("1.5", 1.5),
        (" 7 ", 7),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (None, None),
        ("٣", None),
        ("Tue, 99 Foo 2026", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(text: str | None, seconds: float | None) -> None:
    assert retry_after_s(text, now=NOW) == seconds


def test_the_window_grows_while_throughput_does_and_no_further_than_its_ceiling() -> None:
    pace, at = Pace(8), 0.0
    assert pace.width == 4
    for _ in range(200):
        at += 1.0 / pace.width
        pace.landed(at)
    assert pace.width == 8


def test_the_window_stays_where_more_requests_bring_no_more() -> None:
    pace = Pace(64)
    for second in range(40):
        pace.landed(float(second))
    assert pace.width <= 6


def test_the_window_halves_once_for_a_burst_of_refusals_and_recovers() -> None:
    pace = Pace(8)
    for launched in (1.0, 1.1, 1.2):
        pace.throttled(launched_at=launched, at=2.0)
    assert pace.width == 2
    pace.throttled(launched_at=2.5, at=3.0)
    pace.throttled(launched_at=3.5, at=4.0)
    assert pace.width == 1
    at = 5.0
    for _ in range(60):
        at += 1.0 / pace.width
        pace.landed(at)
    assert pace.width > 2


def test_a_ceiling_of_one_is_kept() -> None:
    pace = Pace(1)
    for second in range(50):
        pace.landed(float(second))
    assert pace.width == 1
