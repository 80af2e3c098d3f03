"""Owns `analytics-dash sync`: fills the store from a scheduler or by hand, and says what it holds then."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from analytics_dash.allocation import settle_memory
from analytics_dash.api.auth import Auth
from analytics_dash.commands.terminal import Meter, auth_of, instant_of, interruptible
from analytics_dash.errors import AnalyticsDashError, Cancelled, FilterError, StoreError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.dataset import Report, opened
from analytics_dash.store.engine import open_engine_or_raise
from analytics_dash.store.flow import FlowKey
from analytics_dash.store.intervals import Interval
from analytics_dash.store.library import Library
from analytics_dash.store.sync import Scope, Stage, Sync

DONE: Final = 0
ROWS_SET_ASIDE: Final = 5
DAYS: Final = 90  # read where no start is given: the longest preset of the dashboard
LOOK_S: Final = 0.2


def run(arguments: argparse.Namespace) -> int:
    """Read what the store lacks and say what it holds; raises AnalyticsDashError, and what was stored stays."""
    settle_memory()
    settings = load_settings()
    scope = _scope(arguments, keeps_days=settings.retention_days)
    library = Library(settings, open_engine_or_raise(settings, only_writes=True))
    try:
        if library.engine.location is None:
            raise StoreError(
                "There is nothing to fill: the settings keep the store in memory (ANALYTICS_DASH_DATA_DIR)."
            )
        _read(auth_of(settings), settings, library, scope, everything=arguments.everything)
        library.clean()
        return _told(library, settings, scope)
    finally:
        library.close()


def _scope(arguments: argparse.Namespace, *, keeps_days: int | None) -> Scope:
    """What is asked for, as far back as runs are kept; raises FilterError where nothing is."""
    now = datetime.now(UTC)
    start, end = (instant_of(f"--{name}", getattr(arguments, name)) for name in ("start", "end"))
    first, last = start or (end or now) - timedelta(days=DAYS), end or now
    if first >= last:
        raise FilterError("The start must be before the end.")
    kept = max(first, now - timedelta(days=keeps_days)) if keeps_days else first
    if kept >= last:
        raise FilterError(f"Runs are kept for {keeps_days} days (ANALYTICS_DASH_RETENTION_DAYS): the range is older.")
    return Scope(arguments.org, arguments.flow, kept, last, live=end is None)


def _read(auth: Auth, settings: Settings, library: Library, scope: Scope, *, everything: bool) -> None:
    cancel = threading.Event()
    key = FlowKey(settings.api_url, scope.org, scope.flow)
    sync = Sync(
        scope,
        settings=settings,
        flow=library.flow,
        lane=library.lane(key),
        everything=everything,
        summarize=False,
        watched=False,
    )
    with interruptible(cancel), Meter() as meter:
        sync.start(auth)
        while not sync.wait(LOOK_S):
            meter.show(sync.progress)
            if cancel.is_set():
                sync.cancel()
        meter.show(sync.progress)
    _raise_trouble(sync)


def _raise_trouble(sync: Sync) -> None:
    status = sync.status
    if status.stage is Stage.CANCELLED:
        raise Cancelled("Stopped. What was read so far is stored; run it again to go on.")
    if status.error is not None:
        raise status.error


def _told(library: Library, settings: Settings, scope: Scope) -> int:
    flow = library.flow(FlowKey(settings.api_url, scope.org, scope.flow))
    with opened(flow, scope, now=datetime.now(UTC), summary=None) as dataset:
        if dataset is None:
            raise AnalyticsDashError("Nothing of this range could be stored.")
        _say(dataset.report, dataset.unread)
        return ROWS_SET_ASIDE if dataset.report.set_aside else DONE


def _say(report: Report, unread: Sequence[Interval]) -> None:
    sys.stderr.write(
        f"{report.rows:,} runs of the range are stored, {report.gone:,} of them no longer on the server, "
        f"{len(report.set_aside):,} rows set aside, as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC, "
        f"{'verified' if report.verified else 'not verified'}.\n"
    )
    for note in report.notes:
        sys.stderr.write(f"Note: {note}\n")
    for gap in unread:
        sys.stderr.write(f"Note: not read: {gap.low:%Y-%m-%d %H:%M:%S} to {gap.high:%Y-%m-%d %H:%M:%S} UTC.\n")
