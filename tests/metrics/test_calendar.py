"""The week's hours: each run under the wall time of its zone, clock changes included, and how long each hour lasted."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.calendar import by_hour_of_the_week
from analytics_dash.metrics.calendar_offsets import hours_of_the_week, stretches
from analytics_dash.metrics.columns import CALENDAR_COLUMNS, FEW, HOUR, HOURS, LATENCY_RUNS, P95, RATE, RUNS, WEEKDAY
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.table import relation

HOUR_LONG = timedelta(hours=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", datetime(2026, 3, 23, 7, 17, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 20, 7, 17, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 3, 7, 17, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 27, 7, 17, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 11, 1, tzinfo=UTC)),
    ],
)
def test_each_hour_agrees_with_counting_its_runs_by_the_wall(zone: str, start: datetime) -> None:
    end = start + timedelta(days=9)
    runs = random_runs(start - HOUR_LONG, end + HOUR_LONG, count=900, seed=2)
    frame = by_hour_of_the_week(relation(runs), start, end, zone=zone)
    assert tuple(frame.columns) == CALENDAR_COLUMNS
    walls = [(run["date"].astimezone(ZoneInfo(zone)), run) for run in runs if start <= run["date"] < end]
    for row in frame.to_dict("records"):
        held = [run for wall, run in walls if (wall.weekday(), wall.hour) == (row[WEEKDAY], row[HOUR])]
        counts, values = Counter(map(fate, held)), latencies(held)
        decided = counts["failed"] + counts["succeeded"]
        assert (row[RUNS], row[LATENCY_RUNS], row[FEW]) == (len(held), len(values), 0 < len(values) < 20)
        assert row[RATE] == pytest.approx(counts["failed"] / decided if decided else np.nan, nan_ok=True)
        assert row[P95] == pytest.approx(np.percentile(values, 95) if values else np.nan, nan_ok=True)


def test_failed_runs_can_be_left_out_of_the_latency() -> None:
    start = datetime(2026, 11, 24, 12, tzinfo=UTC)
    runs = [{"date": start, "state": state, "latency": s} for state, s in (("FAILED", 9.0), ("COMPLETED", 1.0))]
    frame = by_hour_of_the_week(relation(runs), start, start + HOUR_LONG, zone="UTC", failed_in_latency=False)
    row = frame[frame[RUNS] > 0].iloc[0]
    assert (row[WEEKDAY], row[HOUR], row[LATENCY_RUNS], row[P95]) == (1, 12, 1, 1.0)


@pytest.mark.parametrize(
    ("zone", "start", "skipped", "twice"),
    [
        ("Europe/Berlin", datetime(2026, 3, 22, 23, tzinfo=UTC), [(6, 2)], []),
        ("Europe/Berlin", datetime(2026, 10, 18, 22, tzinfo=UTC), [], [(6, 2)]),
        ("America/New_York", datetime(2026, 3, 2, 5, tzinfo=UTC), [(6, 2)], []),
        ("America/New_York", datetime(2026, 10, 26, 4, tzinfo=UTC), [], [(6, 1)]),
    ],
)
def test_the_hour_that_is_skipped_lasts_0_and_the_one_that_comes_twice_lasts_2(
    zone: str, start: datetime, skipped: list[tuple[int, int]], twice: list[tuple[int, int]]
) -> None:
    end = start + timedelta(hours=168 - len(skipped) + len(twice))
    frame = by_hour_of_the_week(relation([]), start, end, zone=zone)
    cells = {(row[WEEKDAY], row[HOUR]): row[HOURS] for row in frame.to_dict("records")}
    assert [cell for cell, hours in cells.items() if hours == 0] == skipped
    assert [cell for cell, hours in cells.items() if hours == 2] == twice
    assert set(cells.values()) <= {0, 1, 2}


@pytest.mark.parametrize("span", [timedelta(), timedelta(hours=1)])
def test_no_runs_are_every_hour_with_0_and_gaps(span: timedelta) -> None:
    start = datetime(2026, 11, 24, 12, tzinfo=UTC)
    frame = by_hour_of_the_week(relation([]), start, start + span, zone="UTC")
    assert len(frame) == 168
    assert frame[RUNS].sum() == 0
    assert frame[[RATE, P95]].isna().all(axis=None)
    assert frame[HOURS].sum() == span / HOUR_LONG


@settings(max_examples=30, deadline=None)
@given(
    start=st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  bounds are naive
    span=st.timedeltas(timedelta(minutes=1), timedelta(days=400)),
    zone=st.sampled_from(ZONES),
)
def test_the_stretches_partition_the_range_and_tell_the_zones_wall_time(
    start: datetime, span: timedelta, zone: str
) -> None:
    held = stretches(start, start + span, zone)
    assert (held[0].start, held[-1].end) == (start, start + span)
    assert all(a.end == b.start and a.offset != b.offset for a, b in pairwise(held))
    for stretch in held:
        for instant in (stretch.start, stretch.end - timedelta(microseconds=1)):
            assert instant.astimezone(ZoneInfo(zone)).utcoffset() == stretch.offset
    assert hours_of_the_week(held).sum() == pytest.approx(span / HOUR_LONG)
