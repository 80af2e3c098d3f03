"""Owns looking for single runs over several flows of an organization, only those that a sign-in may see.

Whoever asks names the flows that the API has granted; rows of no other flow are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from analytics_dash.runs.instants import aware
from analytics_dash.runs.lineage import Kin
from analytics_dash.store.coverage import covered
from analytics_dash.store.engine import Engine
from analytics_dash.store.flow import coverage_of
from analytics_dash.store.intervals import Interval, minus

CHILDREN: Final = 200  # of one run that are fetched; the rest is counted
COLUMNS: Final = (
    "r.run_id, f.flow, r.date, r.latency, r.outcome, left(r.error, 2000), r.total_tokens, r.user_id, "
    "nullif(r.parent_run_id, ''), nullif(r.parent_project_id, ''), nullif(r.parent_project_name, '')"
)
HELD: Final = "FROM stored_runs r JOIN flows f USING (flow_key) WHERE r.flow_key IN (SELECT unnest(?::INTEGER[]))"
RUN: Final = f"SELECT {COLUMNS} {HELD} AND r.run_id = ? ORDER BY r.read_at DESC LIMIT 1"
BELOW: Final = f"""
SELECT {COLUMNS}, count(*) OVER (PARTITION BY r.parent_run_id)
{HELD} AND r.parent_run_id IN (SELECT unnest(?::VARCHAR[]))
QUALIFY {{most}} >= row_number() OVER (
    PARTITION BY r.parent_run_id ORDER BY r.outcome = 'failed' DESC, r.date, r.run_id)
ORDER BY r.date, r.run_id"""


def stored_flows(engine: Engine, api: str, org: str) -> Mapping[str, int]:
    """The organization's flows that the store knows, by ID, with their numbers there; says nothing of their rows."""
    with engine.reading() as cursor:
        rows = cursor.execute("SELECT flow, flow_key FROM flows WHERE (api, org) = (?, ?)", [api, org]).fetchall()
    return {str(flow): int(number) for flow, number in rows}


def run_of(engine: Engine, numbers: Collection[int], run_id: str) -> Kin | None:
    """The run with this ID in any of these flows; None where it is not stored."""
    with engine.reading() as cursor:
        found = cursor.execute(RUN, [list(numbers), run_id]).fetchone()
    return _kin(found) if found is not None else None


def children_of(
    engine: Engine, numbers: Collection[int], run_ids: Sequence[str], *, most: int = CHILDREN
) -> tuple[list[Kin], Mapping[str, int]]:
    """The runs that these runs called, in these flows, failed ones before others; how many there are of each parent."""
    with engine.reading() as cursor:
        rows = cursor.execute(BELOW.format(most=most), [list(numbers), list(run_ids)]).fetchall()
    return [_kin(row) for row in rows], {str(row[8]): int(row[-1]) for row in rows}


def is_read(engine: Engine, number: int, start: datetime, end: datetime) -> bool:
    """Whether all of [start, end) of a flow is read."""
    with engine.reading() as cursor:
        return not minus([Interval(start, end)], covered(coverage_of(cursor, number)))


def _kin(row: tuple[object, ...]) -> Kin:
    run_id, flow, date, latency, outcome, error, tokens, user, parent_run, parent_flow, parent_name, *_ = row
    if not isinstance(date, datetime):
        raise TypeError("a stored run has a date")
    return Kin(
        run_id=str(run_id),
        flow=str(flow),
        date=aware(date),
        latency_s=float(latency) if isinstance(latency, float) and latency >= 0 else None,
        outcome=str(outcome),
        error=_text(error),
        tokens=tokens if isinstance(tokens, int) else None,
        user=_text(user),
        parent_run=_text(parent_run),
        parent_flow=_text(parent_flow),
        parent_name=_text(parent_name),
    )


def _text(value: object) -> str | None:
    return str(value) if value is not None else None
