"""Owns what one sign-in has read: its data sets and running readings, shared by its tabs and by nobody else."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from analytics_dash.api.auth import Auth
from analytics_dash.api.client import Client, ProjectSummary
from analytics_dash.errors import AnalyticsDashError
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.sync import Dataset, Scope, Stage, Sync

FRESH: Final = timedelta(minutes=10)  # older data of a range that ends "now" is read again in the background
NAMES_WAIT_S: Final = 2.0  # a page waits no longer for names; IDs can be typed until they come
NAMES_LAST_S: Final = 600.0  # flows are seldom renamed
ASK_AGAIN_S: Final = 60.0  # a server without names, or in trouble, must not slow every click
MAX_DATASETS: Final = 3  # a flow and two to compare it with; each may hold a hundred megabytes


class Workspace:
    """One sign-in's data: asked for a view, it answers with the data that covers it and the reading under way."""

    def __init__(self, auth: Auth, *, settings: Settings) -> None:
        self.auth = auth
        self.settings = settings
        self._lock = threading.Lock()
        self._syncs: list[Sync] = []  # the newest last
        self._projects: list[ProjectSummary] = []
        self._projects_good_until = float("-inf")
        self._asking: threading.Thread | None = None

    def scope(self, view: View, *, now: datetime) -> Scope | None:
        """What the view needs, or None while it names no flow."""
        if not view.org or not view.flow:
            return None
        start, end = view.interval(now)
        return Scope(view.org, view.flow, start, end, live=not view.is_custom)

    def dataset(self, view: View) -> Dataset | None:
        """The newest data that covers the view, complete before partial; None where there is none."""
        with self._lock:
            held = [sync.dataset for sync in reversed(self._syncs)]
        fitting = [data for data in held if data is not None and _serves(data, view)]
        return next((data for data in fitting if data.complete), fitting[0] if fitting else None)

    def sync(self, view: View, *, now: datetime, refresh: bool = False) -> Sync | None:
        """The reading that the view waits for or rests on, started where needed; None while it names no flow."""
        wanted = self.scope(view, now=now)
        if wanted is None:
            return None
        with self._lock:
            running = next((s for s in reversed(self._syncs) if _answers(s, wanted, now, refresh=refresh)), None)
            if running is not None:
                return running
            sync = Sync(wanted, settings=self.settings)
            self._syncs.append(sync)
            self._drop_oldest()
        sync.start(self.auth)
        return sync

    def _drop_oldest(self) -> None:
        for sync in self._syncs[:-MAX_DATASETS]:
            sync.cancel()
        self._syncs = self._syncs[-MAX_DATASETS:]

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

    def adopt(self, interrupted: Workspace) -> None:
        """Take over the readings that a dead token interrupted; each goes on with this sign-in's own token."""
        with interrupted._lock:
            syncs = [s for s in interrupted._syncs if s.status.stage is Stage.EXPIRED]
            interrupted._syncs = []
        with self._lock:
            self._syncs.extend(syncs)
        for sync in syncs:
            sync.start(self.auth)

    def close(self) -> None:
        """Stop every reading and let go of all rows."""
        with self._lock:
            syncs, self._syncs = self._syncs, []
        for sync in syncs:
            sync.cancel()


def _serves(data: Dataset, view: View) -> bool:
    start, end = data.interval(view)
    wanted = replace(data.scope, start=start, end=end, org=view.org or "", flow=view.flow or "")
    return (view.is_custom or data.scope.live) and data.scope.covers(wanted)


def _answers(sync: Sync, wanted: Scope, now: datetime, *, refresh: bool) -> bool:
    """Whether this reading gives, gave, or was stopped while giving what is wanted."""
    reading = sync.status.stage is Stage.READING
    if refresh and not reading:
        return False
    held = sync.scope
    if not wanted.live:
        return held.covers(wanted)
    span = replace(wanted, start=held.end - (wanted.end - wanted.start), end=held.end)
    return held.live and held.covers(span) and now - held.end <= FRESH
