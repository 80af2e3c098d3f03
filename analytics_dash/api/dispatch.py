"""Owns requests in the air: each in a daemon thread of its own, so that nobody waits for a hung one; retried and paced.

One thread, the caller's, decides everything: what to ask, what to ask again and when, and when to stop.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Generic, Protocol, TypeVar

from analytics_dash.api import retry
from analytics_dash.api.pace import Pace
from analytics_dash.api.retry import Kind, Policy, Tried, Trouble
from analytics_dash.api.transport import Halt
from analytics_dash.errors import AnalyticsDashError, Cancelled, TooSlow

TICK_S: Final = 0.1  # how late a cancel or a due retry is noticed at most
Q = TypeVar("Q", bound=Hashable)
R = TypeVar("R")
R_in = TypeVar("R_in", contravariant=True)


def utc_now() -> datetime:
    """The instant by this machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Tempo:
    """Time as the client sees it; tests put their own in."""

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], object] = time.sleep
    jitter: Callable[[], float] = random.random


class Work(Protocol[Q, R_in]):
    """What a dispatcher works through."""

    def asks(self, width: int) -> Sequence[Q]:
        """At most `width` requests wanted now, most urgent first; empty when the work is done."""

    def wants(self, ask: Q) -> bool:
        """Whether a request in the air still serves."""

    def landed(self, ask: Q, result: R_in) -> None:
        """Take a result."""

    def sidesteps(self, ask: Q, trouble: Trouble, tried: Tried) -> bool:
        """Whether the work goes on another way instead of asking the same again."""


@dataclass
class Flight(Generic[Q, R]):
    """One request in the air."""

    ask: Q
    halt: Halt
    launched_at: float
    outcome: R | Trouble | BaseException | None = None


@dataclass
class Tally:
    """What a piece of work has cost."""

    requests: int = 0
    retries: int = 0


@dataclass(frozen=True)
class Terms:
    """What a piece of work may cost, and how its failure is told."""

    policy: Policy
    deadline_s: float
    request_limit_s: float
    explain: Callable[[Trouble], AnalyticsDashError]
    too_slow: str


