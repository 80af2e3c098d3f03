"""The overview per bucket: the cards' lines agree with a count run by run, the rest with what each gives alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics_dash.metrics.buckets import Granularity, buckets_for, buckets_under
from analytics_dash.metrics.columns import CARD_COLUMNS, P50, P95, RATE, RUNS, TOKENS, UNFINISHED, USERS
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.latency import latency_over_time
from analytics_dash.metrics.over_time import over_time
from analytics_dash.metrics.tokens import tokens_over_time
from analytics_dash.runs.comparison import Comparison, former
from tests.metrics.cases import CASES, SPAN, cut
from tests.metrics.reference import by_bucket, fate, latencies, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize(("zone", "start", "granularity"), CASES[::3])
def test_they_agree_with_counting_run_by_run(
    zone: str, start: datetime, granularity: Granularity, failed: bool
) -> None:
    runs = random_runs(start - HOUR, start + SPAN + HOUR, count=500, seed=3)
    buckets = cut(zone, start, granularity)
    found = over_time(relation(runs), buckets, failed_in_latency=failed)
    frame = found.cards
    for row, held in zip(frame.to_dict("records"), by_bucket(runs, buckets), strict=True):
        counts, values = Counter(map(fate, held)), latencies(held, failed=failed)
        decided = counts["failed"] + counts["succeeded"]
        assert row[RUNS] == len(held)
        assert row[UNFINISHED] == counts["unfinished"]
        assert row[USERS] == len({run["user_id"] for run in held} - {None})
        assert row[TOKENS] == sum(run["total_tokens"] or 0 for run in held)
        assert row[RATE] == pytest.approx(counts["failed"] / decided if decided else np.nan, nan_ok=True)
        wanted = np.percentile(values, [50, 95]) if values else [np.nan] * 2
        assert [row[P50], row[P95]] == pytest.approx(list(wanted), nan_ok=True)
    all_of_them = relation(runs)
    pd.testing.assert_frame_equal(found.failures, failures_over_time(all_of_them, buckets))
    pd.testing.assert_frame_equal(found.latency, latency_over_time(all_of_them, buckets, failed_in_latency=failed))
    pd.testing.assert_frame_equal(found.tokens, tokens_over_time(all_of_them, buckets))


def test_no_runs_give_every_bucket_with_zeros_and_gaps() -> None:
    frame = over_time(relation([]), buckets_for(NOON, NOON + 2 * HOUR, zone="UTC", now=NOON)).cards
    assert tuple(frame.columns) == CARD_COLUMNS
    assert not frame[[RUNS, TOKENS, USERS, UNFINISHED]].any(axis=None)
    assert frame[[RATE, P50, P95]].isna().all(axis=None)


def test_no_buckets_give_no_rows_but_the_same_types() -> None:
    runs = [{"date": NOON, "state": "COMPLETED", "latency": 1.0}]
    some = over_time(relation(runs), buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON)).cards
    none = over_time(relation(runs), buckets_for(NOON, NOON, zone="UTC", now=NOON)).cards
    assert len(none) == 0
    assert list(none.dtypes) == list(some.dtypes)


@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 3, 30), (2026, 10, 25), (2026, 10, 26)])
def test_the_hours_of_a_compared_day_hold_each_of_its_runs_once_where_clocks_change(day: tuple[int, int, int]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start, end = datetime(*day, tzinfo=zone), datetime(*day, tzinfo=zone) + timedelta(days=1)
    found = former(start, end, comparison=Comparison.PREVIOUS, zone=zone.key)
    assert found is not None
    hours = buckets_for(start, end, zone=zone.key, now=end, granularity=Granularity.HOUR)
    below = buckets_under(hours, found)
    runs = random_runs(found.start, found.end, count=300, seed=5)
    counted = over_time(relation(runs), below).cards[RUNS].tolist()
    assert counted == [len(held) for held in by_bucket(runs, below)]
    assert (len(counted), sum(counted)) == (len(hours), len(runs))
