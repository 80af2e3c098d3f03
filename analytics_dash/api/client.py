"""Owns the way to the API for one sign-in: listings of runs, totals, and whether a flow may be read."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import quote

import httpx
import pandas as pd

from analytics_dash.api import retry
from analytics_dash.api.auth import Auth
from analytics_dash.api.batch import Batch, batch_of
from analytics_dash.api.body import Page, SetAside, UnreadableError, page_of
from analytics_dash.api.dispatch import Dispatcher, Tally, Tempo, Terms, once, utc_now
from analytics_dash.api.layout import CLOCK_TOLERANCE
from analytics_dash.api.listing import Listing, ListingReport, Progress
from analytics_dash.api.pace import Pace
from analytics_dash.api.paging import Ask
from analytics_dash.api.part import Memory, iso_z
from analytics_dash.api.quoting import plain_line
from analytics_dash.api.reading import Reading
from analytics_dash.api.refusal import listing_error, quoted
from analytics_dash.api.retry import Kind, Policy, Trouble
from analytics_dash.api.slices import Ask as SliceAsk
from analytics_dash.api.slices import BoundsIgnoredError, Order, Slices, Stretch
from analytics_dash.api.summary import ProjectSummary, SummaryPage, SummaryReading, summary_page
from analytics_dash.api.transport import REQUEST_LIMIT_TIMEOUTS, Answer, Call, Halt, Wire
from analytics_dash.errors import (
    AnalyticsDashError,
    RequestRefused,
    SignInExpired,
)
from analytics_dash.runs.arrow import table_of
from analytics_dash.runs.filter import RunFilter
from analytics_dash.settings import Settings

__all__ = ["Client", "Listing", "ListingReport", "Progress", "ProjectSummary", "SetAside", "fetch_runs"]

DECODING: Final = 1  # threads: more would wait for each other, and keep the one that stores from its turn
TELL_EVERY_S: Final = 0.25  # between two words on progress while nothing lands
MOST_SKEW: Final = timedelta(days=1)  # a Date header further off is a cache's or a mistake: no zone, no slow clock
MAX_RENEWALS: Final = 10  # tokens that one request may outlive; each had let others in
LET_IN: Final = frozenset({403, 404, 422})  # answers that only a valid token gets
SUMMARY: Final = Policy(errors=3, throttles=4)
"""Totals only reconcile; many servers have none, and say so with a web page."""
NO_SUMMARY: Final = frozenset({400, 403, 404, 405, 410, 422, 501})
SUMMARY_PATH: Final = "/organizations/analytics/projects-run-summary"
R = TypeVar("R")


class Client:
    """One sign-in's way to the API, safe for many threads; a context manager that closes its connections."""

    def __init__(
        self,
        auth: Auth,
        *,
        settings: Settings,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._auth = auth
        self._settings = settings
        self._tempo = Tempo(clock, now, sleep, jitter)
        self._memory = Memory(settings.page_size)
        self._single: set[str] = set()  # flows of which one row came where one was asked for
        self._decoders = ThreadPoolExecutor(DECODING, thread_name_prefix="analytics-dash-decode")
        self._wire = Wire(settings, transport=transport, now=now)

    def __repr__(self) -> str:
        return f"Client({self._settings.api_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; requests still in the air end."""
        self._wire.close()
        self._decoders.shutdown(wait=False, cancel_futures=True)

    def listing(self, org_id: str, flow_id: str, run_filter: RunFilter | None = None) -> Listing:
        """A listing of which nothing has been read yet; no network."""
        return Listing(org_id, flow_id, run_filter or RunFilter())

    def read(
        self,
        listing: Listing,
        *,
        progress: Callable[[Progress], object] | None = None,
        cancel: threading.Event | None = None,
    ) -> Listing:
        """The listing read to its end, from where it stands; pages stay in it when this raises, and it can go on."""
        url = self._flow_url(listing.org_id, listing.flow_id)
        listing.begin(self._tempo.now(), self._memory)
        terms = self._terms(_place(listing.org_id, listing.flow_id))

        def fetch(ask: Ask, halt: Halt) -> Page | Trouble:
            return self._fetch(
                url, listing.query(ask), halt, lambda answer: _page(answer, ask.page, self._served_at(answer))
            )

        began, elapsed_s = self._tempo.clock(), listing.elapsed_s
        teller = _Teller(listing, progress, self._tempo.clock)
        pace = Pace(self._settings.max_concurrency)
        dispatcher = Dispatcher(fetch, terms, self._tempo, pace, cancel, teller.tell, listing.tally)
        try:
            dispatcher.run(Reading(listing))
        finally:
            listing.elapsed_s = elapsed_s + self._tempo.clock() - began
        teller.tell(0, None)
        return listing

    def read_slices(
        self,
        org_id: str,
        flow_id: str,
        order: Order,
        *,
        sink: Callable[[Stretch], object],
        rest: Callable[[Stretch], object] | None = None,
        progress: Callable[[Progress], object] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """Every run of the order's interval, newest first, handed to `sink` in verified stretches as they come.

        What was handed on stays true when this raises; then `rest` gets the rows beyond it, which account for nothing.
        A server that leaves bounds out is read as one listing.
        """
        pin = self.now()
        url, terms = self._flow_url(org_id, flow_id), self._terms(_place(org_id, flow_id))
        single = url in self._single
        work = Slices(order, pin=pin, memory=self._memory, sink=sink, now=self._tempo.now, is_single_honoured=single)
        began, tally = self._tempo.clock(), Tally()

        def tell(in_flight: int, note: str | None) -> None:
            if progress is not None:
                elapsed_s = self._tempo.clock() - began
                progress(Progress(work.pages, work.rows, work.set_aside, elapsed_s, in_flight, note, tally.requests))

        def fetch(ask: SliceAsk, halt: Halt) -> Batch | Trouble:
            return self._fetch(url, order.query(ask), halt, lambda answer: self._batch(answer, ask.page))

        pace = Pace(self._settings.max_concurrency)
        try:
            Dispatcher(fetch, terms, self._tempo, pace, cancel, tell, tally).run(work)
        except BoundsIgnoredError:
            self._read_whole(org_id, flow_id, replace(order, high=min(order.high, pin)), sink, progress, cancel)
        except AnalyticsDashError:
            if rest is not None:
                for stretch in work.rest():
                    rest(stretch)
            raise
        tell(0, None)

    def _read_whole(
        self,
        org_id: str,
        flow_id: str,
        order: Order,
        sink: Callable[[Stretch], object],
        progress: Callable[[Progress], object] | None,
        cancel: threading.Event | None,
    ) -> None:
        """The order as one stretch, by way of a listing, which depends on no bounds."""
        wish = RunFilter(start=order.low, end=order.high, user_id=order.user_id, states=order.states)
        listing = self.read(self.listing(org_id, flow_id, wish), progress=progress, cancel=cancel)
        runs, report = listing.runs(), listing.report
        aside = tuple((row.run_id or f"\0{number}", row) for number, row in enumerate(report.set_aside))
        keys = (*(run.run_id for run in runs), *(key for key, _ in aside))
        sink(
            Stretch(
                order.low,
                order.high,
                (Batch(keys, table_of(runs), aside),),
                report.as_of,
                report.verified,
                " ".join(report.notes) or None,
                report.pages,
                report.duplicates,
            )
        )

    def _batch(self, answer: Answer, page: int) -> Batch:
        """A page, and what it says of the server's clock."""
        served_at = self._served_at(answer)
        if served_at is not None:
            skew = served_at - self._tempo.now()
            self._memory.skew = skew if abs(skew) > CLOCK_TOLERANCE else timedelta()
        return self._decoders.submit(batch_of, answer.body, number=page, served_at=served_at).result()

    def _served_at(self, answer: Answer) -> datetime | None:
        """When it was answered by the server's clock, where that may be true."""
        at = answer.served_at
        return at if at is not None and abs(at - self._tempo.now()) <= MOST_SKEW else None

    def now(self) -> datetime:
        """This moment by the server's clock, as far as its answers have told it."""
        return self._tempo.now() + self._memory.skew

    def probe(self, org_id: str, flow_id: str, *, policy: Policy = retry.SIGN_IN) -> None:
        """One row asked for, which tells the server's clock too; raises Forbidden, NotFound and the like if refused.

        `policy` is how much trouble is sat out: little, unless nobody looks.
        """
        url = self._flow_url(org_id, flow_id)
        query = {"page": "0", "page_size": "1"}
        terms = replace(self._terms(_place(org_id, flow_id)), policy=policy)
        found = once(
            lambda halt: self._fetch(url, query, halt, lambda answer: self._batch(answer, 0)),
            terms=terms,
            tempo=self._tempo,
        )
        if len(found.keys) == 1:
            self._single.add(url)

    def organization_summary(
        self, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[ProjectSummary] | None:
        """Every project's totals as the server counts them, or None where the server has no such thing."""
        url = self._settings.api_url + SUMMARY_PATH
        bounds = {"start_date": start, "end_date": end}
        dates = {name: iso_z(value) for name, value in bounds.items() if value is not None}

        def fetch(ask: Ask, halt: Halt) -> SummaryPage | Trouble:
            query = {"page": str(ask.page), "page_size": str(ask.size), **dates}
            return self._fetch(url, query, halt, lambda answer: summary_page(answer.body))

        terms = replace(self._terms("the organization's projects"), policy=SUMMARY, explain=self._explain_summary)
        work = SummaryReading()
        try:
            Dispatcher(fetch, terms, self._tempo, Pace(self._settings.max_concurrency)).run(work)
        except _NoSummaryError:
            return None
        return list(work.projects.values())

    def _explain_summary(self, trouble: Trouble) -> AnalyticsDashError:
        is_missing = trouble.status in NO_SUMMARY or 300 <= trouble.status < 400
        if trouble.kind in {Kind.GARBLED, Kind.TOO_LARGE} or (trouble.kind is Kind.STATUS and is_missing):
            return _NoSummaryError("The server has no totals of the organization's projects.")
        return listing_error(trouble, place="the organization's projects", address=self._settings.api_url)

    def _terms(self, place: str) -> Terms:
        settings = self._settings
        return Terms(
            retry.LISTING,
            deadline_s=settings.deadline_s,
            request_limit_s=settings.timeout_s * REQUEST_LIMIT_TIMEOUTS,
            explain=lambda trouble: listing_error(trouble, place=place, address=settings.api_url),
            too_slow=f"Reading {place} took longer than {settings.deadline_s:.0f} s (ANALYTICS_DASH_DEADLINE_S). "
            "What was read is kept: go on, or choose a shorter range of time.",
        )

    def _flow_url(self, org_id: str, flow_id: str) -> str:
        if not org_id.strip() or not flow_id.strip():
            raise RequestRefused("Name both an organization and a flow.", parameters=("org_id", "flow_id"))
        return f"{self._settings.api_url}/analytics/org/{_segment(org_id)}/flows/{_segment(flow_id)}"

    def _fetch(self, url: str, query: Mapping[str, str], halt: Halt, read: Callable[[Answer], R]) -> R | Trouble:
        """What `read` makes of one answer, or the trouble; runs in the request's own thread."""
        answer = self._send(Call(url, query), halt)
        if isinstance(answer, Trouble):
            return answer
        try:
            return read(answer)
        except UnreadableError as error:
            return Trouble(Kind.GARBLED, detail=str(error))

    def _send(self, call: Call, halt: Halt) -> Answer | Trouble:
        """One request with a token that lives; raises SignInExpired where there is none to be had."""
        for _ in range(MAX_RENEWALS):
            token = self._auth.bearer(self._wire)
            answer = self._wire.send(replace(call, bearer=token.value), halt)
            if not isinstance(answer, Trouble) or answer.status != 401:
                token.proved = token.proved or not isinstance(answer, Trouble) or answer.status in LET_IN
                return answer
            self._auth.renewed(self._wire, token, quoted(answer))
        raise SignInExpired("The API refuses every sign-in after a moment. Sign in again, or ask its administrator.")


class _NoSummaryError(AnalyticsDashError):
    """The server has no totals."""


class _Teller:
    """Tells progress whenever a page has landed, and often enough in between."""

    def __init__(
        self, listing: Listing, progress: Callable[[Progress], object] | None, clock: Callable[[], float]
    ) -> None:
        self._listing = listing
        self._progress = progress
        self._clock = clock
        self._began = clock()
        self._told_at = float("-inf")
        self._told: tuple[int, str | None] | None = None

    def tell(self, in_flight: int, note: str | None) -> None:
        listing, now = self._listing, self._clock()
        if self._progress is None or ((listing.pages, note) == self._told and now - self._told_at < TELL_EVERY_S):
            return
        self._told_at, self._told = now, (listing.pages, note)
        elapsed_s = listing.elapsed_s + now - self._began
        ledger = listing.ledger
        self._progress(Progress(listing.pages, len(ledger.matching), len(ledger.aside), elapsed_s, in_flight, note))


def fetch_runs(
    client: Client,
    org_id: str,
    flow_id: str,
    run_filter: RunFilter | None = None,
    *,
    progress: Callable[[Progress], object] | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """Every run that fits, newest first (`runs.frame`); `attrs["report"]` holds the report as a plain dict."""
    listing = client.read(client.listing(org_id, flow_id, run_filter), progress=progress, cancel=cancel)
    frame = listing.frame()
    frame.attrs["report"] = asdict(listing.report)
    return frame


def _page(answer: Answer, number: int, served_at: datetime | None) -> Page:
    return page_of(answer.body, number=number, served_at=served_at)


def _segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds; a name of dots would lead elsewhere."""
    quoted_id = quote(text, safe="", errors="replace")
    return quoted_id.replace(".", "%2E") if not text.strip(".") else quoted_id


def _place(org_id: str, flow_id: str) -> str:
    return f"flow {plain_line(flow_id, limit=60)} of organization {plain_line(org_id, limit=60)}"
