"""Owns one pass over a listing that has no total and no cursor: what to ask for, where it ends, whether it holds.

Only an empty page ends a listing: a short one may be a server that quietly serves fewer rows than asked, so reading
goes on from page 1 in the size of page 0, whose offset is right whichever size the server multiplies by. While pages
are read, runs may come and go, and shift the rest across page borders: one is then missed or comes twice. So, once the
end is reached, a fence re-reads the last row of every page (in pages of one row) and what lies beyond the end. A
border that has not moved since its page was read has seen nothing added or removed before it, whatever the order of
reading was; what escapes is only an addition and a removal that cancel out within one page. No I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import count, islice
from typing import Final

LADDER: Final = (500, 250, 100, 50, 25)
"""Page sizes tried where one is refused without a hint; 25 is the documented default."""
STRAIN_SIZE: Final = 100  # rows that a server short of breath should still manage
REPEATS: Final = 3  # known pages in a row that mean the server has nothing new; one may be drift or doubled rows


class Role(StrEnum):
    """What a request is for."""

    ROWS = "rows"
    FENCE = "fence"


@dataclass(frozen=True)
class Ask:
    """One page to ask for; `part` and `attempt` tell which pass wants it."""

    page: int
    size: int
    role: Role = Role.ROWS
    part: int = 0
    attempt: int = 0


class Stage(StrEnum):
    """Where a pass stands."""

    OPENING = "opening"
    READING = "reading"
    FENCING = "fencing"
    DONE = "done"


def smaller_size(size: int, bound: int | None) -> int | None:
    """The page size to try after `size` was refused, or None at the foot of the ladder."""
    if bound is not None and 0 < bound < size:
        return bound
    return next((step for step in LADDER if step < size), None)


class Pass:
    """One pass; `order` holds the identities of the rows, `is_firm` says that the fence stood.

    `before` is the order of a pass that it may agree with; `has_missed` says that the fence found a row not in it.

    A `patient` pass reads on past short pages, where smaller pages have not helped, and is never firm.
    """

    def __init__(
        self,
        size: int,
        *,
        part: int = 0,
        attempt: int = 0,
        fence: bool = True,
        patient: bool = False,
        before: tuple[str, ...] | None = None,
    ) -> None:
        self.size = size
        self.stage = Stage.OPENING
        self.end: int | None = None
        self.is_capped = self.is_short = self.is_uneven = self.has_hole = False
        self.repeats = self.moved = self.is_deaf = self.has_missed = False
        self.is_patient = patient
        self._name = (part, attempt)
        self._wants_fence = fence
        self._before = before
        self._pages: dict[int, tuple[str, ...]] = {}
        self._short: dict[int, tuple[str, ...]] = {}
        self._known: set[tuple[str, ...]] = set()
        self._last = 0
        self._next = 0
        self._run_of_known = 0
        self._probing = False
        self._fence: dict[int, str | None] = {}

    @property
    def order(self) -> tuple[str, ...]:
        """The identities of all rows up to the end, in the server's order."""
        end = self._next if self.end is None else min(self.end, self._next)
        return tuple(key for page in range(end) for key in self._pages[page])

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to be asked."""
        return self.stage is Stage.DONE

    @property
    def reached_end(self) -> bool:
        """Whether it came to an end that the server showed, without a sign that rows lie elsewhere."""
        return self.is_done and not (self.is_short or self.repeats or self.has_hole)

    @property
    def agrees(self) -> bool:
        """Whether it read the same rows in the same order as the pass before."""
        return self.reached_end and self._before is not None and self._before == self.order

    @property
    def is_firm(self) -> bool:
        """Whether every border stood and no row came twice."""
        return self.reached_end and not (self.is_uneven or self.moved or self.is_deaf or self.duplicates)

    @property
    def duplicates(self) -> int:
        """Rows that came more than once."""
        order = self.order
        return len(order) - len(set(order))

    @property
    def next_size(self) -> int:
        """The size for another pass: much smaller where pages came back short before the end."""
        if not self.is_short:
            return self.size
        shortest = min(len(keys) for keys in self._short.values())
        return max(1, min(shortest, self.size // 2), min(LADDER[-1], self.size - 1))

    def asks(self, width: int) -> list[Ask]:
        """At most `width` pages wanted now, most urgent first."""
        if self.stage is Stage.OPENING:
            return [self._ask(0, self.size)]
        if self.stage is Stage.FENCING:
            return [self._ask(index, 1, Role.FENCE) for index in islice(self._fence, width)]
        if self.stage is Stage.DONE:
            return []
        limit = self._limit()
        pages = count(self._next) if limit is None else range(self._next, limit)
        return [self._ask(page, self.size) for page in islice((p for p in pages if p not in self._pages), width)]

    def _ask(self, page: int, size: int, role: Role = Role.ROWS) -> Ask:
        return Ask(page, size, role, *self._name)

    def _limit(self) -> int | None:
        """The first page that need not be asked for now; one page beyond a short one, since that is likely the end."""
        if self.end is not None:
            return self.end
        if self._probing:
            return 2
        return min(self._short) + 2 if not self.is_patient and self._short else None

    def wants(self, ask: Ask) -> bool:
        """Whether the answer to `ask` still serves."""
        if (ask.part, ask.attempt) != self._name:
            return False
        if ask.role is Role.FENCE:
            return self.stage is Stage.FENCING and ask.page in self._fence
        if self.stage not in {Stage.OPENING, Stage.READING} or ask.size != self.size or ask.page in self._pages:
            return False
        return self.end is None or ask.page < self.end

    def landed(self, ask: Ask, keys: tuple[str, ...]) -> None:
        """Take the identities of a page's rows."""
        if not self.wants(ask):
            return
        if ask.role is Role.FENCE:
            self._check(ask.page, keys)
        elif self.stage is Stage.OPENING:
            self._opened(keys)
        else:
            self._noted(ask.page, keys)
            self._advance()

    def deafen(self) -> None:
        """Do without the fence: the server refuses pages of one row."""
        self.is_deaf, self.stage = True, Stage.DONE

    def _opened(self, keys: tuple[str, ...]) -> None:
        asked, self.size = self.size, len(keys) or self.size
        self._probing = 0 < len(keys) < asked
        self.stage = Stage.READING
        self._noted(0, keys)
        self._advance()

    def _noted(self, page: int, keys: tuple[str, ...]) -> None:
        """Keep a page, and what it says about the others."""
        self._pages[page] = keys
        if not keys:
            self.end = page if self.end is None else min(self.end, page)
            return
        self.is_uneven = self.is_uneven or (len(keys) != self.size and (self.is_patient or len(keys) > self.size))
        clamped_to = None if self.is_patient else self._twin(keys)
        if clamped_to is not None:
            self.repeats, self.end = True, min(clamped_to, page) + 1
            return
        self._last = max(self._last, page)
        if len(keys) < self.size:
            self._short[page] = keys

    def _twin(self, keys: tuple[str, ...]) -> int | None:
        """The short page that held exactly these rows: where a server stays on its last page."""
        return next((page for page, known in self._short.items() if known == keys), None)

    def _advance(self) -> None:
        """Go on over the pages that have come, up to the end where it shows."""
        while self._next in self._pages and (self.end is None or self._next < self.end):
            keys = self._pages[self._next]
            self._run_of_known = self._run_of_known + 1 if keys in self._known else 0
            self._known.add(keys)
            self._next += 1
            if self._run_of_known == REPEATS:
                self.repeats, self.end = True, self._next - REPEATS
        if self._probing and self._next > 1:
            self._probing, self.is_capped = False, not self.repeats
        self._look_for_gaps()
        if self.stage is Stage.READING and self.end is not None and self._next >= self.end:
            self._finish()

    def _look_for_gaps(self) -> None:
        """Stop at once where a page is short before one that is not empty: rows may lie between."""
        if self.repeats:
            return
        if not self.is_patient and self._short and min(self._short) < self._last:
            self.is_short, self.stage = True, Stage.DONE
        self.has_hole = self.end is not None and self.end < self._last

    def _finish(self) -> None:
        self.stage = Stage.DONE
        if not self.end or not self.reached_end or self.is_uneven or self.duplicates or self.agrees:
            return
        if not self._wants_fence:
            self.is_deaf = True
            return
        self._fence = {(page + 1) * self.size - 1: self._pages[page][-1] for page in range(self.end - 1)}
        reached = (self.end - 1) * self.size + len(self._pages[self.end - 1])
        self._fence[reached - 1] = self._pages[self.end - 1][-1]
        if self.end > 1:
            self._fence[reached] = None
        self.stage = Stage.FENCING

    def _check(self, index: int, keys: tuple[str, ...]) -> None:
        """Compare the row at `index` with what the pass found there; None is nothing."""
        expected = self._fence.pop(index)
        self.is_deaf = len(keys) > 1
        self.moved = not self.is_deaf and keys != (() if expected is None else (expected,))
        self.has_missed = (self.is_deaf or self.moved) and not set(keys) <= set(self.order)
        if self.is_deaf or self.moved or not self._fence:
            self.stage = Stage.DONE
