"""Owns one wish to have a flow's runs in the store: what it reads, in which order, and how whoever waits hears of it.

It reads only what the store lacks or cannot vouch for any more (`coverage.to_read`), newest first. A question about one
user, or some states, of a time that is not read is answered first, by the server's own filter. Then it looks after the
runs that were not finished: one listing of the server's unfinished runs shows which still are; the times of the others
are read again.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics_dash.api.auth import Auth
from analytics_dash.api.client import Client, Progress, ProjectSummary
from analytics_dash.api.slices import Order, Stretch
from analytics_dash.errors import AnalyticsDashError, Cancelled, RequestRefused, SignInExpired, StoreError
from analytics_dash.runs.outcome import UNFINISHED_STATES
from analytics_dash.settings import Settings
from analytics_dash.store.asked import EVERYTHING, Asked
from analytics_dash.store.coverage import covered, recent, to_read
from analytics_dash.store.flow import FlowKey, FlowStore
from analytics_dash.store.intervals import Interval, minus, union
from analytics_dash.store.lane import Lane
from analytics_dash.store.writer import Writer

ABANDONED_S: Final = 180.0  # nobody has looked for so long that the tab is gone; a hidden tab still looks once a minute
SUMMARY_WAIT_S: Final = 5.0  # for totals that only reconcile: the charts do not wait longer for them
MOMENT: Final = timedelta(seconds=1)  # around a run that is read again
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scope:
    """What is looked at: all runs of a flow with start <= date < end; `live` where the end is the moment of reading.

    `asked` names the one user, or the states, whose runs are asked about; `since` is how far back more is wanted, after
    the rest.
    """

    org: str
    flow: str
    start: datetime
    end: datetime
    live: bool
    asked: Asked = EVERYTHING
    since: datetime | None = None

    @property
    def interval(self) -> Interval:
        """What is shown."""
        return Interval(self.start, self.end)

    @property
    def wanted(self) -> Interval:
        """What is read."""
        return Interval(min(self.start, self.since or self.start), self.end)


class Stage(StrEnum):
    """Where a reading stands."""

    READING = "reading"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


NOT_BEGUN: Final = Progress(pages=0, rows=0, set_aside=0, elapsed_s=0.0, in_flight=0, note=None)


@dataclass(frozen=True)
class Status:
    """A reading as its viewers see it."""

    stage: Stage
    progress: Progress = NOT_BEGUN
    error: AnalyticsDashError | None = None
    expected: int | None = None


class Sync:
    """One viewer's wish; it waits its turn on the flow's lane, and may be started again after it stopped."""

    def __init__(
        self,
        scope: Scope,
        *,
        now: datetime | None = None,
        settings: Settings,
        flow: Callable[[FlowKey], FlowStore],
        lane: Lane,
        mend: Callable[[StoreError], bool] = lambda _: False,
        connect: Callable[[Auth], Client] | None = None,
        everything: bool = False,
        summarize: bool = True,
        watched: bool = True,
    ) -> None:
        self.scope = scope
        self.until = min(scope.end, now or scope.end)
        """The end of what has happened: a range may go on."""
        self.summary: ProjectSummary | None = None
        self.answered = threading.Event()
        self._settings = settings
        self._flow = flow
        self._lane = lane
        self._mend = mend
        self._connect = connect or (lambda auth: Client(auth, settings=settings))
        self._everything = everything
        self._summarize = summarize
        self._watched = watched
        self._auth: Auth | None = None
        self._cancel = threading.Event()
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._status = Status(Stage.CANCELLED)
        self._looked = time.monotonic()
        self._done = NOT_BEGUN

    @property
    def key(self) -> FlowKey:
        """The flow that is read."""
        return FlowKey(self._settings.api_url, self.scope.org, self.scope.flow)

    @property
    def status(self) -> Status:
        """The state of things; asking is a sign that somebody still looks."""
        self._looked = time.monotonic()
        with self._lock:
            status = self._status
        ahead = self._lane.current
        if status.stage is Stage.READING and isinstance(ahead, Sync) and ahead is not self:
            return replace(status, progress=ahead.progress)
        return status

    @property
    def progress(self) -> Progress:
        """How far it is."""
        with self._lock:
            return self._status.progress

    def start(self, auth: Auth) -> None:
        """Read, or go on reading, in the background; nothing happens if it already does."""
        with self._lock:
            if self._status.stage is Stage.READING:
                return
            self._status = Status(Stage.READING, expected=self._status.expected)
            self._auth = auth
        self._looked = time.monotonic()
        self._cancel.clear()
        self._finished.clear()
        self._lane.submit(self)

    def cancel(self) -> None:
        """Ask it to stop; what was stored stays."""
        self._cancel.set()
        self._lane.withdraw(self, then=lambda: self._finish(Cancelled("Reading was stopped.")))

    def wait(self, timeout_s: float) -> bool:
        """Whether it stopped within the time."""
        return self._finished.wait(timeout_s)

    def work(self) -> None:
        """Read all that is wanted; the lane's thread."""
        error: AnalyticsDashError | None = None
        self._done = NOT_BEGUN
        try:
            self._read_or_mend()
        except AnalyticsDashError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001  a thread's last line: the viewer must hear of it
            kind = type(raised).__name__
            logger.error("Reading stopped on a fault: %s", kind)  # noqa: TRY400  a trace would hold rows
            error = AnalyticsDashError(f"Reading stopped on a fault of the dashboard ({kind}). Try again.")
        self._finish(error)

    def _read_or_mend(self) -> None:
        """Read; where the store gives way in the midst, once more into what takes its place."""
        try:
            self._read()
        except StoreError as error:
            if not self._mend(error):
                raise
            self._read()

    def _read(self) -> None:
        if self._auth is None:
            return
        with self._connect(self._auth) as client:
            asking = threading.Thread(target=self._expect, args=(client,), name="analytics-dash-summary", daemon=True)
            if self._summarize:
                asking.start()
            _Reading(client, self._flow(self.key), self, self._everything).run()
            if self._summarize:
                asking.join(SUMMARY_WAIT_S)

    def note(self, progress: Progress) -> None:
        """Take word of how a listing goes, on top of those before it."""
        if progress.pages or progress.rows:
            self.answered.set()
        done = self._done
        with self._lock:
            added = replace(
                progress,
                pages=done.pages + progress.pages,
                rows=done.rows + progress.rows,
                set_aside=done.set_aside + progress.set_aside,
                elapsed_s=done.elapsed_s + progress.elapsed_s,
                requests=done.requests + progress.requests,
            )
            self._status = replace(self._status, progress=added)
        if self._watched and time.monotonic() - self._looked > ABANDONED_S:
            self._cancel.set()

    def listed(self) -> None:
        """A listing is over: the next one's numbers come on top."""
        self.answered.set()
        self._done = self.progress

    @property
    def cancelled(self) -> threading.Event:
        """Set where nobody wants it any more."""
        return self._cancel

    @property
    def page_size(self) -> int:
        """Rows asked for at a time."""
        return self._settings.page_size

    def _expect(self, client: Client) -> None:
        """Ask for the organization's own totals of this flow and range, where it has them; never a reason to fail."""
        try:
            projects = client.organization_summary(start=self.scope.start, end=self.scope.end)
        except AnalyticsDashError:
            return
        self.summary = next((p for p in projects or () if p.project_id == self.scope.flow), None)
        if self.summary is not None:
            with self._lock:
                self._status = replace(self._status, expected=self.summary.total_runs)

    def _finish(self, error: AnalyticsDashError | None) -> None:
        with self._lock:
            self._status = replace(self._status, stage=_stage(error), error=error)
        self._finished.set()


