"""Owns how runs go: model, tokens, time spent, and the state they end in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics_dash.demo import cast, troubles
from analytics_dash.demo.cast import CANCELLED, CLAIMS, COMPLETED, FAILED, NOTHING, POLICY
from analytics_dash.demo.starts import SECOND_US, Bools, Floats, Ints, Starts, filled
from analytics_dash.demo.story import Story, micros

TOKENS_MEDIAN: Final = np.array([3200, 2100, 900, 4200, 1500, 700, 9000, 5200])
TOKENS_SIGMA: Final = 0.55
HUNGRY_FACTOR: Final = 15.0
FIXED_S: Final = np.array([0.7, 0.5, 0.25, 2.2, 0.6, 0.4, 2.0, 1.5])
"""Seconds a flow takes before any model is asked."""
SECONDS_A_KILOTOKEN: Final = 1.55
TOKENS_POWER: Final = 0.8  # time grows slower than tokens: much of a long prompt is read at once
LATENCY_SIGMA: Final = 0.4
NEW_MODEL_SHARE: Final = 0.9  # a tenth of the runs stayed on the old model, to compare

FAILURE_RATE: Final = np.array([0.02, 0.014, 0.007, 0.022, 0.018, 0.012, 0.02, 0.03])
BUILDER_FACTOR: Final = 2.5  # who builds, breaks
NEW_MODEL_EXTRA: Final = 0.008
INCIDENT_RATE: Final = 0.43  # with what sub-workflows add, about 45 %
TROUBLED_RATE: Final = 0.4
CANCELLED_RATE: Final = 0.011
CONTRADICTING_RATE: Final = 0.001
CONTRADICTING_FAILED_RATE: Final = 0.01
FLAG_MISSING_RATE: Final = 0.004
PROPAGATED: Final = 0.6  # the other parents carry on without their sub-workflow
SECOND_MODEL_SHARE: Final = 0.35
UNATTRIBUTED_SHARE: Final = 0.09


@dataclass(frozen=True, slots=True)
class Fates:
    """How each run of a table of starts goes; codes are positions in `cast` and `troubles`, -1 is nothing."""

    model: Ints
    second_model: Ints
    tokens: Ints
    attributed: Ints  # tokens the usage accounts for, at most `tokens`
    own_us: Ints  # time spent outside sub-workflows
    state: Ints
    success: Ints
    trouble: Ints
    cause: Ints  # row number of the sub-workflow run that brought the parent down


def fates(rng: np.random.Generator, starts: Starts, story: Story) -> Fates:
    """One fate a start, causes included."""
    in_incident = _in_incident(starts, story)
    model = _models(rng, starts, story)
    tokens = _tokens(rng, starts)
    own_s = _own_seconds(rng, starts.flow, model, tokens) * np.where(in_incident, 1.5, 1.0)
    trouble = _troubles(rng, starts, model, in_incident)
    state = np.where(trouble >= 0, FAILED, COMPLETED)
    state[(trouble < 0) & (rng.random(len(starts)) < CANCELLED_RATE)] = CANCELLED
    cause = _propagated(rng, starts, state)
    trouble = np.where(cause >= 0, troubles.SUB_FAILED, trouble)
    tokens, own_s = _cut_short(rng, trouble, tokens, own_s)
    return Fates(
        model=np.where(tokens > 0, model, NOTHING),
        second_model=np.where(rng.random(len(starts)) < SECOND_MODEL_SHARE, _seconds(rng, model), NOTHING),
        tokens=tokens,
        attributed=_attributed(rng, tokens),
        own_us=np.ceil(own_s * 1000).astype(np.int64) * (SECOND_US // 1000),  # whole milliseconds, as latencies are
        state=state,
        success=_flags(rng, state),
        trouble=trouble,
        cause=cause,
    )


def _in_incident(starts: Starts, story: Story) -> Bools:
    within = (starts.at_us >= micros(story.incident_start)) & (starts.at_us < micros(story.incident_end))
    return np.asarray(within & np.isin(starts.flow, (CLAIMS, POLICY)))


def _models(rng: np.random.Generator, starts: Starts, story: Story) -> Ints:
    model = filled(len(starts), NOTHING)
    for flow, choices in enumerate(cast.FLOW_MODELS):
        here = np.flatnonzero(starts.flow == flow)
        model[here] = rng.choice([m for m, _ in choices], len(here), p=[share for _, share in choices])
    moved = (starts.flow == CLAIMS) & (starts.at_us >= micros(story.model_switch)) & (model == cast.GPT_41)
    model[moved & (rng.random(len(starts)) < NEW_MODEL_SHARE)] = cast.GPT_5
    return model


def _seconds(rng: np.random.Generator, model: Ints) -> Ints:
    other = rng.choice((cast.EMBEDDING, cast.EMBEDDING, cast.MINI, cast.HAIKU), len(model))
    return np.where(other == model, cast.EMBEDDING, other)


def _tokens(rng: np.random.Generator, starts: Starts) -> Ints:
    spread = rng.lognormal(0.0, TOKENS_SIGMA, len(starts))
    longer_talks = 1 + 0.25 * np.minimum(starts.turn, 8)  # every turn carries the ones before it
    hungry = np.where(starts.user == cast.HUNGRY_USER, HUNGRY_FACTOR, 1.0)
    return np.asarray(TOKENS_MEDIAN[starts.flow] * spread * longer_talks * hungry, dtype=np.int64)


def _own_seconds(rng: np.random.Generator, flow: Ints, model: Ints, tokens: Ints) -> Floats:
    slowness = np.array([m.slowness for m in cast.MODELS])[model]
    thinking = SECONDS_A_KILOTOKEN * (tokens / 1000) ** TOKENS_POWER * slowness
    return np.asarray((FIXED_S[flow] + thinking) * rng.lognormal(0.0, LATENCY_SIGMA, len(tokens)), dtype=np.float64)


def _troubles(rng: np.random.Generator, starts: Starts, model: Ints, in_incident: Bools) -> Ints:
    count = len(starts)
    new_model, troubled = model == cast.GPT_5, starts.user == cast.TROUBLED_USER
    rate = FAILURE_RATE[starts.flow] * np.where(starts.run_type == cast.BUILDER, BUILDER_FACTOR, 1.0)
    rate = rate + np.where(new_model, NEW_MODEL_EXTRA, 0.0)
    rate = np.where(troubled, TROUBLED_RATE, np.where(in_incident, INCIDENT_RATE, rate))
    weights = np.array([trouble.weight for trouble in troubles.TROUBLES])
    kind = rng.choice(len(weights), count, p=weights / weights.sum())
    chance = rng.random(count)
    kind[new_model & (chance < 0.3)] = troubles.BAD_DECISION
    kind[(starts.user == cast.HUNGRY_USER) & (chance < 0.5)] = troubles.TOO_LONG
    kind[troubled & (chance < 0.95)] = troubles.LOCKED_FILE
    kind[in_incident & (chance < 0.96)] = troubles.OUTAGE
    return np.where(rng.random(count) < rate, kind, NOTHING)


def _propagated(rng: np.random.Generator, starts: Starts, state: Ints) -> Ints:
    """Brings parents of failed sub-workflow runs down in `state`, deepest first; the run each fell over, or -1."""
    cause = filled(len(starts), NOTHING)
    for depth in range(int(starts.depth.max(initial=0)), 0, -1):
        failed = np.flatnonzero((starts.depth == depth) & (state == FAILED) & (starts.parent >= 0))
        failed = failed[rng.random(len(failed)) < PROPAGATED]
        failed = failed[state[starts.parent[failed]] == COMPLETED]
        cause[starts.parent[failed]] = failed
        state[starts.parent[failed]] = FAILED
    return cause


def _cut_short(rng: np.random.Generator, trouble: Ints, tokens: Ints, own_s: Floats) -> tuple[Ints, Floats]:
    shares = np.array([t.token_share for t in troubles.TROUBLES] + [1.0])  # the last stands for no trouble, -1
    fixed = np.array([t.latency_s or np.nan for t in troubles.TROUBLES] + [np.nan])
    took = fixed[trouble] * rng.lognormal(0.0, 0.15, len(trouble))
    return np.asarray(tokens * shares[trouble], dtype=np.int64), np.where(np.isnan(took), own_s, took)


def _attributed(rng: np.random.Generator, tokens: Ints) -> Ints:
    remainder = np.where(rng.random(len(tokens)) < UNATTRIBUTED_SHARE, rng.uniform(0.05, 0.4, len(tokens)), 0.0)
    return np.asarray(tokens * (1 - remainder), dtype=np.int64)


def _flags(rng: np.random.Generator, state: Ints) -> Ints:
    """`is_flow_successful` as 1, 0 or -1, now and then against the state."""
    flag = np.where(state == COMPLETED, 1, np.where(state == FAILED, 0, NOTHING))
    chance = rng.random(len(state))
    against = chance < np.where(state == FAILED, CONTRADICTING_FAILED_RATE, CONTRADICTING_RATE)
    flag = np.where((flag >= 0) & against, 1 - flag, flag)
    return np.where((state == COMPLETED) & (chance > 1 - FLAG_MISSING_RATE), NOTHING, flag)
