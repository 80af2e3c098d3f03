"""Owns the reading of an interval as time slices, newest first, each verified before anybody counts on it.

The interval is cut into slices that fit one page, by the density found so far (`api.density`), and several are in the
air at a time. One answer is one moment of the server's, so within a slice nothing can shift; neighbours overlap, since
whether bounds include their instant is not documented, and runs that come twice are taken once. A full page in falling
order of dates has brought the newest of its slice, and what it left is asked for as a slice of its own; one in no
order is halved; one that no cut in time can divide is read page by page.

Several slices make a stretch, and a stretch is verified by its count: the server has no row at the index that is the
number of rows read, each once, unless one answer holds it twice. So a page quietly cut short, an order taken for what
it is not, and a run that came in meanwhile all show, and the stretch is read again, a few times; what never holds still
is handed on as unverified, with a note. A stretch is handed on whole, once, with the interval that it accounts for. No
I/O, no clock.

A count rests on what a server multiplies the page by. Rows that fit one page are counted by the second page of just
their number: a server that serves fewer than asked shows some of the rows, and one that serves more had room for them
all. More rows are counted in the smallest pages there are, once a first page of that size has shown that the server
honours it; one that serves more is asked for what it serves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import pyarrow as pa

from analytics_dash.api.batch import Batch
from analytics_dash.api.density import Density
from analytics_dash.api.paging import STRAIN_SIZE, smaller_size
from analytics_dash.api.part import IGNORED_BY, MAX_SHRINKS, NEVER_STABLE, STRAIN_ERRORS, Memory, iso_z
from analytics_dash.api.retry import Kind, Tried, Trouble

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SEAM: Final = timedelta(seconds=1)  # servers may cut bounds to whole seconds, and leave their instant out
FILL: Final = 0.88  # of a page that a slice should fill: fuller ones overflow where runs bunch up
STRETCH_ROWS: Final = 5000  # verified by one count: some twenty megabytes
STRETCH_SLICES: Final = 5  # at least: one more request in six where pages are large
OPEN_STRETCHES: Final = 3  # being read at a time: keeps eight requests in the air, and memory flat
LEAST_SIZE: Final = 2  # of a page of rows: some servers refuse single ones
MAX_PASSES: Final = 6  # readings of a stretch that keeps changing, in pages of one size
COUNT_SIZES: Final = (1, 2, 25)  # of pages that tell the count; larger ones only where smaller are refused or ignored
REFUSALS: Final = frozenset({400, 404, 405, 413, 414, 416, 422})  # of a page that is too small or lies too deep
NEWEST: Final = timedelta(days=1)  # so much is read again at every sync where runs are few
DIVISIBLE: Final = 4 * SEAM  # shorter slices consist of their seams
NOT_VERIFIED: Final = "The server does not tell whether a part is complete: some runs may be missing."


class BoundsIgnoredError(Exception):
    """The server sends runs from outside the bounds: it must be read as one listing."""


@dataclass(frozen=True)
class _Dates:
    """What the dates of a page say."""

    oldest: datetime
    newest: datetime
    is_falling: bool


def _dates(batch: Batch) -> _Dates | None:
    """Oldest and newest, and whether they fall; None for a page without a readable run."""
    micros = batch.table["date"].cast(pa.int64()).to_numpy()
    if not len(micros):
        return None
    low, high = (EPOCH + timedelta(microseconds=int(edge)) for edge in (micros.min(), micros.max()))
    return _Dates(low, high, bool((micros[:-1] >= micros[1:]).all()))


def _without(batch: Batch, keys: set[str]) -> Batch:
    """What a page holds besides these."""
    wanted = [run_id not in keys for run_id in batch.table["run_id"].to_pylist()]
    return replace(
        batch,
        keys=tuple(key for key in batch.keys if key not in keys),
        table=batch.table.filter(pa.array(wanted, type=pa.bool_())),
        aside=tuple(row for row in batch.aside if row[0] not in keys),
    )


class Role(StrEnum):
    """What a request is for: rows, or the row that should not be there, or the one before it, or the last, or first."""

    ROWS = "rows"
    CHECK = "check"
    TWIN = "twin"
    LAST = "last"
    FIRST = "first"


@dataclass(frozen=True)
class Order:
    """What to read: runs with low <= date < high, of one user or in some states where named.

    `rate` is a guess at runs a second; without `verify` the answers are taken as they are, and account for nothing.
    """

    low: datetime
    high: datetime
    user_id: str | None = None
    states: tuple[str, ...] = ()
    rate: float | None = None
    verify: bool = True

    def query(self, ask: Ask) -> dict[str, str]:
        """The parameters of a page."""
        own = {"user_id": self.user_id, "state": ",".join(self.states)}
        bounds = {"start_date": iso_z(ask.low), "end_date": iso_z(ask.high)}
        query = {"page": str(ask.page), "page_size": str(ask.size), **bounds}
        return query | {name: value for name, value in own.items() if value}


@dataclass(frozen=True)
class Ask:
    """One page of one slice, or of a whole stretch where it checks the count."""

    stretch: int
    low: datetime
    high: datetime
    page: int
    size: int
    role: Role = Role.ROWS
    attempt: int = 0


@dataclass(frozen=True)
class Stretch:
    """All runs with low <= date < high as of `began`, in the order of the answers: the last version of a run counts."""

    low: datetime
    high: datetime
    batches: tuple[Batch, ...]
    began: datetime
    verified: bool
    note: str | None
    pages: int
    duplicates: int

    @property
    def rows(self) -> int:
        """Runs that came, some of them twice."""
        return sum(len(batch.table) for batch in self.batches)


@dataclass(eq=False)
class _Slice:
    """One interval to ask for; `high` is exclusive in what it accounts for, and asked with a seam."""

    low: datetime
    high: datetime
    page: int = 0
    is_done: bool = False
    landed: int = -1  # rows of its last page
    keys: tuple[str, ...] = ()

    def asked(self, pin: datetime) -> tuple[datetime, datetime]:
        return self.low - SEAM, min(self.high + SEAM, pin)


@dataclass(eq=False)
class _Open:
    """A stretch under way."""

    number: int
    limit: int
    began: datetime
    slices: list[_Slice] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    rows: int = 0
    attempt: int = 0
    is_closed: bool = False
    role: Role = Role.ROWS
    served_at: datetime | None = None
    before: set[tuple[datetime, int]] = field(default_factory=set)  # each slice's start and rows in the pass before
    beyond: tuple[str, ...] = ()
    is_page: bool = False  # whether its rows are counted as one page
    doubled: Counter[str] = field(default_factory=Counter)  # how often more than once a row is in the server's own list
    earlier: list[Batch] = field(default_factory=list)  # what passes before brought and no later one
    largest: int = 0  # rows that came at once in this pass
    keys_before: set[str] = field(default_factory=set)
    passes: int = 0  # since pages were made smaller
    shrinks: int = 0
    size: int | None = None  # of pages before they were made smaller on a guess

    @property
    def low(self) -> datetime:
        return min(piece.low for piece in self.slices)

    @property
    def high(self) -> datetime:
        return max(piece.high for piece in self.slices)

    @property
    def count(self) -> int:
        """Rows of the server's, by what was read: an answer is one moment, so what it holds twice is there twice."""
        return len(self.keys) + self.doubled.total()

    def missed(self) -> list[Batch]:
        """What passes before brought, and this one has not."""
        lacking = (_without(batch, self.keys) for batch in self.earlier)
        return [batch for batch in lacking if batch.keys]

    def begin_again(self) -> None:
        self.before = {(s.low, s.landed) for s in self.slices}
        self.attempt += 1
        self.role = Role.ROWS
        self.earlier = [*self.missed(), *self.batches]
        self.keys_before, self.largest = self.keys, 0
        self.batches, self.keys, self.doubled, self.rows, self.served_at = [], set(), Counter(), 0, None
        for piece in self.slices:
            piece.page, piece.is_done, piece.keys = 0, False, ()


