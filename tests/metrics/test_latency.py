"""Latency over time: exact percentiles of each bucket's runs, gaps where there is none, no p99 of a handful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import (
    END,
    FEW,
    LATENCY_COLUMNS,
    LATENCY_RUNS,
    P50,
    P75,
    P90,
    P95,
    P99,
    PARTIAL,
    RUNS,
    START,
)
from analytics_dash.metrics.latency import (
    CHOICES,
    latency_over_time,
    percentile_column,
    percentiles_over_time,
    runs_needed,
)
from analytics_dash.metrics.percentiles import FEW_RUNS, P99_RUNS
from tests.metrics.cases import CASES, SPAN, cut
from tests.metrics.reference import by_bucket, latencies, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize(("zone", "start", "granularity"), CASES)
def test_it_agrees_with_numpy_over_the_runs_themselves(
    zone: str, start: datetime, granularity: Granularity, failed: bool
) -> None:
    runs = random_runs(start, start + SPAN, count=600, seed=7)
    buckets = cut(zone, start, granularity)
    frame = latency_over_time(relation(runs), buckets, failed_in_latency=failed)
    for row, held in zip(frame.to_dict("records"), by_bucket(runs, buckets), strict=True):
        values = latencies(held, failed=failed)
        assert (row[RUNS], row[LATENCY_RUNS]) == (len(held), len(values))
        wanted = np.percentile(values, [50, 95, 99]) if values else np.full(3, np.nan)
        wanted[2] = wanted[2] if len(values) >= P99_RUNS else np.nan
        assert [row[P50], row[P95], row[P99]] == pytest.approx(wanted, rel=1e-12, nan_ok=True)


def timed_runs(count: int) -> list[dict[str, object]]:
    return [{"date": NOON, "state": "COMPLETED", "latency": float(n)} for n in range(count)]


@pytest.mark.parametrize(
    ("count", "few", "has_p99"),
    [
        (1, True, False),
        (FEW_RUNS - 1, True, False),
        (FEW_RUNS, False, False),
        (P99_RUNS - 1, False, False),
        (P99_RUNS, False, True),
    ],
)
def test_few_runs_are_said_and_have_no_p99(count: int, few: bool, has_p99: bool) -> None:
    buckets = buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON + HOUR)
    row = latency_over_time(relation(timed_runs(count)), buckets).iloc[0]
    assert bool(row[FEW]) is few
    assert bool(np.isfinite(row[P99])) is has_p99
    assert np.isfinite(row[P50])


def test_a_bucket_without_runs_is_a_gap_with_a_count_of_0() -> None:
    buckets = buckets_for(NOON - HOUR, NOON + 2 * HOUR, zone="UTC", now=NOON + 2 * HOUR)
    frame = latency_over_time(relation(timed_runs(3)), buckets)
    assert list(frame[RUNS]) == [0, 3, 0]
    assert list(frame[P50].isna()) == [True, False, True]
    assert list(frame[FEW]) == [False, True, False]


def test_unfinished_runs_and_those_without_a_latency_are_counted_but_not_timed() -> None:
    runs = [
        {"date": NOON, "state": "PENDING", "latency": 900.0},
        {"date": NOON, "state": "COMPLETED", "latency": None},
        {"date": NOON, "state": "COMPLETED", "latency": float("inf")},
        {"date": NOON, "state": "CANCELLED", "latency": 2.0},
    ]
    buckets = buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON + HOUR)
    row = latency_over_time(relation(runs), buckets).iloc[0]
    assert (row[RUNS], row[LATENCY_RUNS], row[P50]) == (4, 1, 2.0)


def test_runs_outside_the_range_are_left_out_to_the_second() -> None:
    start, end = NOON + timedelta(seconds=20), NOON + timedelta(seconds=40)
    runs = [{"date": NOON + timedelta(seconds=s), "state": "COMPLETED", "latency": 1.0} for s in (19, 20, 39, 40)]
    frame = latency_over_time(relation(runs), buckets_for(start, end, zone="UTC", now=end))
    assert list(frame[RUNS]) == [2]


def test_no_runs_at_all_give_every_bucket_and_every_column() -> None:
    buckets = buckets_for(NOON, NOON + 2 * HOUR, zone="UTC", now=NOON + 2 * HOUR)
    frame = latency_over_time(relation([]), buckets)
    assert tuple(frame.columns) == LATENCY_COLUMNS
    assert list(frame[RUNS]) == [0, 0]
    assert frame[[P50, P95, P99]].isna().all(axis=None)
    assert [frame[START].iloc[0], frame[END].iloc[-1]] == [NOON, NOON + 2 * HOUR]


def test_no_buckets_give_no_rows_but_the_same_types() -> None:
    some = latency_over_time(relation(timed_runs(1)), buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON))
    none = latency_over_time(relation(timed_runs(1)), buckets_for(NOON, NOON, zone="UTC", now=NOON))
    assert len(none) == 0
    assert list(none.dtypes) == list(some.dtypes)


@pytest.mark.parametrize("failed", [True, False])
def test_chosen_percentiles_agree_with_numpy_and_need_runs_enough(failed: bool) -> None:
    start, chosen = NOON - HOUR, (0.99, 0.5, 0.75, 0.9)
    runs = random_runs(NOON, NOON + 3 * HOUR, count=500, seed=6)
    buckets = buckets_for(start, NOON + 3 * HOUR, zone="UTC", now=NOON + 3 * HOUR)
    frame = percentiles_over_time(relation(runs), buckets, percentiles=chosen, failed_in_latency=failed)
    names = ["p50_s", "p75_s", "p90_s", "p99_s"]
    assert list(frame.columns) == [START, END, PARTIAL, RUNS, LATENCY_RUNS, *names, FEW]
    for row, held in zip(frame.to_dict("records"), by_bucket(runs, buckets), strict=True):
        values = latencies(held, failed=failed)
        wanted = np.percentile(values, [50, 75, 90, 99]) if values else np.full(4, np.nan)
        wanted[3] = wanted[3] if len(values) >= P99_RUNS else np.nan
        assert [row[name] for name in names] == pytest.approx(wanted, nan_ok=True)


def test_the_same_percentiles_say_the_same_as_latency_over_time() -> None:
    buckets = buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON + HOUR)
    for count in (1, FEW_RUNS, P99_RUNS):
        runs = relation(timed_runs(count))
        chosen = percentiles_over_time(runs, buckets, percentiles=(0.5, 0.95, 0.99))
        assert chosen.equals(latency_over_time(runs, buckets))


@pytest.mark.parametrize(("percentile", "runs"), [(0.5, 1), (0.95, 1), (0.98, 100), (0.99, 100), (0.999, 1000)])
def test_a_percentile_of_the_tail_needs_runs_beyond_it(percentile: float, runs: int) -> None:
    assert runs_needed(percentile) == runs


@pytest.mark.parametrize("percentile", [0, 1, 50, float("nan")])
def test_a_percentile_lies_between_0_and_1(percentile: float) -> None:
    buckets = buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON + HOUR)
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentiles_over_time(relation([]), buckets, percentiles=(percentile,))


def test_the_columns_of_percentiles_are_those_that_figures_know() -> None:
    assert [percentile_column(choice) for choice in CHOICES] == [P50, P75, P90, P95, P99]
