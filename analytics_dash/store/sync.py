"""Owns one reading of a flow's runs: a thread that lists them, progress for whoever looks, and what came of it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from analytics_dash.api.auth import Auth
from analytics_dash.api.client import Client, Listing, ListingReport, Progress, ProjectSummary
from analytics_dash.errors import AnalyticsDashError, Cancelled, SignInExpired
from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.store import RunStore

ABANDONED_S: Final = 180.0  # nobody has looked for so long that the tab is gone; a hidden tab still looks once a minute
SUMMARY_WAIT_S: Final = 5.0  # for totals that only reconcile: the charts do not wait longer for them
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scope:
    """What is read: all runs of a flow with start <= date < end; `live` where the end is the moment of reading."""

    org: str
    flow: str
    start: datetime
    end: datetime
    live: bool

    def covers(self, other: Scope) -> bool:
        """Whether every run of the other scope is in this one."""
        same = (self.org, self.flow) == (other.org, other.flow)
        return same and self.start <= other.start and other.end <= self.end


class Stage(StrEnum):
    """Where a reading stands."""

    READING = "reading"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True)
class Dataset:
    """Runs that were read, and what they rest on; `complete` is False where the reading stopped before its end."""

    scope: Scope
    store: RunStore
    report: ListingReport
    complete: bool
    summary: ProjectSummary | None = None

    @property
    def as_of(self) -> datetime:
        """The instant the rows were true."""
        return self.report.as_of

    def interval(self, view: View) -> tuple[datetime, datetime]:
        """The view's range over this data: a preset ends where the reading ended, so that all numbers agree."""
        return view.interval(self.scope.end)


NOT_BEGUN: Final = Progress(pages=0, rows=0, set_aside=0, elapsed_s=0.0, in_flight=0, note=None)


@dataclass(frozen=True)
class Status:
    """A reading as its viewers see it."""

    stage: Stage
    progress: Progress = NOT_BEGUN
    error: AnalyticsDashError | None = None
    expected: int | None = None


class Sync:
    """One reading; it may be started again, also with another sign-in, and goes on with the pages it has."""

    def __init__(self, scope: Scope, *, settings: Settings) -> None:
        self.scope = scope
        self._settings = settings
        self._listing: Listing | None = None
        self._cancel = threading.Event()
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._status = Status(Stage.CANCELLED)
        self._dataset: Dataset | None = None
        self._summary: ProjectSummary | None = None
        self._looked = time.monotonic()

    @property
    def status(self) -> Status:
        """The state of things; asking is a sign that somebody still looks."""
        self._looked = time.monotonic()
        with self._lock:
            return self._status

    @property
    def dataset(self) -> Dataset | None:
        """What was read, once the reading has stopped, in whatever way."""
        with self._lock:
            return self._dataset

    def start(self, auth: Auth) -> None:
        """Read, or go on reading, in the background; nothing happens if it already does."""
        with self._lock:
            if self._status.stage is Stage.READING:
                return
            self._status = replace(self._status, stage=Stage.READING, error=None)
            self._dataset = None  # what another sign-in has read is not shown before the API has answered this one
        self._looked = time.monotonic()
        self._cancel.clear()
        self._finished.clear()
        threading.Thread(target=self._run, args=(auth,), name="analytics-dash-sync", daemon=True).start()

    def cancel(self) -> None:
        """Ask it to stop; the pages read so far stay."""
        self._cancel.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it stopped within the time."""
        return self._finished.wait(timeout_s)

    def _run(self, auth: Auth) -> None:
        error: AnalyticsDashError | None = None
        try:
            with Client(auth, settings=self._settings) as client:
                asking = threading.Thread(
                    target=self._expect, args=(client,), name="analytics-dash-summary", daemon=True
                )
                asking.start()
                self._read(client)
                asking.join(SUMMARY_WAIT_S)
        except AnalyticsDashError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001  a thread's last line: the viewer must hear of it
            kind = type(raised).__name__
            logger.error("Reading stopped on a fault: %s", kind)  # noqa: TRY400  a trace would hold rows
            error = AnalyticsDashError(f"Reading stopped on a fault of the dashboard ({kind}). Try again.")
        self._finish(error)

    def _read(self, client: Client) -> None:
        if self._listing is None:
            run_filter = RunFilter(start=self.scope.start, end=self.scope.end)
            self._listing = client.listing(self.scope.org, self.scope.flow, run_filter)
        client.read(self._listing, progress=self._note, cancel=self._cancel)

    def _note(self, progress: Progress) -> None:
        with self._lock:
            self._status = replace(self._status, progress=progress)
        if time.monotonic() - self._looked > ABANDONED_S:
            self._cancel.set()

    def _expect(self, client: Client) -> None:
        """Ask for the organization's own totals of this flow and range, where it has them; never a reason to fail."""
        try:
            projects = client.organization_summary(start=self.scope.start, end=self.scope.end)
        except AnalyticsDashError:
            return
        self._summary = next((p for p in projects or () if p.project_id == self.scope.flow), None)
        if self._summary is not None:
            with self._lock:
                self._status = replace(self._status, expected=self._summary.total_runs)

    def _finish(self, error: AnalyticsDashError | None) -> None:
        dataset = self._build(error)
        with self._lock:
            self._dataset = dataset
            self._status = replace(self._status, stage=_stage(error), error=error)
        self._finished.set()

    def _build(self, error: AnalyticsDashError | None) -> Dataset | None:
        if self._listing is None or (error is not None and not self._listing.report.rows):
            return None
        store = RunStore(self._listing.frame())
        return Dataset(self.scope, store, self._listing.report, complete=error is None, summary=self._summary)


def _stage(error: AnalyticsDashError | None) -> Stage:
    if error is None:
        return Stage.DONE
    if isinstance(error, Cancelled):
        return Stage.CANCELLED
    return Stage.EXPIRED if isinstance(error, SignInExpired) else Stage.FAILED
