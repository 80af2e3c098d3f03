"""Sign-ins: opaque, renewed at every sign-in, ended everywhere at once, and never longer than their lifetimes."""

from __future__ import annotations

import pytest

from analytics_dash.api.auth import api_key
from analytics_dash.settings import load_settings
from analytics_dash.store.workspace import Workspace
from analytics_dash.web.sessions import TICKET_S, SignIn, SignIns


class Clock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def entries(clock: Clock) -> SignIns:
    return SignIns(clock=clock)


def begin(entries: SignIns, *, idle_s: float = 100.0, absolute_s: float = 1000.0) -> SignIn:
    workspace = Workspace(api_key("key-sentinel"), settings=load_settings())
    return entries.begin("me@example.com", workspace, idle_s=idle_s, absolute_s=absolute_s)


def cookie(entries: SignIns, entry: SignIn) -> str:
    redeemed = entries.redeem(entries.ticket(entry))
    assert redeemed is not None
    return redeemed[0]


def test_a_ticket_becomes_a_cookie_that_stands_for_the_sign_in(entries: SignIns) -> None:
    entry = begin(entries)
    assert entries.by_cookie(cookie(entries, entry)) is entry


def test_a_ticket_is_good_once(entries: SignIns) -> None:
    ticket = entries.ticket(begin(entries))
    assert entries.redeem(ticket) is not None
    assert entries.redeem(ticket) is None


def test_a_ticket_is_good_for_a_minute(entries: SignIns, clock: Clock) -> None:
    ticket = entries.ticket(begin(entries))
    clock.now += TICKET_S + 1
    assert entries.redeem(ticket) is None


@pytest.mark.parametrize("value", [None, "", "guess", "\ud800", "x" * 10_000])
def test_no_other_value_is_a_cookie(entries: SignIns, value: str | None) -> None:
    begin(entries)
    assert entries.by_cookie(value) is None


def test_every_sign_in_has_a_cookie_value_of_its_own(entries: SignIns) -> None:
    first, second = begin(entries), begin(entries)
    assert cookie(entries, first) != cookie(entries, second)


def test_signing_out_ends_every_cookie_and_ticket_of_the_sign_in_and_no_other(entries: SignIns) -> None:
    mine, other = begin(entries), begin(entries)
    mine_here, mine_there, others = cookie(entries, mine), cookie(entries, mine), cookie(entries, other)
    waiting = entries.ticket(mine)
    entries.end(mine.id)
    assert [entries.by_cookie(value) for value in (mine_here, mine_there, others)] == [None, None, other]
    assert entries.redeem(waiting) is None
    assert entries.get(mine.id) is None


def test_without_a_move_of_the_person_a_sign_in_ends(entries: SignIns, clock: Clock) -> None:
    entry = begin(entries, idle_s=100)
    clock.now += 90
    assert entries.get(entry.id) is entry
    clock.now += 90
    assert entries.get(entry.id, touch=False) is entry
    clock.now += 20
    assert entries.get(entry.id) is None


def test_however_busy_a_sign_in_ends_at_its_absolute_lifetime(entries: SignIns, clock: Clock) -> None:
    entry = begin(entries, idle_s=100, absolute_s=250)
    value = cookie(entries, entry)
    for _ in range(3):
        clock.now += 80
        assert entries.by_cookie(value) is entry
    clock.now += 80
    assert entries.by_cookie(value) is None


def test_no_secret_is_in_a_sign_in_s_text(entries: SignIns) -> None:
    entry = begin(entries)
    assert "sentinel" not in repr(entry)
    assert entry.id not in repr(entry)
