"""Owns the decision to try again: a pure function of what went wrong, what was tried, and the time that is left."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

PASSING_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
BACKOFF_FIRST_S: Final = 0.5  # long enough for a connection to be set up anew elsewhere
BACKOFF_CAP_S: Final = 30.0  # a server that is down for minutes is not asked more often, nor much later, than this
TIME_OUT_COST: Final = 2  # a time-out has already cost its wait, and the next one will too


class Kind(StrEnum):
    """What went wrong with one request."""

    STATUS = "status"
    GARBLED = "garbled"
    RESET = "reset"
    TIMED_OUT = "timed out"
    UNREACHABLE = "unreachable"
    UNKNOWN_HOST = "unknown host"
    UNTRUSTED = "untrusted"
    NOT_TLS = "not TLS"
    PROXY = "proxy"
    TOO_LARGE = "too large"
    BAD_ADDRESS = "bad address"


PASSING: Final = frozenset({Kind.GARBLED, Kind.RESET, Kind.TIMED_OUT, Kind.UNREACHABLE, Kind.UNKNOWN_HOST})


@dataclass(frozen=True)
class Trouble:
    """One failed request without anything secret: `detail` is the server's own text, one short line, or ""."""

    kind: Kind
    status: int = 0
    detail: str = ""
    parameters: tuple[str, ...] = ()
    bound: int | None = None
    about_size: bool = False
    retry_after_s: float | None = None
    location: str = ""
    code: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in PASSING or (self.kind is Kind.STATUS and self.status in PASSING_STATUSES)

    @property
    def is_throttle(self) -> bool:
        """Whether the server only asks to slow down."""
        return self.kind is Kind.STATUS and self.status == 429

    @property
    def is_strain(self) -> bool:
        """Whether a smaller request might have fared better."""
        return self.kind is Kind.TIMED_OUT or (self.kind is Kind.STATUS and self.status in {408, 500, 502, 503, 504})


@dataclass(frozen=True)
class Policy:
    """How many errors, and how many requests to slow down, one request may meet."""

    errors: int
    throttles: int


LISTING: Final = Policy(errors=6, throttles=12)
"""Somebody waits for thousands of rows: half a minute of trouble is worth sitting out."""
SIGN_IN: Final = Policy(errors=2, throttles=2)
"""Somebody looks at a form: better a sentence now than success in a minute."""


@dataclass(frozen=True)
class Tried:
    """What one request has met so far."""

    errors: int = 0
    throttles: int = 0

    def after(self, trouble: Trouble) -> Tried:
        """The same, with one more trouble."""
        if trouble.is_throttle:
            return replace(self, throttles=self.throttles + 1)
        return replace(self, errors=self.errors + (TIME_OUT_COST if trouble.kind is Kind.TIMED_OUT else 1))


def decide(trouble: Trouble, tried: Tried, *, policy: Policy, remaining_s: float, jitter: float) -> float | None:
    """Seconds to wait before the next attempt, or None to give up; `tried` counts `trouble`, `jitter` is in [0, 1)."""
    if not trouble.may_pass or tried.errors >= policy.errors or tried.throttles >= policy.throttles:
        return None
    wish = trouble.retry_after_s
    count = tried.errors + tried.throttles
    backoff = min(BACKOFF_CAP_S, BACKOFF_FIRST_S * 2.0 ** min(count, 10)) * jitter
    delay = wish if wish else backoff
    return delay if delay < remaining_s else None


def retry_after_s(text: str | None, *, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, from a number or an HTTP date; None for what makes no sense."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text.strip(), re.ASCII):
        return float(text)
    moment = http_date(text)
    return max(0.0, (moment - now).total_seconds()) if moment is not None else None


def http_date(text: str | None) -> datetime | None:
    """The instant that an HTTP date names; None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
