"""Owns one interval of a listing: its passes, until one is verified, or until reading again no longer helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import Final

from analytics_dash.api.paging import STRAIN_SIZE, Ask, Pass, Role, smaller_size
from analytics_dash.api.retry import Kind as TroubleKind
from analytics_dash.api.retry import Tried, Trouble
from analytics_dash.runs.record import Run

MAX_PASSES: Final = 4  # readings of a listing that keeps changing; each costs as much as the first
MAX_SHRINKS: Final = 8  # halvings that bring a thousand rows a page down to a few
STRAIN_ERRORS: Final = 3  # failures of a large first page after which a smaller one is tried
DEEP_ROWS: Final = 50_000  # rows of one slice: deep offsets cost a server more and more
MAX_SLICES: Final = 100  # a wrong guess of the density costs two requests a slice
IGNORED_BY: Final = timedelta(minutes=1)  # a date so far outside the bounds was not filtered
NEVER_STABLE: Final = (
    f"The runs changed while they were read, {MAX_PASSES} times over: some may be missing or out of date. Read again."
)
UNEVEN: Final = "The server sends fewer rows than asked for in the midst of a listing: some runs may be missing."
REPEATS: Final = "The server repeats rows where a listing should end: whether more runs follow could not be verified."
HOLE: Final = "The server sent an empty page in the midst of a listing: some runs may be missing."


class Kind(StrEnum):
    """What a part of a listing is: all of it, a slice, what is newer than the pin, or a test of the server."""

    MAIN = "main"
    SLICE = "slice"
    LATE = "late"
    CHECK = "check"


@dataclass(frozen=True)
class Span:
    """The bounds sent to the server; None is open."""

    start: datetime | None
    end: datetime | None

    def query(self) -> dict[str, str]:
        """The bounds as the API's parameters."""
        bounds = {"start_date": self.start, "end_date": self.end}
        return {name: iso_z(value) for name, value in bounds.items() if value is not None}

    def is_start_ignored(self, runs: Iterable[Run]) -> bool:
        """Whether runs came that are too old for a server that honours the start."""
        return self.start is not None and any(self.start - run.date > IGNORED_BY for run in runs)

    def is_end_ignored(self, runs: Iterable[Run]) -> bool:
        """Whether runs came that are too new for a server that honours the end."""
        return self.end is not None and any(run.date - self.end > IGNORED_BY for run in runs)

    def is_after(self, instant: datetime) -> bool:
        """Whether it ends later."""
        return self.end is not None and self.end > instant

    def slices(self, runs: Sequence[Run]) -> list[Span]:
        """Equal intervals, newest first, of about `DEEP_ROWS` rows if all of it is as dense as its first page."""
        if self.start is None or self.end is None or len(runs) < 2:
            return [self]
        first, last = runs[0].date, runs[-1].date
        if first <= last or any(a.date < b.date for a, b in pairwise(runs)):
            return [self]
        pieces = min(MAX_SLICES, ceil((self.end - self.start) / (first - last) * len(runs) / DEEP_ROWS))
        step = (self.end - self.start) / max(pieces, 1)
        edges = [self.end - step * k for k in range(pieces)] + [self.start]
        seam = timedelta(seconds=1)  # whether bounds include their instant is not documented
        return [Span(low - seam, high) for high, low in pairwise(edges)] if pieces > 1 else [self]


