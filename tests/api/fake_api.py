"""A server in memory whose habits and faults are data, for a transport that needs no network."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import httpx

from analytics_dash.api.dispatch import Tempo
from analytics_dash.settings import Settings

NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL: Final = "https://api.test"
Row = dict[str, Any]
Fault = Callable[[httpx.Request], httpx.Response]


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.at

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.at)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.at += seconds
            self.slept.append(seconds)

    def jitter(self) -> float:
        return 0.5

    @property
    def tempo(self) -> Tempo:
        return Tempo(self.clock, self.now, self.sleep, self.jitter)


@dataclass
class Habits:
    """How a server serves a page: what it caps, refuses and leaves out."""

    cap: int | None = None
    offset_by_cap: bool = True
    refuses_above: int | None = None
    names_bound: bool = False
    fixed_size: int | None = None
    page_bytes: int | None = None
    ignores_page: bool = False
    clamps: bool = False
    ignores_start: bool = False
    ignores_end: bool = False
    inclusive_end: bool = False
    exclusive_start: bool = False


@dataclass
class FakeApi:
    """Runs and a token endpoint; `faults` are taken from the front, one for each request to the listing."""

    rows: list[Row] = field(default_factory=list)
    habits: Habits = field(default_factory=Habits)
    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    token: Callable[[dict[str, str]], httpx.Response] | None = None
    valid: set[str] | None = None
    before: Callable[[int], None] | None = None
    summary: Fault | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.forms: list[dict[str, str]] = []
        self.seen = Counter[str]()
        self._lock = threading.Lock()

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            if request.method == "POST":
                return self._sign_in(request)
            if self.before is not None:
                self.before(len(self.requests))
            self.requests.append(request)
            self.seen[request.headers.get("authorization", "")] += 1
            if self.valid is not None and request.headers["authorization"].removeprefix("Bearer ") not in self.valid:
                return httpx.Response(401, json={"detail": "Could not validate credentials"})
            if "projects-run-summary" in request.url.path and self.summary is not None:
                return self.summary(request)
            fault = self.faults.pop(0) if self.faults else self.always
            return fault(request) if fault is not None else self.list_runs(dict(request.url.params))

    def _sign_in(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.forms.append(form)
        if self.token is None:
            return httpx.Response(200, json={"access_token": "token-1", "token_type": "bearer"})
        return self.token(form)

    def list_runs(self, query: Mapping[str, str]) -> httpx.Response:
        """A page, or the refusal of its size."""
        size, page = int(query["page_size"]), int(query["page"])
        habits = self.habits
        if habits.refuses_above is not None and size > habits.refuses_above:
            return refuse_size(habits.refuses_above if habits.names_bound else None)
        served = habits.fixed_size or min(size, habits.cap or size)
        offset = page * (served if habits.offset_by_cap or habits.fixed_size else size)
        rows = self.matching(query)
        if habits.clamps and offset >= len(rows) and rows:
            offset = (len(rows) - 1) // served * served
        rows = rows[:served] if habits.ignores_page else rows[offset : offset + served]
        if habits.page_bytes is not None:
            rows = rows[: max(1, habits.page_bytes)]
        return httpx.Response(200, content=json.dumps(rows).encode(), headers=self.headers)

    def matching(self, query: Mapping[str, str]) -> list[Row]:
        return [row for row in self.rows if self._fits(row, query)]

    def _fits(self, row: Row, query: Mapping[str, str]) -> bool:
        try:
            date = datetime.fromisoformat(row["date"])
        except (KeyError, TypeError, ValueError):
            return True
        start, end = query.get("start_date"), query.get("end_date")
        if start and not self.habits.ignores_start:
            bound = datetime.fromisoformat(start)
            if date < bound or (date == bound and self.habits.exclusive_start):
                return False
        if end and not self.habits.ignores_end:
            bound = datetime.fromisoformat(end)
            if date > bound or (date == bound and not self.habits.inclusive_end):
                return False
        states = query.get("state")
        return (not states or row.get("state") in states.split(",")) and (
            not query.get("user_id") or row.get("user_id") == query["user_id"]
        )


def refuse_size(bound: int | None) -> httpx.Response:
    fault: dict[str, Any] = {"loc": ["query", "page_size"], "msg": "is too large", "type": "less_than_equal"}
    if bound is not None:
        fault |= {"ctx": {"le": bound}, "msg": f"Input should be less than or equal to {bound}"}
    return httpx.Response(422, json={"detail": [fault]})


@dataclass(frozen=True, eq=False)
class Canned:
    """A fault that is always the same."""

    act: Fault

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.act(request)


def status(code: int, *, headers: Mapping[str, str] | None = None, body: object = None) -> Canned:
    """A fault: this status, with JSON where there is a body."""
    return text(json.dumps(body).encode() if body else b"", code, headers)


def text(content: bytes, code: int = 200, headers: Mapping[str, str] | None = None) -> Canned:
    """A fault: these bytes."""
    return Canned(lambda _: httpx.Response(code, content=content, headers=dict(headers or {})))


def broken(error: type[httpx.TransportError]) -> Canned:
    """A fault: httpx's exception, holding the request as the real one does."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("something about the request", request=request)

    return Canned(fail)


def settings(**fields: Any) -> Settings:
    return Settings(api_url=URL, **fields)
