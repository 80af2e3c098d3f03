"""Owns who is let in: the demo's made-up credentials, the tokens given out, and when they die."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from analytics_dash.demo.parameters import Fault, fault

DEMO_USERNAME: Final = "demo@example.com"
DEMO_PASSWORD: Final = "demo-password-not-a-secret"  # noqa: S105  made up, printed for whoever tries the demo
DEMO_API_KEY: Final = "demo-api-key-not-a-secret"

Clock = Callable[[], datetime]
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Gate:
    """Gives out tokens and knows them again until they expire; refresh tokens stay good."""

    clock: Clock
    token_lifetime_s: int
    expiry: dict[str, datetime] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)

    def admits(self, authorization: str | None) -> bool:
        """Whether this header carries the API key or a living token."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        return _same(token, DEMO_API_KEY) or self.clock() < self.expiry.get(token, self.clock())

    def answer(self, form: Mapping[str, str]) -> Answer:
        """Status and body of a request for a token."""
        grant = form.get("grant_type", "password")
        if grant not in {"password", "refresh_token"}:
            return 400, {"error": "unsupported_grant_type", "error_description": "Use password or refresh_token."}
        needed = ("username", "password") if grant == "password" else ("refresh_token",)
        missing = [_missing(name) for name in needed if name not in form]
        if missing:
            return 422, {"detail": missing}
        if not self._knows(form, grant):
            return 400, {"error": "invalid_grant", "error_description": "The credentials are wrong or have expired."}
        return 200, self._issue()

    def _knows(self, form: Mapping[str, str], grant: str) -> bool:
        if grant == "refresh_token":
            return form["refresh_token"] in self.refresh_tokens
        return _same(form["username"], DEMO_USERNAME) and _same(form["password"], DEMO_PASSWORD)

    def _issue(self) -> dict[str, Any]:
        token, refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.expiry[token] = self.clock() + timedelta(seconds=self.token_lifetime_s)
        self.refresh_tokens.add(refresh_token)
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.token_lifetime_s,
            "refresh_token": refresh_token,
        }


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _missing(name: str) -> Fault:
    return fault(("body", name), "Field required", "missing", given=None)
