"""Owns what a page draws: one moment of the store's rows for a view, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import duckdb

from analytics_dash.api.body import SetAside
from analytics_dash.api.client import ProjectSummary
from analytics_dash.runs.instants import aware, naive
from analytics_dash.runs.view import View
from analytics_dash.store.choices import Choice
from analytics_dash.store.coverage import Covered, covered
from analytics_dash.store.flow import FlowStore, aside_of, coverage_of
from analytics_dash.store.intervals import Interval, minus, union, within
from analytics_dash.store.reader import Reader
from analytics_dash.store.searches import searches_of
from analytics_dash.store.sync import Scope

FRESH: Final = timedelta(minutes=5)  # older data of a range that ends "now" is brought up to date in the background
SLACK: Final = timedelta(seconds=3)  # between a range's end and the instant up to which a server's answer is good


@dataclass(frozen=True)
class Report:
    """What the rows of an interval rest on; `gone` of them the server did not return any more.

    `as_of` is the newest reading. Parts that may still change were read at `oldest_as_of` or later; runs that had not
    ended are read again every time.
    """

    rows: int
    gone: int
    pages: int
    duplicates: int
    set_aside: tuple[SetAside, ...]
    oldest: datetime | None
    verified: bool
    notes: tuple[str, ...]
    as_of: datetime
    oldest_as_of: datetime


@dataclass(frozen=True)
class Summarized:
    """The organization's own totals of the flow, and what they are of."""

    totals: ProjectSummary
    interval: Interval


@dataclass(frozen=True)
class Dataset:
    """The rows of a view as of one moment.

    `unread` is what of the view's range is not read yet; `shown` is the newest part of it without a gap, and all of it
    once it is read. `only_asked` says that of some of it only the runs asked about, of one user or in some states, are
    read. A range that has not ended is looked at until the newest reading: what comes after is not missing.
    """

    scope: Scope
    shown: Interval
    reader: Reader
    read: tuple[Interval, ...]
    unread: tuple[Interval, ...]
    report: Report
    keeps_texts: bool
    only_asked: bool = False
    has_ended: bool = True
    summary: Summarized | None = None

    @property
    def as_of(self) -> datetime:
        """The instant of the newest reading: all runs that had begun until then are here."""
        return self.report.as_of

    @property
    def is_summarized(self) -> bool:
        """Whether the organization's totals are of just this interval, and not of one somewhat earlier."""
        if self.summary is None:
            return False
        of = self.summary.interval
        return abs(of.low - self.shown.low) <= SLACK and abs(of.high - self.shown.high) <= SLACK

    @property
    def only_user(self) -> bool:
        """Whether of some of it only the runs of one user are read."""
        return self.only_asked and self.scope.asked.user_id is not None

    @property
    def complete(self) -> bool:
        """Whether all of the range is read."""
        return not self.unread

    @property
    def interval(self) -> tuple[datetime, datetime]:
        """What every number rests on: a preset ends where the reading ended, so that all numbers agree."""
        return self.shown.low, self.shown.high

    def runs(
        self, view: View, *, start: datetime | None = None, end: datetime | None = None
    ) -> duckdb.DuckDBPyRelation:
        """The view's runs (STORED_TYPES) in what is shown, or between other instants as far as that is read."""
        return self.reader.runs(view, start=start or self.shown.low, end=end or self.shown.high, read=self.read)

    def at_any_time(self, view: View) -> duckdb.DuckDBPyRelation:
        """The view's runs in all that is read of the flow, whatever the range."""
        return self.runs(view, start=self.read[0].low, end=self.read[-1].high)

    def rows(self, view: View) -> Iterator[tuple[object, ...]]:
        """The view's runs in the API's columns, newest first, some at a time."""
        return self.reader.sent(self.runs(view))

    def choices(self, view: View, names: Sequence[str], *, limit: int) -> Mapping[str, list[Choice]]:
        """By dimension of these the values its filter could take, most runs first, as if it alone were not set."""
        start, end = self.interval
        return self.reader.choices(view, names, start=start, end=end, read=self.read, limit=limit)


@contextmanager
def opened(flow: FlowStore, scope: Scope, *, now: datetime, summary: Summarized | None) -> Iterator[Dataset | None]:
    """The scope's data as of this moment while the block runs; None where nothing of it is read."""
    with flow.engine.reading() as cursor:
        yield _dataset(cursor, flow, scope, now=now, summary=summary)


def _dataset(
    cursor: duckdb.DuckDBPyConnection,
    flow: FlowStore,
    scope: Scope,
    *,
    now: datetime,
    summary: Summarized | None,
) -> Dataset | None:
    asked = scope.asked
    own = asked.good(coverage_of(cursor, flow.number, asked), now=now) if asked.is_narrow else []
    whole = coverage_of(cursor, flow.number)
    pieces = [*whole, *own]
    at = _ended(pieces, scope, now)
    read = union(piece.interval for piece in pieces)
    inside = within(read, at.interval)
    if not inside:
        return None
    unread = tuple(gap for gap in minus([at.interval], read) if gap.length > SLACK)
    shown = union(inside, across=SLACK)[-1]
    shown = at.interval if not unread else shown
    only_asked = bool(minus([shown], covered(whole))) and bool(own)
    report = report_of(cursor, flow, shown, pieces)
    reader = Reader(cursor, flow.number, searches_of(flow))
    has_ended = scope.live or scope.end <= now
    return Dataset(at, shown, reader, tuple(read), unread, report, flow.keeps_texts, only_asked, has_ended, summary)


def _ended(pieces: list[Covered], scope: Scope, now: datetime) -> Scope:
    """The scope as the data has it: one that goes on ends where the newest reading ended, if that is not long ago."""
    if not scope.live and scope.end <= now:
        return scope
    newest = max((piece.high for piece in pieces), default=now)
    end = newest if now - newest <= FRESH * 2 else now
    if not scope.live:
        return replace(scope, end=min(scope.end, end))
    return Scope(scope.org, scope.flow, end - (scope.end - scope.start), end, True, scope.asked)  # noqa: FBT003


def report_of(cursor: duckdb.DuckDBPyConnection, flow: FlowStore, shown: Interval, pieces: list[Covered]) -> Report:
    """What the rows of an interval rest on, by the pieces that were read of it."""
    touching = [piece for piece in pieces if piece.interval.cut(shown)]
    found = cursor.execute(
        "SELECT count(*), count(gone_at), min(date) FROM stored_runs WHERE flow_key = ? AND date >= ? AND date < ?",
        [flow.number, naive(shown.low), naive(shown.high)],
    ).fetchone()
    rows, gone, oldest = found or (0, 0, None)
    return Report(
        rows=rows,
        gone=gone,
        pages=sum(piece.pages for piece in touching),
        duplicates=sum(piece.duplicates for piece in touching),
        set_aside=tuple(aside_of(cursor, flow.number, shown)),
        oldest=aware(oldest),
        verified=all(piece.verified for piece in touching),
        notes=tuple(dict.fromkeys(piece.note for piece in touching if piece.note)),
        as_of=(as_of := max((piece.read_at for piece in touching), default=shown.high)),
        oldest_as_of=min((piece.read_at for piece in touching if not piece.is_settled), default=as_of),
    )
