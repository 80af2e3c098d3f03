"""Owns how a listing is divided in time, and what the server's first answers change about that.

A listing whose end is open, or not yet past, is pinned: its main part ends now, so that runs which begin meanwhile do
not shift it, and a late part reads what is newer. A long range is cut into slices, because deep offsets cost a server
more and more. Where a server leaves bounds out, parts that would bring the same rows again are dropped.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from analytics_dash.api.body import Page
from analytics_dash.api.paging import Ask
from analytics_dash.api.part import Kind, Memory, Part, Span
from analytics_dash.runs.filter import RunFilter

WIDER: Final = timedelta(seconds=1)  # whether the bounds include their instant is not documented
LATE_OVERLAP: Final = timedelta(seconds=5)  # runs that were being written down at the pin
CLOCK_TOLERANCE: Final = timedelta(seconds=2)  # between this machine's clock and the server's
LONG_AGO: Final = datetime(1970, 1, 2, tzinfo=UTC)
"""No flow ran before: a server that sends runs for it leaves the end out."""


class Layout:
    """The parts of one listing in reading order; `strays` are rows of parts that were given up for others.

    `as_of` is the instant whose state is read: the pin, by the server's clock where this machine's is ahead of it.
    """

    def __init__(self, run_filter: RunFilter) -> None:
        self.parts: list[Part] = []
        self.strays: set[str] = set()
        self.as_of = datetime.now(UTC)
        self._start = _shifted(run_filter.start, -WIDER)
        self._end = _shifted(run_filter.end, WIDER)
        self._latest_pin = run_filter.end
        self._needs_two = bool(run_filter.states)  # runs enter and leave a state all the time, and cancel out
        self._numbers = count()
        self._memory = Memory(size=1)
        self._may_divide = self._may_check = True

    def begin(self, now: datetime, memory: Memory) -> None:
        """The parts at first."""
        self._memory = memory
        self.parts = self._pinned(now)

    def adopt(self, memory: Memory) -> None:
        """Learn for another client from now on."""
        self._memory = memory
        for part in self.parts:
            part.adopt(memory)

    def _pinned(self, now: datetime) -> list[Part]:
        self.as_of = now
        start, end = self._start, self._end
        if (end is not None and end <= now) or (start is not None and start >= now):
            return [self._part(Kind.MAIN, Span(start, end))]
        pin = min(now, self._latest_pin) if self._latest_pin is not None else now
        late = max(pin - LATE_OVERLAP, start) if start is not None else pin - LATE_OVERLAP
        return [self._part(Kind.MAIN, Span(start, pin)), self._part(Kind.LATE, Span(late, end))]

    def _part(self, kind: Kind, span: Span) -> Part:
        return Part(next(self._numbers), span, kind=kind, memory=self._memory, needs_two=self._needs_two)

    def revise(self, part: Part, ask: Ask, page: Page, *, is_first: bool) -> None:
        """Divide anew where a page shows the server's clock, how dense the runs are, or that bounds are left out."""
        if part.kind is Kind.SLICE:
            self._revise_slices(part, page)
        elif part.kind is Kind.CHECK:
            is_idle = part.span.is_end_ignored(page.runs)
            self._replace([p for p in self.parts if p is part or (is_idle and p.kind is Kind.LATE)], [])
        elif is_first and not part.is_done and part.kind is Kind.LATE:
            if self._may_check and part.span.is_start_ignored(page.runs):
                self._may_check = False
                self._replace([part], [self._part(Kind.CHECK, Span(None, LONG_AGO)), self._part(part.kind, part.span)])
        elif is_first and not part.is_done:
            self._revise_main(part, ask, page)

    def _revise_main(self, part: Part, ask: Ask, page: Page) -> None:
        is_pinned = len(self.parts) > 1
        if is_pinned and page.served_at is not None and part.span.is_after(page.served_at + CLOCK_TOLERANCE):
            self._replace(self.parts, self._pinned(page.served_at))
        elif self._may_divide and len(page.keys) == ask.size:
            spans = part.span.slices(page.runs)
            if len(spans) > 1:
                self._replace([part], [self._part(Kind.SLICE, span) for span in spans])

    def _revise_slices(self, part: Part, page: Page) -> None:
        """Slices run from new to old: one that holds all that is older makes the others idle."""
        others = [p for p in self.parts if p.kind is Kind.SLICE and p is not part and not p.is_done]
        if part.span.is_start_ignored(page.runs):
            self._replace(others, [])
        elif part.span.is_end_ignored(page.runs) and others:
            self._may_divide, rest = False, [part, *others]
            self._replace(rest, [self._part(Kind.MAIN, Span(self._start, part.span.end))])

    def _replace(self, old: list[Part], new: list[Part]) -> None:
        gone = {part.number for part in old}
        place = next((index for index, part in enumerate(self.parts) if part.number in gone), len(self.parts))
        kept = [part for part in self.parts if part.number not in gone]
        for part in old:
            self.strays |= part.seen
        self.parts = kept[:place] + new + kept[place:]


def _shifted(value: datetime | None, by: timedelta) -> datetime | None:
    """The instant moved, or open where the calendar ends."""
    try:
        return value + by if value is not None else None
    except OverflowError:
        return None
