"""Owns the invented organization: ask it for a flow's runs, or for the totals, as they stand at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from analytics_dash.demo import cast
from analytics_dash.demo.cast import COMPLETED, FAILED, FLOWS, NOTHING, Flow
from analytics_dash.demo.columns import Columns, columns
from analytics_dash.demo.rendering import Row, render, state_at
from analytics_dash.demo.starts import Bools, Ints, Span
from analytics_dash.demo.story import Story, micros, story

STILL_TO_COME = timedelta(days=1)  # runs that appear while one watches


@dataclass(frozen=True, slots=True)
class World:
    """Every run there is and will be; a run exists from its date on, and is pending until it ends."""

    now: datetime
    story: Story
    table: Columns
    by_flow: dict[str, Ints]  # row numbers by flow id, in the order of their dates
    organization_id: str = cast.ORGANIZATION_ID
    flows: tuple[Flow, ...] = FLOWS

    def rows(
        self,
        flow_id: str,
        *,
        at: datetime,
        start: datetime | None = None,
        end: datetime | None = None,
        user_id: str | None = None,
        states: Sequence[str] = (),
    ) -> list[Row]:
        """The flow's runs at `at`, newest first, both bounds included; KeyError for a flow that does not exist."""
        return self.render(self.select(flow_id, at=at, start=start, end=end, user_id=user_id, states=states), at=at)

    def select(
        self,
        flow_id: str,
        *,
        at: datetime,
        start: datetime | None = None,
        end: datetime | None = None,
        user_id: str | None = None,
        states: Sequence[str] = (),
    ) -> Ints:
        """The same as row numbers, for `render`."""
        numbers = self._within(flow_id, at, start, end)
        if user_id is not None:
            numbers = numbers[self.table.starts.user[numbers] == _user_code(user_id)]
        if states:
            wanted = [cast.STATES.index(state) for state in states]
            numbers = numbers[np.isin(state_at(self.table, numbers, micros(at)), wanted)]
        return numbers[::-1]

    def render(self, numbers: Ints, *, at: datetime) -> list[Row]:
        """These runs as the contract's rows, in this order."""
        return render(self.table, numbers, at_us=micros(at))

    def settled(self, numbers: Ints, *, at: datetime) -> Bools:
        """Which of these runs have ended at `at` and will not get feedback any more."""
        table, at_us = self.table, micros(at)
        heard = (table.feedback[numbers] < 0) | (table.feedback_us[numbers] <= at_us)
        return np.asarray((table.end_us[numbers] <= at_us) & heard)

    def summary(self, *, at: datetime, start: datetime | None = None, end: datetime | None = None) -> list[Row]:
        """Each flow's totals at `at` over the runs dated within the bounds, both included; without the deleted flow."""
        return [self._totals(flow, self._within(flow.id, at, start, end), micros(at)) for flow in self.flows]

    def _within(self, flow_id: str, at: datetime, start: datetime | None, end: datetime | None) -> Ints:
        numbers = self.by_flow[flow_id]
        dates = self.table.date_us[numbers]
        last = np.searchsorted(dates, micros(min(at, end or at)), side="right")
        first = np.searchsorted(dates, micros(start), side="left") if start else 0
        return numbers[first:last]

    def _totals(self, flow: Flow, numbers: Ints, at_us: int) -> Row:
        users = self.table.starts.user[numbers]
        ended = self.table.end_us[numbers] <= at_us
        return {
            "project_id": flow.id,
            "project_owner": flow.owner,
            "project_type": "workflow",
            "project_name": flow.name,
            "total_runs": len(numbers),
            "total_errors": int(self._failed(numbers, at_us).sum()),
            "total_tokens": int(self.table.fates.tokens[numbers][ended].sum()),
            "total_users": len(np.unique(users[users >= 0])),
            "is_published": flow.is_published,
            "public_ui_url": flow.public_ui_url,
            "public_ui_type": flow.public_ui_type,
        }

    def _failed(self, numbers: Ints, at_us: int) -> Bools:
        """The outcome rule: FAILED, or said to be unsuccessful though neither unfinished nor cancelled."""
        state, success = state_at(self.table, numbers, at_us), self.table.fates.success[numbers]
        return np.asarray((state == FAILED) | (np.isin(state, (COMPLETED, NOTHING)) & (success == 0)))


def build_world(*, seed: int = 7, now: datetime, days: int = 90, runs: int = 120_000) -> World:
    """A world of about `runs` runs in the `days` before `now` (zoned) and a day to come; same arguments, same world."""
    span = Span(micros(now - timedelta(days=days)), micros(now), micros(now + STILL_TO_COME))
    told = story(now)
    table = columns(seed, span=span, runs=runs, story=told)
    order = np.argsort(table.date_us, kind="stable")
    flow = table.starts.flow[order]
    return World(now, told, table, {f.id: order[flow == code] for code, f in enumerate(FLOWS)})


def _user_code(user_id: str) -> int:
    """The user's position; for one nobody has, a position nobody has."""
    names = cast.user_names()
    return names.index(user_id) if user_id in names else cast.USERS
