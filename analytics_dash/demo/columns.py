"""Owns the finished table of runs and how it is made from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics_dash.demo import calls, cast, timeline, traffic
from analytics_dash.demo.cast import COMPLETED, FAILED, NOTHING, PAUSED, RESUMED
from analytics_dash.demo.fates import Fates, fates
from analytics_dash.demo.starts import DAY_US, HOUR_US, SECOND_US, Ints, Span, Starts, filled, joined
from analytics_dash.demo.story import Story

NEVER_US: Final = 2**62
"""The end of a run that hangs."""
PURGED_SHARE: Final = 0.008  # sub-workflow runs whose parent's run is gone
EARLY_SHARE: Final = 0.006  # sub-workflow runs dated before their parent: another machine's clock
LATENCY_LOST_SHARE: Final = 0.12  # failed runs that never reported how long they took
FEEDBACK_SHARE: Final = 0.14  # of the runs people can rate, which makes about 8 % of all
FEEDBACK_DELAY_S: Final = 5400.0
APPROVALS_WITHIN_US: Final = 9 * DAY_US
ASKING_FLOWS: Final = (cast.CLAIMS, cast.SUPPORT, cast.BROKER)  # the flows with a step that waits for a person

Uuids = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything about every run, one entry a run; `end_us` is when it takes its `state`, until then it is pending."""

    starts: Starts
    fates: Fates
    date_us: Ints
    end_us: Ints
    latency_ms: Ints  # -1 is null
    feedback: Ints  # 0 to 99 picks the text, -1 is none
    feedback_us: Ints
    dice: Ints  # 62 random bits a run, for everything that is only told
    high: Uuids  # the two halves of the run's UUID
    low: Uuids


def columns(seed: int, *, span: Span, runs: int, story: Story) -> Columns:
    """About `runs` runs before now, and those still to come; the same for the same arguments."""
    starts_rng, fates_rng, dates_rng, tales_rng = (np.random.default_rng([seed, part]) for part in range(4))
    starts = _all_starts(starts_rng, span, runs)
    fate = fates(fates_rng, starts, story)
    duration_us = timeline.durations(starts, fate.own_us)
    date_us = timeline.instants(dates_rng, starts, fate.own_us, duration_us)
    end_us = date_us + duration_us
    _set_unfinished(tales_rng, starts, fate, date_us=date_us, end_us=end_us, span=span)
    _set_unknown(tales_rng, fate)
    _loosen_parents(tales_rng, starts, date_us, end_us)
    count = len(starts)
    finished = np.isin(fate.state, (COMPLETED, FAILED, cast.CANCELLED))
    lost = (fate.state == FAILED) & (tales_rng.random(count) < LATENCY_LOST_SHARE)
    delay_us = (tales_rng.exponential(FEEDBACK_DELAY_S, count) * SECOND_US).astype(np.int64)
    return Columns(
        starts=starts,
        fates=fate,
        date_us=date_us,
        end_us=end_us,
        latency_ms=np.where(finished & ~lost, duration_us // 1000, NOTHING),
        feedback=_feedback(tales_rng, starts, fate),
        feedback_us=np.minimum(end_us, NEVER_US) + delay_us,
        dice=tales_rng.integers(2**62, size=count),
        high=tales_rng.integers(2**64, size=count, dtype=np.uint64),
        low=tales_rng.integers(2**64, size=count, dtype=np.uint64),
    )


def _all_starts(rng: np.random.Generator, span: Span, runs: int) -> Starts:
    weights: dict[int, float] = {}
    for channel in traffic.CHANNELS:
        weights[channel.flow] = weights.get(channel.flow, 0.0) + channel.weight
    levels = [traffic.arrivals(rng, span, round(runs / calls.runs_per_start(weights)))]
    first_row = 0
    for _ in range(calls.DEPTHS):
        below = calls.sub_runs(rng, levels[-1], first_row)
        first_row += len(levels[-1])
        levels.append(below)
    return joined(levels)


def _set_unfinished(
    rng: np.random.Generator, starts: Starts, fate: Fates, *, date_us: Ints, end_us: Ints, span: Span
) -> None:
    """Some recent runs wait for an approval, some have just got it, a few hang; more the more recent."""
    age = span.now_us - date_us
    asking = np.isin(starts.flow, ASKING_FLOWS)
    free = (
        asking
        & (starts.depth == 0)
        & (starts.parent_flow < 0)
        & (starts.run_type != cast.BUILDER)
        & (fate.state == COMPLETED)
        & (age > HOUR_US)
    )
    for state, within_us, share in (
        (PAUSED, APPROVALS_WITHIN_US, 0.005),
        (RESUMED, 2 * DAY_US, 0.006),
        (cast.PENDING, 3 * DAY_US, 0.002),
    ):
        candidates = np.flatnonzero(free & (age < within_us) & (fate.state == COMPLETED))
        wanted = min(len(candidates), max(3, round(share * len(candidates))))
        chosen = rng.choice(candidates, wanted, replace=False, p=_recent_first(age[candidates]))
        fate.state[chosen], fate.success[chosen] = state, NOTHING
        if state == cast.PENDING:
            end_us[chosen] = NEVER_US


def _recent_first(age: Ints) -> npt.NDArray[np.float64] | None:
    weights = 1.0 / np.sqrt(age / HOUR_US)
    return np.asarray(weights / weights.sum()) if len(age) else None


def _set_unknown(rng: np.random.Generator, fate: Fates) -> None:
    """A handful of runs say neither how they ended nor whether they succeeded."""
    candidates = np.flatnonzero(fate.state == COMPLETED)
    chosen = rng.choice(candidates, min(len(candidates), 4 + len(candidates) // 8000), replace=False)
    fate.state[chosen], fate.success[chosen] = NOTHING, NOTHING


def _loosen_parents(rng: np.random.Generator, starts: Starts, date_us: Ints, end_us: Ints) -> None:
    """Some parents' runs are gone, and some children without children of their own are dated before their parent."""
    child = np.flatnonzero(starts.parent >= 0)
    fate = rng.random(len(child))
    leaf = ~np.isin(child, starts.parent)
    early = child[leaf & (fate > 1 - EARLY_SHARE)]
    shift = date_us[early] - date_us[starts.parent[early]] + rng.integers(5_000, 2 * SECOND_US, len(early))
    date_us[early] -= shift
    end_us[early] -= shift
    starts.parent[child[fate < PURGED_SHARE]] = NOTHING


def _feedback(rng: np.random.Generator, starts: Starts, fate: Fates) -> Ints:
    """Picks 0-59 praise, 60-84 blame, 85-99 own words; failed runs earn mostly blame."""
    pick = rng.integers(100, size=len(starts))
    blamed = (fate.state == FAILED) & (rng.random(len(starts)) < 0.8)
    pick = np.where(blamed, 60 + pick % 25, pick)
    rated = (starts.run_type != cast.BATCH) & (starts.run_type != cast.BUILDER) & (starts.depth == 0)
    rated &= starts.parent_flow < 0
    rated &= np.isin(fate.state, (COMPLETED, FAILED)) & (rng.random(len(starts)) < FEEDBACK_SHARE)
    return np.where(rated, pick, filled(len(starts), NOTHING))
