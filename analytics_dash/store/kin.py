"""Owns the search for a run's kin over flows: its parents up to the root, and all that they called.

A parent's flow is read around the child's time, widening, as any flow is: with the sign-in's own token, into the store.
No row of a flow is read from the store, nor kept here for long, unless the API has granted that flow to this sign-in.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics_dash.errors import AnalyticsDashError, Cancelled, Forbidden, NotFound
from analytics_dash.runs.lineage import Kin, Why
from analytics_dash.runs.view import View
from analytics_dash.store.engine import Engine
from analytics_dash.store.flow import FlowKey
from analytics_dash.store.relatives import children_of, is_read, run_of, stored_flows
from analytics_dash.store.standing import Standing, refusal, standing, standings
from analytics_dash.store.sync import Sync
from analytics_dash.store.workspace import Workspace

WINDOWS: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
WINDOW_WORDS: Final = ("an hour", "a day", "seven days")
GENERATIONS: Final = 40  # upwards and downwards: who calls deeper than that calls in a circle
RUNS: Final = 3000  # of one family that are held
ANSWER_S: Final = 20.0  # for the API's word on whether a flow may be seen
ABANDONED_S: Final = 180.0  # nobody has looked for so long that the tab is gone
LOOK_S: Final = 0.05
WHY: Final = {Standing.FORBIDDEN: Why.FORBIDDEN, Standing.GONE: Why.GONE, Standing.TROUBLE: Why.TROUBLE}
logger = logging.getLogger(__name__)


class Stage(StrEnum):
    """Where a search stands."""

    NEW = "new"
    SEARCHING = "searching"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Found:
    """What is known of the family now; `trouble` is the API's words for parents' runs that could not be asked for.

    `searched` are the flows whose runs of that time are read, `unread` those of the organization that are not.
    """

    runs: tuple[Kin, ...]
    missing: Mapping[str, Why] = field(default_factory=dict)
    trouble: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    searched: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    refused: Mapping[str, Standing] = field(default_factory=dict)


class KinSearch:
    """One search around one run, for one sign-in; what it has found stays while the session does."""

    def __init__(
        self, workspace: Workspace, org: str, run: Kin, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.run = run
        self._workspace = workspace
        self._org = org
        self._clock = clock
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked = time.monotonic()
        self._stage = Stage.NEW
        self._doing = ""
        self._found = Found((run,))

    @property
    def stage(self) -> Stage:
        """Where it stands; asking is a sign that somebody still looks."""
        self._looked = time.monotonic()
        return self._stage

    @property
    def doing(self) -> str:
        """What it does now, with flows by their IDs in “⟦ ⟧” for whoever knows their names."""
        return self._doing

    def start(self, *, everywhere: bool = False) -> None:
        """Search in the background, in stored flows, or in all flows of the organization; nothing if it does."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._looked, self._stage = time.monotonic(), Stage.SEARCHING
            self._cancel.clear()
            self._thread = threading.Thread(
                target=self._work, args=(everywhere,), name="analytics-dash-kin", daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop; what was found stays."""
        self._cancel.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it stopped within the time."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def found(self) -> Found:
        """What may be shown now: runs of flows that this sign-in may still see."""
        held = self._found
        may = {flow: standing(self._workspace, self._org, flow) for flow in {run.flow for run in held.runs}}
        hidden = {run.run_id: may[run.flow] for run in held.runs if may[run.flow] is not Standing.OPEN}
        if not hidden:
            return held
        missing = {**held.missing, **{run_id: WHY.get(known, Why.NOT_READ) for run_id, known in hidden.items()}}
        return replace(held, runs=tuple(run for run in held.runs if run.run_id not in hidden), missing=missing)

    def _work(self, everywhere: bool) -> None:  # noqa: FBT001  a thread's argument
        stage = Stage.DONE
        try:
            top = self._climb()
            self._descend()
            if everywhere:
                self._read_others(top)
                self._descend()
            self._note_unread(top)
        except Cancelled:
            stage = Stage.STOPPED
        except AnalyticsDashError as error:
            self._note(trouble={**self._found.trouble, self.run.run_id: str(error)})
        except Exception as error:  # noqa: BLE001  a thread's last line: whoever waits must hear of the end
            logger.error("The search for a run's kin stopped on a fault: %s", type(error).__name__)  # noqa: TRY400
            stage = Stage.STOPPED
        self._stage, self._doing = stage, ""

    def _climb(self) -> Kin:
        """The parents, one after the other, as far as they can be found; the topmost run."""
        at, seen = self.run, {self.run.run_id}
        for _ in range(GENERATIONS):
            if at.parent_run is None or at.parent_run in seen:
                break
            parent = self._parent_of(at)
            if parent is None:
                break
            seen.add(parent.run_id)
            self._take([parent])
            at = parent
        return at

    def _parent_of(self, child: Kin) -> Kin | None:
        """The run that called, or None with the reason noted."""
        parent, flow = child.parent_run or "", child.parent_flow
        if flow is None:
            if (found := run_of(self._engine, self._granted().values(), parent)) is None:
                self._miss(parent, Why.UNTOLD)
            return found
        self._doing = f"Asking whether ⟦{flow}⟧ may be seen"
        known = standings(self._workspace, self._org, [flow], wait_s=ANSWER_S)[flow]
        if known is not Standing.OPEN:
            error = refusal(self._workspace, self._org, flow)
            self._miss(parent, WHY.get(known, Why.TROUBLE), str(error) if error else "")
            return None
        try:
            if (found := self._searched(flow, parent, around=child.date)) is None:
                self._miss(parent, Why.NOT_FOUND)
        except Cancelled:
            raise
        except AnalyticsDashError as error:
            self._miss(parent, _why(error), str(error))
            return None
        return found

    def _searched(self, flow: str, run_id: str, *, around: datetime) -> Kin | None:
        """The run, from what is stored or else read around that time, ever wider."""
        number = stored_flows(self._engine, self._api, self._org).get(flow)
        if number is not None and (found := run_of(self._engine, [number], run_id)) is not None:
            return found
        for window, words in zip(WINDOWS, WINDOW_WORDS, strict=True):
            self._doing = f"Looking for the parent's run in ⟦{flow}⟧, within {words} of this run"
            self._read(flow, around - window, around + window)
            number = stored_flows(self._engine, self._api, self._org).get(flow)
            if number is not None and (found := run_of(self._engine, [number], run_id)) is not None:
                return found
        return None

    def _descend(self) -> None:
        """All that the runs known so far called, in stored flows that may be seen, down to the leaves."""
        self._doing = "Looking for sub-workflow runs in the flows read so far"
        numbers, asked = list(self._granted().values()), set[str]()
        missing = {run.parent_run for run in self._found.runs if run.parent_run}
        for _ in range(GENERATIONS):
            wanted = ({run.run_id for run in self._found.runs} | missing) - asked
            if not wanted or len(self._found.runs) >= RUNS:
                break
            self._expect_viewers()
            asked |= wanted
            children, counts = children_of(self._engine, numbers, sorted(wanted))
            self._note(counts={**self._found.counts, **counts})
            self._take(children[: RUNS - len(self._found.runs)])

    def _read_others(self, top: Kin) -> None:
        """Read the organization's other flows around the time of the family."""
        start, end = _time_of([top, self.run])
        flows = [project.project_id for project in self._workspace.projects()]
        known = standings(self._workspace, self._org, flows, wait_s=ANSWER_S)
        for place, flow in enumerate(flows, start=1):
            if known[flow] is Standing.OPEN:
                self._doing = f"Reading ⟦{flow}⟧ around that time, workflow {place} of {len(flows)}"
                self._try_to_read(flow, start, end)

    def _try_to_read(self, flow: str, start: datetime, end: datetime) -> None:
        """Read; trouble with one flow does not keep from the others."""
        try:
            self._read(flow, start, end)
        except Cancelled:
            raise
        except AnalyticsDashError as error:
            self._note(trouble={**self._found.trouble, flow: str(error)})

    def _read(self, flow: str, start: datetime, end: datetime) -> None:
        """Bring this part of a flow into the store; raises what the API or the store says, or Cancelled."""
        now = self._clock()
        view = View(org=self._org, flow=flow, start=start, end=min(end, now), tests=True)
        scope = self._workspace.scope(view, now=now) if start < min(end, now) else None
        if scope is None or scope.start >= scope.end:
            return
        library = self._workspace.library
        key = FlowKey(self._api, self._org, flow)
        sync = Sync(
            scope, settings=self._workspace.settings, flow=library.flow, lane=library.lane(key), mend=library.mend,
            summarize=False,
        )  # fmt: skip
        sync.start(self._workspace.auth)
        while not sync.wait(LOOK_S):
            if self._is_over():
                sync.cancel()
                raise Cancelled("The search was stopped.")
        if (error := sync.status.error) is not None:
            raise error

    def _note_unread(self, top: Kin) -> None:
        """Which flows were searched around that time, and which of the organization's were not."""
        start, end = _time_of([top, self.run])
        end = min(end, self._clock())
        granted = self._granted()
        searched = [flow for flow, number in granted.items() if is_read(self._engine, number, start, end)]
        projects = [project.project_id for project in self._workspace.projects()]
        known = {flow: standing(self._workspace, self._org, flow) for flow in projects}
        refused = {flow: held for flow, held in known.items() if held in WHY}
        unread = [flow for flow in projects if flow not in searched and flow not in refused]
        self._note(searched=tuple(searched), unread=tuple(unread), refused=refused)

    def _granted(self) -> Mapping[str, int]:
        """The stored flows that the API grants this sign-in now, with their numbers."""
        stored = stored_flows(self._engine, self._api, self._org)
        known = standings(self._workspace, self._org, stored, wait_s=ANSWER_S)
        return {flow: number for flow, number in stored.items() if known[flow] is Standing.OPEN}

    def _take(self, runs: Iterable[Kin]) -> None:
        held = {run.run_id: run for run in self._found.runs}
        held |= {run.run_id: run for run in runs if run.run_id not in held}
        missing = {run_id: why for run_id, why in self._found.missing.items() if run_id not in held}
        self._note(runs=tuple(held.values()), missing=missing)

    def _miss(self, parent: str, why: Why, trouble: str = "") -> None:
        """Note why a parent's run is not there."""
        self._note(
            missing={**self._found.missing, parent: why},
            trouble={**self._found.trouble, **({parent: trouble} if trouble else {})},
        )

    def _note(self, **changes: object) -> None:
        self._found = replace(self._found, **changes)  # type: ignore[arg-type]  # fields of Found

    def _expect_viewers(self) -> None:
        if self._is_over():
            raise Cancelled("The search was stopped.")

    def _is_over(self) -> bool:
        return self._cancel.is_set() or time.monotonic() - self._looked > ABANDONED_S

    @property
    def _api(self) -> str:
        return self._workspace.settings.api_url

    @property
    def _engine(self) -> Engine:
        return self._workspace.library.engine


def run_in_view(workspace: Workspace, view: View, run_id: str) -> Kin | None:
    """A run of the view's flow as lineage needs it; None where it is not stored, or may not be seen."""
    if not view.org or not view.flow or standing(workspace, view.org, view.flow) is not Standing.OPEN:
        return None
    number = stored_flows(workspace.library.engine, workspace.settings.api_url, view.org).get(view.flow)
    return run_of(workspace.library.engine, [number], run_id) if number is not None else None


def _why(error: AnalyticsDashError) -> Why:
    if isinstance(error, Forbidden):
        return Why.FORBIDDEN
    return Why.GONE if isinstance(error, NotFound) else Why.TROUBLE


def _time_of(runs: Iterable[Kin]) -> tuple[datetime, datetime]:
    """When the runs were, with the narrowest window around."""
    held = list(runs)
    longest = max((run.latency_s or 0.0 for run in held if math.isfinite(run.latency_s or 0.0)), default=0.0)
    last = max(run.date for run in held) + timedelta(seconds=min(longest, WINDOWS[-1].total_seconds()))
    return min(run.date for run in held) - WINDOWS[0], last + WINDOWS[0]
