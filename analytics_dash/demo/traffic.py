"""Owns when work arrives: channels into each flow, and the day and week of an office in Berlin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics_dash.demo import cast
from analytics_dash.demo.cast import AGENT, API, BATCH, BUILDER, CHAT, FORM, NOTHING, SCHEDULED, SUB_WORKFLOW, TRIGGER
from analytics_dash.demo.starts import DAY_US, HOUR_US, SECOND_US, Floats, Ints, Span, Starts, filled, joined

ZONE: Final = "Europe/Berlin"
GROWTH: Final = 0.3  # a third more work at the end of three months: a product that is being adopted
RETIRED_BEFORE_US: Final = 35 * DAY_US  # the old router was deleted this long ago
ANONYMOUS: Final = {TRIGGER: 0.85, SCHEDULED: 0.9, BATCH: 0.4}
"""Share of runs without a user where machines start them."""
ANONYMOUS_ELSEWHERE: Final = 0.01
TAIL: Final = 0.9  # exponent of the users' heavy tail: a tenth of them do more than half of the work

_OFFICE_DAY: Final = np.array([1, 1, 1, 1, 2, 4, 14, 40, 78, 96, 100, 92, 62, 70, 88, 84, 66, 42, 22, 13, 9, 6, 3, 2])
_OFFICE_WEEK: Final = np.array([1.0, 1.06, 1.02, 0.98, 0.84, 0.13, 0.08])


@dataclass(frozen=True, slots=True)
class Channel:
    """One way into a flow: its weight among all starts, its rhythm, and the mean number of turns of a conversation."""

    flow: int
    run_type: int
    weight: float
    rhythm: str = "office"
    turns: float = 0.0
    parent_flow: int = NOTHING


CHANNELS: Final = (
    Channel(cast.CLAIMS, API, 19.0),
    Channel(cast.CLAIMS, FORM, 9.0, turns=1.3),
    Channel(cast.CLAIMS, CHAT, 7.0, turns=3.2),
    Channel(cast.CLAIMS, BATCH, 5.5, "night"),
    Channel(cast.CLAIMS, TRIGGER, 3.0, "always"),
    Channel(cast.CLAIMS, AGENT, 1.5, turns=2.0),
    Channel(cast.CLAIMS, BUILDER, 3.6),
    Channel(cast.CLAIMS, SCHEDULED, 0.8, "daily"),
    Channel(cast.CLAIMS, SUB_WORKFLOW, 1.6, "retired", parent_flow=cast.RETIRED),
    Channel(cast.SUPPORT, CHAT, 12.0, turns=3.6),
    Channel(cast.SUPPORT, AGENT, 2.2, turns=2.4),
    Channel(cast.SUPPORT, API, 3.0, "always"),
    Channel(cast.SUPPORT, BUILDER, 1.3),
    Channel(cast.POLICY, API, 1.6, "always"),
    Channel(cast.POLICY, BUILDER, 0.5),
    Channel(cast.OCR, BATCH, 1.4, "night"),
    Channel(cast.OCR, BUILDER, 0.5),
    Channel(cast.BROKER, TRIGGER, 5.4),
    Channel(cast.BROKER, BUILDER, 0.3),
    Channel(cast.CRM, BATCH, 2.0, "night"),
    Channel(cast.CRM, API, 1.0, "always"),
    Channel(cast.CRM, BUILDER, 0.2),
    Channel(cast.DIGEST, SCHEDULED, 0.12, "weekly"),
    Channel(cast.DIGEST, BUILDER, 0.05),
    Channel(cast.FRAUD, API, 1.4),
    Channel(cast.FRAUD, BUILDER, 0.1),
)


def arrivals(rng: np.random.Generator, span: Span, count: int) -> Starts:
    """About `count` starts before now, and those still to come, in every channel."""
    total = sum(channel.weight for channel in CHANNELS)
    hours = np.arange(span.start_us // HOUR_US, span.end_us // HOUR_US + 1, dtype=np.int64) * HOUR_US
    parts: list[Starts] = []
    conversations = 0
    for channel in CHANNELS:
        at_us = _instants(rng, channel, hours, span, count * channel.weight / total)
        part = _starts(rng, channel, at_us, conversations)
        conversations = max(conversations, int(part.conversation.max(initial=NOTHING)) + 1)
        parts.append(part)
    return joined(parts)


def _instants(rng: np.random.Generator, channel: Channel, hours: Ints, span: Span, count: float) -> Ints:
    weights = _weights(channel.rhythm, hours, span)
    past = weights[hours < span.now_us].sum()
    if not past:
        return filled(0, 0)
    expected = weights * (count / max(channel.turns, 1.0) / past)
    at_us = np.repeat(hours, rng.poisson(expected))
    spread_s = 150.0 if channel.run_type == SCHEDULED else 3600.0  # what is scheduled starts on the hour
    at_us = at_us + (rng.random(len(at_us)) * spread_s * SECOND_US).astype(np.int64)
    return np.sort(at_us[(at_us >= span.start_us) & (at_us < span.end_us)])


def _weights(rhythm: str, hours: Ints, span: Span) -> Floats:
    local = pd.to_datetime(hours, unit="us", utc=True).tz_convert(ZONE)
    hour, weekday = local.hour.to_numpy(), local.day_of_week.to_numpy()
    office = _OFFICE_DAY[hour] * _OFFICE_WEEK[weekday]
    growth = 1 + GROWTH * (hours - span.start_us) / max(span.end_us - span.start_us, 1)
    shapes = {
        "office": office,
        "always": office + 22.0,
        "night": ((hour == 2) + 0.4 * (hour == 3)) * np.where(weekday < 5, 1.0, 0.5),
        "daily": (hour == 7) * 1.0,
        "weekly": ((weekday == 0) & (hour == 6)) * 1.0,
        "retired": office * (hours < span.now_us - RETIRED_BEFORE_US),
    }
    return np.asarray(shapes[rhythm] * growth, dtype=np.float64)


def _starts(rng: np.random.Generator, channel: Channel, at_us: Ints, first_conversation: int) -> Starts:
    """The channel's runs, a conversation's turns together; each turn repeats its conversation's user and subject."""
    talks = channel.turns > 0
    turns = rng.geometric(1 / channel.turns, len(at_us)) if talks else filled(len(at_us), 1)
    of = np.repeat(np.arange(len(at_us)), turns)
    count = len(of)
    return Starts(
        flow=filled(count, channel.flow),
        run_type=filled(count, channel.run_type),
        actor=rng.choice(np.array(cast.RUN_TYPE_ACTORS[channel.run_type]), len(at_us))[of],
        user=_users(rng, channel.run_type, len(at_us))[of],
        conversation=first_conversation + of if talks else filled(count, NOTHING),
        turn=np.arange(count) - np.repeat(np.cumsum(turns) - turns, turns),
        parent=filled(count, NOTHING),
        parent_flow=filled(count, channel.parent_flow),
        depth=filled(count, 0),
        subject=rng.integers(2**62, size=len(at_us))[of],
        at_us=at_us[of],
    )


def _users(rng: np.random.Generator, run_type: int, count: int) -> Ints:
    weights = (np.arange(cast.USERS) + 2.0) ** -TAIL
    users = rng.choice(cast.USERS, count, p=weights / weights.sum())
    anonymous = rng.random(count) < ANONYMOUS.get(run_type, ANONYMOUS_ELSEWHERE)
    return np.where(anonymous, NOTHING, users)
