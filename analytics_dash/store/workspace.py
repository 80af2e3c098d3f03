"""Owns what one sign-in may see and waits for: its rights to flows, its readings; the rows are the process's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from analytics_dash.api.auth import Auth
from analytics_dash.api.client import Client, ProjectSummary
from analytics_dash.errors import AnalyticsDashError, Forbidden
from analytics_dash.runs.annotation import Annotation
from analytics_dash.runs.pattern import only_value
from analytics_dash.runs.view import NO_USER, STATES, View
from analytics_dash.settings import Settings
from analytics_dash.store.access import Access
from analytics_dash.store.asked import Asked
from analytics_dash.store.dataset import FRESH, Dataset, Summarized, opened
from analytics_dash.store.flow import FlowKey, FlowStore
from analytics_dash.store.intervals import Interval
from analytics_dash.store.library import Library, library
from analytics_dash.store.notes import add_note, change_note, notes_of, remove_note
from analytics_dash.store.sync import Scope, Stage, Sync

NAMES_WAIT_S: Final = 2.0  # a page waits no longer for names; IDs can be typed until they come
NAMES_LAST_S: Final = 600.0  # flows are seldom renamed
ASK_AGAIN_S: Final = 60.0  # a server without names, or in trouble, must not slow every click
MAX_SYNCS: Final = 8  # readings a sign-in may remember: several tabs on several flows


class Workspace:
    """One sign-in's way to the store: asked for a view, it gives the data it may see and the reading under way."""

    def __init__(self, auth: Auth, *, settings: Settings, shared: Library | None = None) -> None:
        self.auth = auth
        self.settings = settings
        self.library = shared or library(settings)
        self._lock = threading.Lock()
        self._syncs: list[Sync] = []  # the newest last
        self._rights: dict[tuple[str, str], Access] = {}
        self._projects: list[ProjectSummary] = []
        self._projects_good_until = float("-inf")
        self._asking: threading.Thread | None = None

    def scope(self, view: View, *, now: datetime, since: datetime | None = None) -> Scope | None:
        """What the view needs, or None while it names no flow."""
        if not view.org or not view.flow:
            return None
        start, end = view.interval(now)
        start = (
            max(start, now - timedelta(days=self.settings.retention_days)) if self.settings.retention_days else start
        )
        user = only_value(view.user)
        only = user if user != NO_USER else None
        states = view.state if set(view.state) <= set(STATES) else ()
        return Scope(view.org, view.flow, start, end, live=not view.is_custom, asked=Asked(only, states), since=since)

    def access(self, view: View) -> Access:
        """This sign-in's right to the view's flow."""
        org, flow = view.org or "", view.flow or ""
        with self._lock:
            return self._rights.setdefault((org, flow), Access(lambda: self._probe(org, flow)))

    def _probe(self, org: str, flow: str) -> None:
        with Client(self.auth, settings=self.settings) as client:
            client.probe(org, flow)

    @contextmanager
    def data(self, view: View, *, now: datetime) -> Iterator[Dataset | None]:
        """The view's rows as of this moment while the block runs; None where none are read, or may be seen."""
        wanted = self.scope(view, now=now)
        if wanted is None or not self._may_see(view):
            yield None
            return
        with opened(self.library.flow(self._key(wanted)), wanted, now=now, summary=self._summary(wanted)) as dataset:
            yield dataset

    def _may_see(self, view: View) -> bool:
        right = self.access(view)
        with self._lock:
            mine = [s for s in self._syncs if (s.scope.org, s.scope.flow) == (view.org, view.flow)]
        for sync in mine:
            if sync.answered.is_set() and right.refusal is None:
                sync.answered.clear()
                right.grant()
        return right.is_granted

    def _key(self, scope: Scope) -> FlowKey:
        return FlowKey(self.settings.api_url, scope.org, scope.flow)

    def _summary(self, wanted: Scope) -> Summarized | None:
        """The organization's totals that the newest reading of about this range was told."""
        with self._lock:
            of_it = [s for s in reversed(self._syncs) if _is_same_range(s.scope, wanted)]
        told = (Summarized(s.summary, Interval(s.scope.start, s.until)) for s in of_it if s.summary is not None)
        return next(told, None)

    def sync(
        self,
        view: View,
        *,
        now: datetime,
        refresh: bool = False,
        everything: bool = False,
        since: datetime | None = None,
    ) -> Sync | None:
        """The reading that the view waits for or rests on, started where needed; None while it names no flow."""
        wanted = self.scope(view, now=now, since=since)
        if wanted is None:
            return None
        with self._lock:
            running = next((s for s in reversed(self._syncs) if _answers(s, wanted, now, refresh=refresh)), None)
            if running is not None:
                return running
            sync = self._begun(wanted, now=now, everything=everything)
        sync.start(self.auth)
        if self.library.lane(sync.key).current is not sync:  # its own first answer may be long in coming
            self.access(view).begin()
        return sync

    def _begun(self, wanted: Scope, *, now: datetime, everything: bool) -> Sync:
        key = self._key(wanted)
        sync = Sync(
            wanted,
            now=now,
            settings=self.settings,
            flow=self.library.flow,
            lane=self.library.lane(key),
            mend=self.library.mend,
            everything=everything,
            summarize=not any(_is_same_range(s.scope, wanted) and s.summary is not None for s in self._syncs),
        )
        for old in self._syncs[: -MAX_SYNCS + 1]:
            old.cancel()
        self._syncs = [*self._syncs[-MAX_SYNCS + 1 :], sync]
        return sync

    def refused(self, view: View, sync: Sync) -> AnalyticsDashError | None:
        """Why this sign-in may not see the flow, where the API has said so."""
        status = sync.status
        if status.error is not None and status.stage in {Stage.FAILED, Stage.EXPIRED}:
            return status.error
        return self.access(view).refusal

    def forget(self, view: View) -> None:
        """Remove the stored runs of the view's flow, for every sign-in, and stop reading it here; notes stay."""
        wanted = self.scope(view, now=datetime.now().astimezone())
        if wanted is None:
            return
        with self._lock:
            mine = [s for s in self._syncs if s.key == self._key(wanted)]
            self._syncs = [s for s in self._syncs if s not in mine]
        for sync in mine:
            sync.cancel()
            sync.wait(NAMES_WAIT_S)
        self.library.flow(self._key(wanted)).forget()

    def annotations(self, view: View) -> list[Annotation]:
        """The notes on the view's flow, oldest first; none while its rows may not be seen."""
        return notes_of(self._flow(view)) if self._may_note(view) else []

    def annotate(self, view: View, *, at: datetime, text: str, made_by: str, note_id: str | None = None) -> Annotation:
        """A new note on the view's flow, or this one changed; raises NoteRefused, Forbidden or StoreError."""
        self._expect_right(view)
        now, flow = datetime.now(UTC), self._flow(view)
        if note_id is None:
            return add_note(flow, at=at, text=text, made_by=made_by, now=now)
        return change_note(flow, note_id, at=at, text=text, made_by=made_by, now=now)

    def remove_annotation(self, view: View, note_id: str) -> None:
        """Remove a note on the view's flow for everybody; raises Forbidden or StoreError."""
        self._expect_right(view)
        remove_note(self._flow(view), note_id)

    def _may_note(self, view: View) -> bool:
        return bool(view.org and view.flow) and self._may_see(view)

    def _expect_right(self, view: View) -> None:
        if not self._may_note(view):
            raise Forbidden("Notes can be made once the API has let you see this flow.")

    def _flow(self, view: View) -> FlowStore:
        return self.library.flow(FlowKey(self.settings.api_url, view.org or "", view.flow or ""))

    def projects(self) -> list[ProjectSummary]:
        """The organization's flows by name; empty where the server does not tell them, or not yet."""
        with self._lock:
            is_asking = self._asking is not None and self._asking.is_alive()
            if not is_asking and time.monotonic() >= self._projects_good_until:
                self._asking = threading.Thread(target=self._ask_projects, name="analytics-dash-names", daemon=True)
                self._asking.start()
            asking = self._asking
        if asking is not None:
            asking.join(NAMES_WAIT_S)
        return self._projects

    def _ask_projects(self) -> None:
        try:
            with Client(self.auth, settings=self.settings) as client:
                self._projects = client.organization_summary() or []
            lasts_s = NAMES_LAST_S
        except AnalyticsDashError:
            lasts_s = ASK_AGAIN_S
        self._projects_good_until = time.monotonic() + lasts_s

    def close(self) -> None:
        """Stop every reading of this sign-in, and end its rights; the stored rows stay for whoever may see them."""
        with self._lock:
            syncs, self._syncs = self._syncs, []
            self._rights = {}
        for sync in syncs:
            sync.cancel()


def _is_same_range(one: Scope, other: Scope) -> bool:
    same = (one.org, one.flow, one.live) == (other.org, other.flow, other.live)
    if one.live:
        return same and one.end - one.start == other.end - other.start and abs(other.end - one.end) <= 2 * FRESH
    return same and (one.start, one.end) == (other.start, other.end)


def _answers(sync: Sync, wanted: Scope, now: datetime, *, refresh: bool) -> bool:
    """Whether this reading gives, gave, or was stopped while giving what is wanted."""
    held, stage = sync.scope, sync.status.stage
    if (held.org, held.flow) != (wanted.org, wanted.flow) or (refresh and stage is not Stage.READING):
        return False
    if wanted.asked.is_narrow and held.asked != wanted.asked and stage is not Stage.DONE:
        return False
    if not wanted.live:
        is_up_to_date = wanted.end <= sync.until or now - sync.until <= FRESH
        return held.wanted.low <= wanted.wanted.low and wanted.end <= held.end and is_up_to_date
    length = wanted.end - wanted.wanted.low
    return held.live and held.end - held.wanted.low >= length - FRESH and now - held.end <= FRESH
