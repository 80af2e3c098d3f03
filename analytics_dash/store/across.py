"""Owns the runs of several flows of an organization at once: only those that the API grants this sign-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Final

import duckdb
from duckdb import ConstantExpression, StarExpression

from analytics_dash.runs.view import View
from analytics_dash.store.intervals import Interval
from analytics_dash.store.reader import Reader
from analytics_dash.store.relatives import is_read, stored_flows
from analytics_dash.store.standing import Standing, standings
from analytics_dash.store.workspace import Workspace

WAIT_S: Final = 2.0  # for the API's word on every stored flow; what comes later is there at the next look


@dataclass(frozen=True)
class Across:
    """The runs of the flows that may be seen, `flow` beside STORED_TYPES; None where there is no such flow.

    `whole` are flows of which all of the range is read, `partly` those of which only some is, `standings` what the
    API says of every stored flow.
    """

    runs: duckdb.DuckDBPyRelation | None
    whole: tuple[str, ...]
    partly: tuple[str, ...]
    standings: Mapping[str, Standing]


@contextmanager
def across(workspace: Workspace, view: View, *, start: datetime, end: datetime) -> Iterator[Across]:
    """The stored runs of the view's organization in [start, end) that fit its filters, but for flow and parent."""
    engine, api, org = workspace.library.engine, workspace.settings.api_url, view.org or ""
    stored = stored_flows(engine, api, org)
    known = standings(workspace, org, stored, wait_s=WAIT_S)
    granted = {flow: number for flow, number in stored.items() if known[flow] is Standing.OPEN}
    whole = tuple(flow for flow, number in granted.items() if is_read(engine, number, start, end))
    partly = tuple(flow for flow in granted if flow not in whole)
    wanted = replace(view, parent=(), run=None, without=tuple(p for p in view.without if p[0] != "parent"))
    with engine.reading() as cursor:
        parts = [
            Reader(cursor, number)
            .runs(wanted, start=start, end=end, read=[Interval(start, end)])
            .project(StarExpression(), ConstantExpression(flow).alias("flow"))
            for flow, number in granted.items()
        ]
        yield Across(reduce(duckdb.DuckDBPyRelation.union, parts) if parts else None, whole, partly, known)