class Slices:
    """The slices of an order as work for a dispatcher; every stretch goes to `sink` as soon as it holds.

    `pin` is the instant of the server's clock that nothing is read beyond. `is_single_honoured` says that one row came
    where one row of the whole flow was asked for.
    """

    def __init__(
        self,
        order: Order,
        *,
        pin: datetime,
        memory: Memory,
        sink: Callable[[Stretch], object],
        now: Callable[[], datetime],
        is_single_honoured: bool = False,
    ) -> None:
        self._low = order.low
        self._frontier = min(order.high, pin)
        self._pin = pin
        self._memory = memory
        self._sink = sink
        self._now = now
        self._density = Density(order.rate)
        self._rate = order.rate
        self._verify = order.verify
        self._open: list[_Open] = []
        self._opened = 0
        self._counting = COUNT_SIZES[0]
        self._single = {1} if is_single_honoured else set()
        self.rows = self.pages = self.set_aside = 0

    def asks(self, width: int) -> Sequence[Ask]:
        """At most `width` pages wanted now: those that finish a stretch first, then the newest slices."""
        proving = [item for item in self._open if item.role is Role.FIRST and not item.beyond]
        counted = [item for item in self._open if item.role is not Role.ROWS and item not in proving[1:]]
        wanted = [self._check(item) for item in counted]
        wanted += [
            self._ask(item, s) for item in self._open if item.role is Role.ROWS for s in item.slices if not s.is_done
        ]
        while len(wanted) < width and (cut := self._cut()) is not None:
            wanted.append(self._ask(*cut))
        return wanted[:width]

    def wants(self, ask: Ask) -> bool:
        """Whether an answer still serves."""
        item = self._find(ask)
        if item is None or item.attempt != ask.attempt or item.role is not ask.role:
            return False
        if ask.role is not Role.ROWS:
            return ask == self._check(item)
        return any(not s.is_done and ask == self._ask(item, s) for s in item.slices)

    def _find(self, ask: Ask) -> _Open | None:
        return next((item for item in self._open if item.number == ask.stretch), None)

    def _ask(self, item: _Open, piece: _Slice) -> Ask:
        low, high = piece.asked(self._pin)
        return Ask(item.number, low, high, piece.page, self._memory.size, Role.ROWS, item.attempt)

    def _check(self, item: _Open) -> Ask:
        """What comes after all rows: the page after theirs, or the row at their number, or the small page it is on."""
        low, high = item.low - SEAM, min(item.high + SEAM, self._pin)
        count, size = item.count, item.count if item.is_page else self._counting
        index = {Role.FIRST: 0, Role.TWIN: count - 1, Role.LAST: 2 * (count + size)}.get(item.role, count)
        return Ask(item.number, low, high, index // size, size, item.role, item.attempt)

    def _cut(self) -> tuple[_Open, _Slice] | None:
        """The next slice at the frontier, in the stretch that takes it; None where there is none to begin now."""
        if self._frontier <= self._low or (not self._density.is_known and self._opened > 0):
            return None
        item = self._open[-1] if self._open and not self._open[-1].is_closed else None
        if item is None:
            if len(self._open) >= OPEN_STRETCHES:
                return None
            self._opened += 1
            item = _Open(self._opened, min(2**self._opened, self._most_slices()), self._now())
            self._open.append(item)
        low = max(self._low, self._frontier - self._wide()) if self._density.is_known else self._low
        piece = _Slice(low, self._frontier)
        item.slices.append(piece)
        self._frontier = low
        item.is_closed = len(item.slices) >= item.limit or low <= self._low
        return item, piece

    def _most_slices(self) -> int:
        """Of a stretch: small pages make it of more, so that the request that counts stays one in many."""
        return max(STRETCH_SLICES, STRETCH_ROWS // max(self._memory.size, 1))

    def _wide(self) -> timedelta:
        """How long the next slice should be."""
        return max(self._density.width(self._frontier, FILL * self._memory.size), 2 * SEAM)

    def landed(self, ask: Ask, result: Batch) -> None:
        """Take a page."""
        item = self._find(ask)
        if item is None or not self.wants(ask):
            return
        if ask.role is not Role.ROWS:
            self._checked(item, ask, result)
            return
        piece = next(s for s in item.slices if not s.is_done and ask == self._ask(item, s))
        found = _dates(result)
        if found is not None and (ask.low - found.oldest > IGNORED_BY or found.newest - ask.high > IGNORED_BY):
            raise BoundsIgnoredError
        if self._placed(item, piece, ask, result.keys, found):
            self._keep(item, result)
        self._maybe_count(item)

    def _keep(self, item: _Open, batch: Batch) -> None:
        item.batches.append(batch)
        known = len(item.keys)
        item.keys.update(batch.keys)
        if len(set(batch.keys)) < len(batch.keys):
            item.doubled |= Counter(batch.keys) - Counter(set(batch.keys))
        item.rows += len(batch.keys)
        if item.attempt == 0:
            self.rows += len(item.keys) - known
            self.set_aside += len(batch.aside)
        if batch.served_at is not None:
            item.served_at = min(item.served_at or batch.served_at, batch.served_at)

    def _placed(self, item: _Open, piece: _Slice, ask: Ask, keys: tuple[str, ...], found: _Dates | None) -> bool:
        """Judge whether the slice is complete, and divide it where it is not; False where the page is of no use."""
        rows = piece.landed = len(keys)
        item.largest = max(item.largest, rows)
        is_same = keys == piece.keys
        piece.keys = keys
        self.pages += 1
        if rows < ask.size or is_same:  # a page again, at another place: the server stays on its last
            piece.is_done = True
            if piece.page == 0:
                self._density.learn(rows, piece.low, piece.high)
        elif piece.page == 0 and found is not None and found.is_falling and self._moves(piece, found.oldest):
            self._density.learn(rows, found.oldest, piece.high)
            self._leave(item, piece, found.oldest)
        elif piece.page == 0 and not (found and found.is_falling) and piece.high - piece.low > DIVISIBLE:
            self._halve(item, piece)
            return False
        else:
            piece.page += 1
        return True

    def _moves(self, piece: _Slice, oldest: datetime) -> bool:
        """Whether asking for what is older than a page gets further; a moment with more runs than a page does not."""
        return oldest < piece.high - SEAM and oldest != piece.low

    def _leave(self, item: _Open, piece: _Slice, oldest: datetime) -> None:
        """The slice accounts for what is newer than its oldest run; the rest, where there is any, is asked for anew."""
        piece.is_done = True
        if oldest > piece.low:
            self._give_back(item, piece, oldest)

    def _halve(self, item: _Open, piece: _Slice) -> None:
        """Nothing is known of where the runs of the page lie among the others: ask for either half."""
        middle = piece.low + (piece.high - piece.low) / 2
        if not self._density.is_known:
            self._density.learn(self._memory.size, middle, piece.high)
        self._give_back(item, piece, middle)

    def _give_back(self, item: _Open, piece: _Slice, cut: datetime) -> None:
        """Let what is older than `cut` be asked for: at the frontier if nothing lies below it yet, else beside it."""
        rest_low, piece.low = piece.low, cut
        if rest_low == self._frontier and item is self._open[-1] and item.slices[-1] is piece:
            self._frontier, item.is_closed = cut, False
            item.limit = max(item.limit, len(item.slices) + 1)
        else:
            item.slices.append(_Slice(rest_low, cut))

    def _maybe_count(self, item: _Open) -> None:
        if not item.is_closed or not all(piece.is_done for piece in item.slices):
            return
        if self._verify and (item.keys or not self._mends(item)):
            item.is_page = self._memory.counts_as_page and 0 < item.count <= self._memory.size
            self._count(item)
        else:
            self._hand_on(item, verified=True)

    def _mends(self, item: _Open) -> bool:
        """Whether a stray empty answer would do no harm: no run is expected, and the next reading asks again anyway."""
        length = item.high - item.low
        is_newest = item.high >= self._pin - SEAM and length <= NEWEST
        return is_newest and length.total_seconds() * (self._rate or 0.0) < 1

    def _count(self, item: _Open) -> None:
        """Ask for what comes after all rows, once it is known that so small a page is honoured."""
        honoured = self._memory.honoured | self._single
        known = item.is_page or item.count <= self._counting or self._counting in honoured
        item.role, item.beyond = Role.CHECK if known else Role.FIRST, ()

    def _checked(self, item: _Open, ask: Ask, batch: Batch) -> None:
        """Nothing beyond the count: it holds. The last page again: the server stays there. Else rows are missing."""
        expected = 0 if item.is_page else item.count % ask.size
        is_known = item.keys.issuperset(batch.keys)
        if len(batch.keys) > ask.size:
            self._count_otherwise(item, served=len(batch.keys))
        elif ask.role is Role.FIRST:
            self._began(item, ask, batch.keys)
        elif ask.role in {Role.TWIN, Role.LAST}:
            self._stayed(item, batch.keys)
        elif is_known and len(batch.keys) == expected:
            self._hand_on(item, verified=True)
        elif is_known and item.is_page:  # pages are smaller than that, or the server stays on its last one
            self._count_otherwise(item)
        elif is_known and expected == 0:
            item.role, item.beyond = Role.TWIN, batch.keys
        else:
            self._again(item)

    def _began(self, item: _Open, ask: Ask, keys: tuple[str, ...]) -> None:
        """The first page of the size that counts: full, it tells that the size is honoured, and where pages begin."""
        if item.beyond:
            self._turned(item, keys)
        elif not keys:
            self._again(item)
        elif len(keys) < ask.size:
            self._count_otherwise(item)
        else:
            self._memory.honoured.add(ask.size)
            self._recount()

    def _stayed(self, item: _Open, keys: tuple[str, ...]) -> None:
        """The same before and far beyond: the server stays on its last page, if it turns its pages at all."""
        if keys != item.beyond:
            self._again(item)
        elif item.count <= len(keys) or (item.role is Role.LAST and self._memory.turns):
            self._hand_on(item, verified=True)
        else:
            item.role = Role.LAST if item.role is Role.TWIN else Role.FIRST

    def _turned(self, item: _Open, keys: tuple[str, ...]) -> None:
        """A first page that is also the last says that the server leaves the page out: then nothing tells the count."""
        self._memory.turns = keys != item.beyond
        self._hand_on(item, verified=self._memory.turns, note=None if self._memory.turns else NOT_VERIFIED)

    def _recount(self) -> None:
        """Let all stretches that are being counted go by what is known now."""
        for item in self._open:
            if item.role is not Role.ROWS and not item.is_page:
                self._count(item)

    def _again(self, item: _Open) -> None:
        size = self._smaller(item)
        if size is not None:
            self._memory.size = size
            item.shrinks, item.passes = item.shrinks + 1, 0
        elif item.passes + 1 >= MAX_PASSES:
            self._memory.size = item.size or self._memory.size
            self._hand_on(item, verified=False, note=NEVER_STABLE)
            return
        item.passes += 1
        item.begin_again()

    def _smaller(self, item: _Open) -> int | None:
        """The page size to go on with where two readings agree and more is there: not all of a page is served."""
        size, is_capped = self._memory.size, 0 < item.largest < self._memory.size
        is_same = bool(item.keys) and item.keys == item.keys_before
        agree = is_same or {(s.low, s.landed) for s in item.slices} == item.before
        if item.shrinks >= MAX_SHRINKS or size <= LEAST_SIZE or not agree:
            return None
        if is_capped and item.largest >= LEAST_SIZE:
            return item.largest
        if is_capped or is_same:
            item.size = item.size or size  # a guess: taken back where it does not help
            return max(size // 2, LEAST_SIZE)
        return None

    def _hand_on(self, item: _Open, *, verified: bool, note: str | None = None) -> None:
        self._open.remove(item)
        high = min(item.high, self._pin - SEAM)
        if item.served_at is not None and item.high >= self._pin - SEAM:
            high = min(high, item.served_at)
        high = max(high, item.low)
        duplicates = item.rows - len(item.keys)
        batches = tuple(item.batches) if verified else (*item.missed(), *item.batches)
        self._sink(Stretch(item.low, high, batches, item.began, verified, note, len(item.batches), duplicates))

    def rest(self) -> list[Stretch]:
        """The rows of what is under way, for where the reading stops: of no time they are known to be all."""
        return [
            Stretch(item.low, item.low, tuple(item.batches), item.began, False, None, 0, 0)  # noqa: FBT003
            for item in self._open
            if item.batches
        ]

    def sidesteps(self, ask: Ask, trouble: Trouble, tried: Tried) -> bool:
        """Whether smaller pages, or another way to count, are the way on."""
        item = self._find(ask)
        if item is None or not self.wants(ask):
            return True
        if ask.role is not Role.ROWS:
            return self._counts_otherwise(item, trouble)
        size = None
        if trouble.about_size:
            size = smaller_size(ask.size, trouble.bound)
        elif ask.size > STRAIN_SIZE and trouble.is_strain and tried.errors >= STRAIN_ERRORS:
            size = STRAIN_SIZE
        if size is not None:
            self._memory.size = size
        return size is not None

    def _counts_otherwise(self, item: _Open, trouble: Trouble) -> bool:
        """A refusal of the count is no refusal of the rows."""
        if trouble.kind is not Kind.STATUS or trouble.may_pass or trouble.status not in REFUSALS:
            return False
        self._count_otherwise(item)
        return True

    def _count_otherwise(self, item: _Open, served: int = 0) -> None:
        """In single rows, then in larger pages, of as many as are served where that is known; else nothing tells."""
        if item.is_page:
            item.is_page = self._memory.counts_as_page = False
            self._count(item)
            return
        sizes = [served, *(size for size in COUNT_SIZES if size <= self._memory.size), self._memory.size]
        self._counting, before = next((size for size in sizes if size > self._counting), self._counting), self._counting
        if self._counting == before:
            self._hand_on(item, verified=False, note=NOT_VERIFIED)
        else:
            self._recount()
