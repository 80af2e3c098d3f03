"""Ranges over which every metric in time is checked: both clock changes of two zones, and zones with half hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for

CASES = [
    pytest.param(zone, datetime(*day, tzinfo=UTC), granularity, id=f"{zone}-{day[1]}-{granularity}")
    for zone, day in [
        ("Europe/Berlin", (2026, 3, 28, 20, 17)),
        ("Europe/Berlin", (2026, 10, 24, 20, 17)),
        ("America/New_York", (2026, 3, 7, 20, 17)),
        ("America/New_York", (2026, 10, 31, 20, 17)),
        ("Asia/Kolkata", (2026, 10, 24, 20, 17)),
    ]
    for granularity in Granularity
]
SPAN = timedelta(days=2, hours=5, seconds=7)


def cut(zone: str, start: datetime, granularity: Granularity) -> Buckets:
    return buckets_for(start, start + SPAN, zone=zone, now=start + SPAN, granularity=granularity)