class _Reading:
    """One pass of a sync over what its flow lacks."""

    def __init__(self, client: Client, flow: FlowStore, sync: Sync, everything: bool) -> None:  # noqa: FBT001
        self._client = client
        self._flow = flow
        self._sync = sync
        self._everything = everything
        self._read_at = client.now()
        self._wanted = sync.scope.wanted.cut(Interval(datetime.min.replace(tzinfo=UTC), self._read_at))
        if sync.scope.live:
            self._wanted = Interval(self._wanted.low, self._read_at)

    def run(self) -> None:
        """What is asked about, then everything, then what was unfinished."""
        if not self._wanted:
            return  # and nobody has the right to the flow by it: the API was not asked
        rate = self._flow.rate()
        self._narrow()
        read = self._gaps(rate)
        self._listing(Order(interval.low, interval.high, rate=rate) for interval in read)
        self._unfinished(read, rate)

    def _gaps(self, rate: float | None) -> list[Interval]:
        if self._everything:
            return [self._wanted]
        window = recent(rate, self._sync.page_size)
        return to_read(self._flow.coverage(), self._wanted, now=self._read_at, window=window)

    def _narrow(self) -> None:
        """The runs of the one user, or in the states, that are asked about, by the server's own filter."""
        asked = self._sync.scope.asked
        if not asked.is_narrow:
            return
        known = covered([*self._flow.coverage(), *asked.good(self._flow.coverage(asked), now=self._read_at)])
        missing = minus([self._sync.scope.interval.cut(self._wanted)], known)
        gaps = [gap for gap in missing if gap.length > MOMENT * 2]
        orders = [Order(gap.low, gap.high, user_id=asked.user_id, states=asked.states) for gap in reversed(gaps)]
        with contextlib.suppress(RequestRefused):  # all of the flow is read in any case
            self._listing(orders, asked=asked)

    def _unfinished(self, read: list[Interval], rate: float | None) -> None:
        """Look after unfinished runs of the times that were not read just now."""
        quiet = minus([self._wanted], read)
        dates = [date for date in self._flow.unfinished(self._wanted) if any(i.low <= date < i.high for i in quiet)]
        if not dates:
            return
        span = Interval(dates[0] - MOMENT, dates[-1] + MOMENT)
        with contextlib.suppress(RequestRefused):  # then none is known to be unfinished still, and all are read again
            self._listing([Order(span.low, span.high, states=UNFINISHED_STATES, verify=False)], counts=False)
        ended = self._flow.unfinished(span, read_before=self._read_at)
        moments = union((Interval(date - MOMENT, date + MOMENT) for date in ended), across=_worth(rate, self._sync))
        self._listing([Order(i.low, i.high, rate=rate) for i in reversed(moments)])

    def _listing(self, orders: Iterable[Order], *, asked: Asked = EVERYTHING, counts: bool = True) -> None:
        def keep(stretches: Sequence[Stretch]) -> None:
            self._flow.keep(*stretches, read_at=self._read_at, asked=asked, counts=counts)

        key, sync, rest = self._flow.key, self._sync, list[Stretch]()
        for order in orders:
            try:
                with Writer(keep) as writer:
                    self._client.read_slices(
                        *(key.org, key.flow, order),
                        sink=writer.put,
                        rest=rest.append,
                        progress=sync.note,
                        cancel=sync.cancelled,
                    )
            except AnalyticsDashError as error:
                if rest and not isinstance(error, StoreError):
                    self._flow.keep(*rest, read_at=self._read_at, counts=False)
                raise
            sync.listed()


def _worth(rate: float | None, sync: Sync) -> timedelta:
    """How long a gap between two moments may be so that reading over it costs less than asking twice."""
    seconds = min(sync.page_size / 4 / rate, 86_400.0 * 30) if rate else 3600.0
    return timedelta(seconds=seconds)


def _stage(error: AnalyticsDashError | None) -> Stage:
    if error is None:
        return Stage.DONE
    if isinstance(error, Cancelled):
        return Stage.CANCELLED
    return Stage.EXPIRED if isinstance(error, SignInExpired) else Stage.FAILED