def iso_z(value: datetime) -> str:
    """ISO 8601 in UTC with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Memory:
    """What one client has learned about its API."""

    size: int
    fence: bool = True
    skew: timedelta = timedelta()  # how far the server's clock is ahead of this machine's
    honoured: set[int] = field(default_factory=set)  # small page sizes that brought as many rows where there were more
    counts_as_page: bool = True  # whether the page after all rows, in pages of their number, has been empty so far
    turns: bool = False  # whether different pages brought different rows


class Part:
    """The passes over one span; `truth` holds the identities of a verified pass, `seen` those of every answer."""

    def __init__(self, number: int, span: Span, *, kind: Kind, memory: Memory, needs_two: bool = False) -> None:
        self.number = number
        self.span = span
        self.kind = kind
        self.seen: set[str] = set()
        self.truth: frozenset[str] | None = None
        self.is_done = False
        self.passes = 0
        self.note: str | None = None
        self._needs_two = needs_two
        self._shrinks = 0
        self._duplicates = 0
        self._attempt = 0
        self._memory = memory
        self._current: Pass | None = None
        self._before: Pass | None = None

    @property
    def current(self) -> Pass:
        """The pass under way, begun with what is known of the server by then."""
        if self._current is None:
            self._current = Pass(self._memory.size, part=self.number, fence=self._memory.fence)
        return self._current

    @property
    def duplicates(self) -> int:
        """Rows that came again within a pass, over all passes."""
        return self._duplicates + (0 if self.is_done or self._current is None else self._current.duplicates)

    @property
    def page_size(self) -> int:
        """The rows a page brings, or 0 before the first."""
        return self._current.size if self._current is not None else 0

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was kept of it yet."""
        return not self.seen and not self.is_done

    def adopt(self, memory: Memory) -> None:
        """Learn for another client from now on."""
        self._memory = memory

    def landed(self, ask: Ask, keys: tuple[str, ...]) -> None:
        """Take a page, and begin another pass or end where this one is over."""
        if not self.current.wants(ask):
            return
        self.seen.update(keys)
        self.current.landed(ask, keys)
        if self.current.is_capped or (ask.page == 0 and ask.role is Role.ROWS and len(keys) == ask.size):
            self._memory.size = self.current.size
        self._judge()

    def _judge(self) -> None:
        if self.current.is_done:
            self._duplicates += self.current.duplicates
            self.passes += 1
            self._conclude(self.current)

    def _conclude(self, done: Pass) -> None:
        if done.is_short and self._shrinks < MAX_SHRINKS:
            self._shrinks += 1
            self._again(done.next_size, patient=self._shrinks == MAX_SHRINKS)
        elif (done.is_firm and not self._needs_two) or (done.agrees and not done.is_patient):
            self.truth, self.is_done = frozenset(done.order), True
            if self._before is not None and (self._before.moved or self._before.is_deaf) and done.agrees:
                self._memory.fence = False
        elif self._is_hopeless(done):
            self.note, self.is_done = _note(done), True
        else:
            self._again(done.size)

    def _is_hopeless(self, done: Pass) -> bool:
        before = self._before
        stuck = before is not None and done.repeats and before.repeats and done.order == before.order
        return done.is_patient or stuck or self.passes - self._shrinks >= MAX_PASSES

    def _again(self, size: int, *, patient: bool = False) -> None:
        self._before = self.current
        is_comparable = self.current.reached_end and not self.current.has_missed
        self._begin(size, patient=patient, before=self.current.order if is_comparable else None)

    def _begin(self, size: int, *, patient: bool = False, before: tuple[str, ...] | None = None) -> None:
        self._attempt += 1
        self._current = Pass(
            size,
            part=self.number,
            attempt=self._attempt,
            fence=self._memory.fence and not (self._before is not None and self._before.is_deaf),
            patient=patient,
            before=before,
        )

    def sidesteps(self, ask: Ask, trouble: Trouble, tried: Tried) -> bool:
        """Whether it goes on another way: in smaller pages, or without those of one row."""
        if not self.current.wants(ask):
            return True
        if ask.role is not Role.ROWS:
            return self._goes_without(trouble)
        size = None
        if trouble.about_size:
            size = smaller_size(ask.size, trouble.bound)
        elif ask.page == 0 and ask.size > STRAIN_SIZE and trouble.is_strain and tried.errors >= STRAIN_ERRORS:
            size = STRAIN_SIZE
        if size is not None:
            self._begin(size)
            return True
        if self.kind is Kind.CHECK and _is_refusal(trouble):
            self.truth, self.is_done = frozenset(), True
            return True
        return False

    def _goes_without(self, trouble: Trouble) -> bool:
        """A refusal of a page of one row is no refusal of the listing."""
        if not _is_refusal(trouble):
            return False
        self.current.deafen()
        self._judge()
        return True


def _is_refusal(trouble: Trouble) -> bool:
    return trouble.kind is TroubleKind.STATUS and not trouble.may_pass and 400 <= trouble.status < 500


def _note(done: Pass) -> str:
    if done.is_patient or done.is_short:
        return UNEVEN
    if done.has_hole:
        return HOLE
    return REPEATS if done.repeats else NEVER_STABLE