@dataclass
class Dispatcher(Generic[Q, R]):
    """Works through one `Work`; raises what its terms explain, Cancelled, or TooSlow."""

    fetch: Callable[[Q, Halt], R | Trouble]
    terms: Terms
    tempo: Tempo
    pace: Pace
    cancel: threading.Event | None = None
    tell: Callable[[int, str | None], None] | None = None
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._air: dict[Q, Flight[Q, R]] = {}
        self._landings: queue.SimpleQueue[Flight[Q, R]] = queue.SimpleQueue()
        self._tried: dict[Q, Tried] = {}
        self._due: dict[Q, float] = {}
        self._hold_until = float("-inf")
        self._deadline = self.tempo.clock() + self.terms.deadline_s
        self._note: str | None = None

    def run(self, work: Work[Q, R]) -> None:
        """Until nothing more is wanted; results that have landed are taken even when something else fails."""
        try:
            while wanted := work.asks(self.pace.width):
                self._check()
                self._forget(work)
                self._launch(wanted)
                self._await(work)
                self._report()
        except AnalyticsDashError:
            self._keep_landed(work)
            raise
        finally:
            for flight in self._air.values():
                flight.halt.unwanted.set()

    def _check(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("Reading was stopped.")
        if self.tempo.clock() >= self._deadline:
            raise TooSlow(self.terms.too_slow)

    def _report(self) -> None:
        if self.tell is not None:
            held = self._hold_until - self.tempo.clock()
            self.tell(len(self._air), f"The server asks to wait {held:.0f} s" if held >= 1 else self._note)

    def _forget(self, work: Work[Q, R]) -> None:
        for ask in [ask for ask in self._air if not work.wants(ask)]:
            self._air.pop(ask).halt.unwanted.set()

    def _launch(self, wanted: Sequence[Q]) -> None:
        now = self.tempo.clock()
        if now < self._hold_until:
            return
        for ask in wanted:
            if len(self._air) >= self.pace.width:
                return
            if ask not in self._air and self._due.get(ask, now) <= now:
                self._take_off(ask, now)

    def _take_off(self, ask: Q, now: float) -> None:
        until = min(now + self.terms.request_limit_s, self._deadline)
        flight: Flight[Q, R] = Flight(ask, Halt(until, self.tempo.clock), now)
        self._air[ask] = flight
        self.tally.requests += 1
        threading.Thread(target=self._fly, args=(flight,), name="analytics-dash-request", daemon=True).start()

    def _fly(self, flight: Flight[Q, R]) -> None:
        try:
            flight.outcome = self.fetch(flight.ask, flight.halt)
        except BaseException as error:  # noqa: BLE001  handed to the thread that decides
            flight.outcome = error
        self._landings.put(flight)

    def _await(self, work: Work[Q, R]) -> None:
        """Wait for one landing, a due retry or a tick, and take all that has landed."""
        if not self._air:
            self.tempo.sleep(min(TICK_S, max(self._next_due() - self.tempo.clock(), 0.001)))
            return
        try:
            self._land(work, self._landings.get(timeout=TICK_S))
            while True:
                self._land(work, self._landings.get_nowait())
        except queue.Empty:
            self._land_overdue(work)

    def _next_due(self) -> float:
        return max(self._hold_until, min(self._due.values(), default=self._hold_until))

    def _land_overdue(self, work: Work[Q, R]) -> None:
        """Give up requests whose total time is over, whatever their threads still do."""
        now = self.tempo.clock()
        for flight in [flight for flight in self._air.values() if flight.halt.until <= now < self._deadline]:
            flight.halt.unwanted.set()
            flight.outcome = Trouble(Kind.TIMED_OUT)
            self._land(work, flight)

    def _land(self, work: Work[Q, R], flight: Flight[Q, R]) -> None:
        if self._air.get(flight.ask) is not flight:
            return
        del self._air[flight.ask]
        outcome = flight.outcome
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, Trouble):
            self._face(work, flight, outcome)
        elif outcome is not None:
            self._settle(flight.ask)
            self.pace.landed(self.tempo.clock())
            work.landed(flight.ask, outcome)

    def _settle(self, ask: Q) -> None:
        self._tried.pop(ask, None)
        self._due.pop(ask, None)
        self._note = None

    def _face(self, work: Work[Q, R], flight: Flight[Q, R], trouble: Trouble) -> None:
        """Ask again later, go another way, or give up."""
        now, ask = self.tempo.clock(), flight.ask
        tried = self._tried[ask] = self._tried.get(ask, Tried()).after(trouble)
        delay = retry.decide(
            trouble, tried, policy=self.terms.policy, remaining_s=self._deadline - now, jitter=self.tempo.jitter()
        )
        if work.sidesteps(ask, trouble, tried):
            self._settle(ask)
            return
        if delay is None:
            self._check()
            raise self.terms.explain(trouble)
        self.tally.retries += 1
        self._due[ask] = now + delay
        self._slow_down(flight, trouble, now)

    def _slow_down(self, flight: Flight[Q, R], trouble: Trouble, now: float) -> None:
        self._note = f"The server has trouble ({trouble.status or trouble.kind.value}); trying again"
        if trouble.is_throttle:
            self.pace.throttled(launched_at=flight.launched_at, at=now)
        if trouble.retry_after_s and trouble.status in {429, 503}:
            self._hold_until = max(self._hold_until, now + trouble.retry_after_s)

    def _keep_landed(self, work: Work[Q, R]) -> None:
        while True:
            try:
                flight = self._landings.get_nowait()
            except queue.Empty:
                return
            if self._air.get(flight.ask) is flight and not isinstance(flight.outcome, (Trouble, BaseException)):
                del self._air[flight.ask]
                if flight.outcome is not None:
                    work.landed(flight.ask, flight.outcome)


class _Single(Generic[R]):
    """Work that is one request."""

    def __init__(self) -> None:
        self.result: R | None = None

    def asks(self, width: int) -> Sequence[str]:  # noqa: ARG002  there is only one to ask
        return [] if self.result is not None else ["it"]

    def wants(self, ask: str) -> bool:  # noqa: ARG002
        return self.result is None

    def landed(self, ask: str, result: R) -> None:  # noqa: ARG002
        self.result = result

    def sidesteps(self, ask: str, trouble: Trouble, tried: Tried) -> bool:  # noqa: ARG002
        return False


def once(
    fetch: Callable[[Halt], R | Trouble], *, terms: Terms, tempo: Tempo, cancel: threading.Event | None = None
) -> R:
    """The result of one request, with the same patience and the same way out as a whole listing."""
    work: _Single[R] = _Single()
    dispatcher: Dispatcher[str, R] = Dispatcher(lambda _, halt: fetch(halt), terms, tempo, Pace(1), cancel)
    dispatcher.run(work)
    if work.result is None:
        raise TooSlow(terms.too_slow)
    return work.result
