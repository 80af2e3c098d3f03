"""Owns what happened lately in the invented organization, so that there is something to find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from analytics_dash.demo import cast
from analytics_dash.demo.traffic import ZONE

SWITCH_AGE: Final = timedelta(days=12)
INCIDENT_AGES_DAYS: Final = (3, 4, 5)  # one of three days in a row is always a working day
INCIDENT_LENGTH: Final = timedelta(hours=5, minutes=10)
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Story:
    """The outage of the knowledge base, the move to a slower model, and two users who stand out."""

    incident_start: datetime
    incident_end: datetime
    model_switch: datetime
    hungry_user: str
    troubled_user: str
    incident_flow_id: str = cast.FLOWS[cast.CLAIMS].id
    model_before: str = cast.MODELS[cast.GPT_41].id
    model_after: str = cast.MODELS[cast.GPT_5].id


def story(now: datetime) -> Story:
    """The same story told from `now`; instants in UTC."""
    zone = ZoneInfo(ZONE)
    days = [now.astimezone(zone) - timedelta(days=age) for age in INCIDENT_AGES_DAYS]
    working_day = next(day for day in days if day.weekday() < SATURDAY)
    start = working_day.replace(hour=9, minute=40, second=0, microsecond=0)
    switch = (now.astimezone(zone) - SWITCH_AGE).replace(hour=12, minute=15, second=0, microsecond=0)
    names = cast.user_names()
    return Story(
        incident_start=start.astimezone(UTC),
        incident_end=start.astimezone(UTC) + INCIDENT_LENGTH,
        model_switch=switch.astimezone(UTC),
        hungry_user=names[cast.HUNGRY_USER],
        troubled_user=names[cast.TROUBLED_USER],
    )


def micros(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
