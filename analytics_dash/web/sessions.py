"""Owns who is signed in: entries kept in this process, reached by an opaque cookie or a tab's own handle."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from analytics_dash.store.workspace import Workspace

COOKIE: Final = "analytics_dash_session"
TICKET_S: Final = 60.0  # how long the page has to trade its ticket for the cookie
TOKEN_BYTES: Final = 32  # 256 bits: not to be guessed


@dataclass(eq=False)
class SignIn:
    """One person's sign-in: who, their workspace (with the token in it), and when it ends."""

    label: str
    workspace: Workspace = field(repr=False)
    idle_s: float
    absolute_s: float
    id: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES), repr=False)
    began: float = 0.0
    active: float = 0.0

    def is_over(self, now: float) -> bool:
        """Whether a lifetime has passed."""
        return now - self.active > self.idle_s or now - self.began > self.absolute_s


class SignIns:
    """Every sign-in of this process; thread-safe; forgets what is over whenever it is asked."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, SignIn] = {}
        self._cookies: dict[str, str] = {}  # hash of the cookie's value -> entry: a dump of memory signs nobody in
        self._tickets: dict[str, tuple[str, float]] = {}
        self.serves_routes = False  # whether the server around the script knows the routes of web.asgi

    def begin(self, label: str, workspace: Workspace, *, idle_s: float, absolute_s: float) -> SignIn:
        """A new sign-in, active from now."""
        now = self._clock()
        entry = SignIn(label, workspace, idle_s, absolute_s, began=now, active=now)
        with self._lock:
            self._entries[entry.id] = entry
        return entry

    def get(self, entry_id: str, *, touch: bool = True) -> SignIn | None:
        """The sign-in, unless it is over; `touch` says that the person did something."""
        now = self._clock()
        self._forget_over(now)
        with self._lock:
            entry = self._entries.get(entry_id)
            if entry is not None and touch:
                entry.active = now
            return entry

    def by_cookie(self, value: str | None) -> SignIn | None:
        """The sign-in that a browser's cookie stands for."""
        with self._lock:
            entry_id = self._cookies.get(_hash(value)) if value else None
        return self.get(entry_id) if entry_id else None

    def ticket(self, entry: SignIn) -> str:
        """A one-time ticket that the page trades for the cookie, so that no cookie is ever set by a script's text."""
        ticket = secrets.token_urlsafe(TOKEN_BYTES)
        with self._lock:
            self._tickets[_hash(ticket)] = (entry.id, self._clock() + TICKET_S)
        return ticket

    def redeem(self, ticket: str) -> tuple[str, float] | None:
        """A fresh cookie value and its lifetime in seconds for a ticket; None for one that is used, late or unknown."""
        now = self._clock()
        with self._lock:
            entry_id, until = self._tickets.pop(_hash(ticket), ("", 0.0))
            entry = self._entries.get(entry_id)
            if entry is None or now > until:
                return None
            value = secrets.token_urlsafe(TOKEN_BYTES)
            self._cookies[_hash(value)] = entry.id
            return value, entry.absolute_s - (now - entry.began)

    def end(self, entry_id: str) -> None:
        """Sign out: the entry, its cookies and tickets, its readings and its rights to rows are gone in every tab."""
        with self._lock:
            entry = self._entries.pop(entry_id, None)
            self._cookies = {k: v for k, v in self._cookies.items() if v != entry_id}
            self._tickets = {k: v for k, v in self._tickets.items() if v[0] != entry_id}
        if entry is not None:
            entry.workspace.close()

    def _forget_over(self, now: float) -> None:
        with self._lock:
            over = [entry.id for entry in self._entries.values() if entry.is_over(now)]
            self._tickets = {k: v for k, v in self._tickets.items() if v[1] >= now}
        for entry_id in over:
            self.end(entry_id)


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


@cache
def sign_ins() -> SignIns:
    """The process's sign-ins: one for the server's routes and the script alike."""
    return SignIns()
