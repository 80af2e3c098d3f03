"""Owns what is known to be read: which intervals, as of when, how well; and from that, what has to be read next.

Whatever is inside a covered interval was the server's, each run once, when it was read. A newer reading takes the place
of an older one wherever they overlap. A piece is settled once it was read so long after its runs began that hardly
anything of them changes any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from analytics_dash.store.intervals import Interval, minus, union, within

SETTLED_AFTER: Final = timedelta(days=7)  # feedback and approvals come within days
READ_AGAIN_AFTER: Final = timedelta(hours=24)  # what is not settled is read again once a day
DOUBTED_FOR: Final = timedelta(minutes=30)  # what was not verified is read again, but not at every click
RECENT_LEAST: Final = timedelta(minutes=15)  # runs are written down some time after they began, and change at once
RECENT_MOST: Final = timedelta(hours=24)
AHEAD_MOST: Final = timedelta(hours=24)  # this machine's clock is; then a newest piece ends long before its reading
RECENT_SHARE: Final = 0.6  # of one page: a sync with nothing new should be one page


@dataclass(frozen=True)
class Covered:
    """All runs with low <= date < high were read at `read_at`."""

    low: datetime
    high: datetime
    read_at: datetime
    verified: bool = True
    note: str | None = None
    pages: int = 0
    duplicates: int = 0

    @property
    def interval(self) -> Interval:
        """When its runs began."""
        return Interval(self.low, self.high)

    @property
    def is_settled(self) -> bool:
        """Whether it was read long after its runs began."""
        return self.read_at - self.high >= SETTLED_AFTER


def with_read(pieces: Iterable[Covered], new: Covered) -> list[Covered]:
    """The coverage once `new` was read, oldest first; neighbours that say the same are one piece."""
    if not new.interval:
        return list(pieces)
    kept = [part for piece in pieces for part in _outside(piece, new.interval)]
    joined: list[Covered] = []
    for piece in sorted([*kept, new], key=lambda p: p.low):
        if joined and _says_the_same(joined[-1], piece):
            joined[-1] = _joined(joined[-1], piece)
        else:
            joined.append(piece)
    return joined


def _outside(piece: Covered, taken: Interval) -> list[Covered]:
    """What is left of a piece.

    Its pages and duplicates stay with a part that has most of it; else they were those of what is read again, and no
    page is counted twice.
    """
    parts = [replace(piece, low=part.low, high=part.high) for part in minus([piece.interval], [taken])]
    most = piece.interval.length / 2
    return [part if part.interval.length > most else replace(part, pages=0, duplicates=0) for part in parts]


def _says_the_same(one: Covered, other: Covered) -> bool:
    alike = one.high == other.low and (one.verified, one.note) == (other.verified, other.note)
    return alike and (one.read_at == other.read_at or _joined(one, other).is_settled)


def _joined(one: Covered, other: Covered) -> Covered:
    """Both as one piece, no younger than the older of them."""
    return replace(
        one,
        high=other.high,
        read_at=min(one.read_at, other.read_at),
        pages=one.pages + other.pages,
        duplicates=one.duplicates + other.duplicates,
    )


def covered(pieces: Iterable[Covered]) -> list[Interval]:
    """The intervals that are read, oldest first."""
    return union(piece.interval for piece in pieces)


def recent(rate: float | None, page_size: int) -> timedelta:
    """How much of the newest is read at every sync: what fits a page at `rate` runs a second, within bounds."""
    if not rate:
        return RECENT_MOST
    return min(max(timedelta(seconds=min(RECENT_SHARE * page_size / rate, 1e9)), RECENT_LEAST), RECENT_MOST)


def to_read(pieces: Sequence[Covered], wanted: Interval, *, now: datetime, window: timedelta) -> list[Interval]:
    """The parts of `wanted` that a sync at `now` must read, newest first.

    Never read; read within `window` of their beginning, when not all was written down; read when their runs were young,
    and a day ago; or not verified.
    """
    unread = minus([wanted], covered(pieces))
    stale = [_unsettled(piece) for piece in pieces if now - piece.read_at > READ_AGAIN_AFTER]
    doubtful = [piece.interval for piece in pieces if not piece.verified and now - piece.read_at > DOUBTED_FOR]
    newest = max((piece.high for piece in pieces), default=now)
    fresh = [
        Interval(max(piece.low, _written_down(piece, is_newest=piece.high == newest) - window), piece.high)
        for piece in pieces
    ]
    wishes = union([*unread, *within([*stale, *doubtful, *fresh], wanted)])
    return sorted(wishes, reverse=True)


def _written_down(piece: Covered, *, is_newest: bool) -> datetime:
    """The moment of the reading, by a clock that may go ahead of the server's: the newest rows may be as old as it."""
    is_near = is_newest and piece.read_at - piece.high <= AHEAD_MOST
    return min(piece.read_at, piece.high) if is_near else piece.read_at


def _unsettled(piece: Covered) -> Interval:
    return Interval(max(piece.low, piece.read_at - SETTLED_AFTER), piece.high)
