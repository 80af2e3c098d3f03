"""Failures over time: counts by outcome, a rate over those that failed or succeeded, an interval around it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import FAILURE_COLUMNS, HIGH, LOW, OUTCOMES, RATE
from analytics_dash.metrics.failures import failures_over_time
from tests.metrics.cases import CASES, SPAN, cut
from tests.metrics.reference import by_bucket, fate, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("zone", "start", "granularity"), CASES)
def test_it_agrees_with_counting_run_by_run(zone: str, start: datetime, granularity: Granularity) -> None:
    runs = random_runs(start, start + SPAN, count=600, seed=9)
    buckets = cut(zone, start, granularity)
    frame = failures_over_time(relation(runs), buckets)
    for row, held in zip(frame.to_dict("records"), by_bucket(runs, buckets), strict=True):
        counts = Counter(fate(run) for run in held)
        assert {name: row[name] for name in OUTCOMES} == {name: counts[name] for name in OUTCOMES}
        decided = counts["failed"] + counts["succeeded"]
        wanted = counts["failed"] / decided if decided else float("nan")
        assert row[RATE] == pytest.approx(wanted, nan_ok=True)
        assert not decided or row[LOW] <= row[RATE] <= row[HIGH]


def test_what_neither_failed_nor_succeeded_has_no_rate() -> None:
    runs = [{"date": NOON, "state": state} for state in ("PENDING", "CANCELLED", "SOMETHING NEW", None)]
    frame = failures_over_time(relation(runs), buckets_for(NOON, NOON + 2 * HOUR, zone="UTC", now=NOON))
    assert tuple(frame.columns) == FAILURE_COLUMNS
    assert frame[[RATE, LOW, HIGH]].isna().all(axis=None)
    assert list(frame[list(OUTCOMES)].iloc[0]) == [0, 0, 1, 1, 2]
    assert list(frame[list(OUTCOMES)].iloc[1]) == [0, 0, 0, 0, 0]


def test_a_single_failed_run_is_a_rate_of_1_with_a_wide_interval() -> None:
    runs = [{"date": NOON, "state": "FAILED"}]
    row = failures_over_time(relation(runs), buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON)).iloc[0]
    assert (row[RATE], row[HIGH]) == (1.0, 1.0)
    assert row[LOW] == pytest.approx(0.2065, abs=1e-4)
