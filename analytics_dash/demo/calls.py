"""Owns which flow calls which: the sub-workflow runs that follow from the runs one level above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics_dash.demo import cast
from analytics_dash.demo.cast import NOTHING, SUB_WORKFLOW
from analytics_dash.demo.starts import Ints, Starts, filled, joined

DEPTHS: Final = 3
WITHOUT_USER: Final = 0.08  # some callers do not hand the user on


@dataclass(frozen=True, slots=True)
class Call:
    """A flow calls another, this many times a run on average."""

    parent: int
    child: int
    mean: float


CALLS: Final = (
    Call(cast.BROKER, cast.CLAIMS, 0.75),
    Call(cast.FRAUD, cast.CLAIMS, 0.8),
    Call(cast.DIGEST, cast.CLAIMS, 6.0),
    Call(cast.DIGEST, cast.CRM, 4.0),
    Call(cast.CLAIMS, cast.OCR, 0.2),
    Call(cast.CLAIMS, cast.POLICY, 0.09),
    Call(cast.SUPPORT, cast.POLICY, 0.24),
    Call(cast.OCR, cast.POLICY, 0.12),
)


def runs_per_start(flow_weights: dict[int, float]) -> float:
    """How many runs, sub-workflows included, one start brings on average, starts being spread as `flow_weights`."""
    matrix = np.zeros((len(cast.FLOWS), len(cast.FLOWS)))
    for call in CALLS:
        matrix[call.parent, call.child] += call.mean
    level = np.array([flow_weights.get(flow, 0.0) for flow in range(len(cast.FLOWS))])
    level = level / level.sum()
    total = 0.0
    for _ in range(DEPTHS + 1):
        total += level.sum()
        level = level @ matrix
    return float(total)


def sub_runs(rng: np.random.Generator, above: Starts, first_row: int) -> Starts:
    """The runs that `above` calls, a parent's together in the order called; `above` begins at row `first_row`."""
    parts = [_called(rng, above, call, first_row) for call in CALLS]
    found = joined(parts)
    order = np.argsort(found.parent, kind="stable")
    return Starts(*(getattr(found, name)[order] for name in Starts.__slots__))


def _called(rng: np.random.Generator, above: Starts, call: Call, first_row: int) -> Starts:
    callers = np.flatnonzero(above.flow == call.parent)
    caller = np.repeat(callers, rng.poisson(call.mean, len(callers)))
    count = len(caller)
    return Starts(
        flow=filled(count, call.child),
        run_type=filled(count, SUB_WORKFLOW),
        actor=above.actor[caller],
        user=_handed_on(rng, above.user[caller]),
        conversation=filled(count, NOTHING),
        turn=filled(count, 0),
        parent=caller + first_row,
        parent_flow=filled(count, call.parent),
        depth=above.depth[caller] + 1,
        subject=above.subject[caller],
        at_us=above.at_us[caller],
    )


def _handed_on(rng: np.random.Generator, users: Ints) -> Ints:
    return np.where(rng.random(len(users)) < WITHOUT_USER, NOTHING, users)
