"""The share within a threshold: over timed runs only, with its interval, nothing where none is timed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics_dash.metrics.buckets import buckets_for
from analytics_dash.metrics.columns import HIGH, LATENCY_RUNS, LOW, RATE, RUNS, THRESHOLD_COLUMNS, WITHIN
from analytics_dash.metrics.latency_threshold import within_over_time, within_threshold
from analytics_dash.metrics.wilson import wilson
from tests.metrics.reference import by_bucket, latencies, random_runs
from tests.metrics.table import relation
from tests.metrics.test_heatmap import NOON

END = NOON + timedelta(hours=9)
GIVEN = random_runs(NOON, END, count=200, seed=9)


@pytest.mark.parametrize("failed", [True, False])
def test_it_agrees_with_a_loop_overall_and_in_every_bucket(failed: bool) -> None:
    buckets = buckets_for(NOON - timedelta(hours=1), END, zone="UTC", now=END)
    frame = within_over_time(relation(GIVEN), buckets, threshold_s=1.5, failed_in_latency=failed)
    for row, held in zip(frame.to_dict("records"), by_bucket(GIVEN, buckets), strict=True):
        values = latencies(held, failed=failed)
        within = sum(value <= 1.5 for value in values)
        assert (row[RUNS], row[LATENCY_RUNS], row[WITHIN]) == (len(held), len(values), within)
        share = within / len(values) if values else float("nan")
        bounds = [float(bound) for bound in wilson(within, len(values))]
        assert [row[RATE], row[LOW], row[HIGH]] == pytest.approx([share, *bounds], nan_ok=True)
    overall = within_threshold(relation(GIVEN), threshold_s=1.5, failed_in_latency=failed)
    assert (overall.within, overall.latency_runs) == (frame[WITHIN].sum(), frame[LATENCY_RUNS].sum())
    assert overall.share == pytest.approx(overall.within / overall.latency_runs)
    assert (overall.low, overall.high) == pytest.approx(tuple(wilson(overall.within, overall.latency_runs)))


def test_without_a_timed_run_there_is_no_share() -> None:
    pending = relation([{"date": NOON, "state": "PENDING", "latency": 1.0}])
    found = within_threshold(pending, threshold_s=2.0)
    assert (found.latency_runs, found.share, found.low, found.high, found.few) == (0, None, None, None, False)


def test_one_run_is_few() -> None:
    found = within_threshold(relation([{"date": NOON, "state": "COMPLETED", "latency": 2.0}]), threshold_s=2.0)
    assert (found.within, found.share, found.few) == (1, 1.0, True)


@pytest.mark.parametrize("threshold_s", [float("nan"), float("inf")])
def test_a_threshold_is_a_number(threshold_s: float) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        within_threshold(relation([]), threshold_s=threshold_s)


def test_no_buckets_give_no_rows_and_every_column() -> None:
    frame = within_over_time(relation([]), buckets_for(NOON, NOON, zone="UTC", now=NOON), threshold_s=1.0)
    assert (tuple(frame.columns), len(frame)) == (THRESHOLD_COLUMNS, 0)
