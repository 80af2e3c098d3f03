"""The distribution: exact shares up to each latency, every timed run in one bin."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from analytics_dash.metrics.columns import HIGH_S, LATENCY_S, LOW_S, RUNS, SHARE
from analytics_dash.metrics.distribution import MAX_BINS, SHARES, Distribution, distribution
from analytics_dash.metrics.percentiles import P99_RUNS
from tests.metrics.reference import latencies, random_runs
from tests.metrics.table import relation
from tests.metrics.test_heatmap import NOON


def of(values: list[float | None]) -> Distribution:
    return distribution(relation([{"date": NOON, "state": "COMPLETED", "latency": value} for value in values]))


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize("count", [3, 700])
def test_it_agrees_with_numpy_over_the_runs_themselves(count: int, failed: bool) -> None:
    runs = random_runs(NOON, NOON + timedelta(days=2), count=count, seed=11)
    spread = distribution(relation(runs), failed_in_latency=failed)
    values = np.array(latencies(runs, failed=failed))
    assert (spread.runs, spread.latency_runs, len(spread.curve)) == (len(runs), len(values), len(SHARES))
    assert list(spread.curve[LATENCY_S]) == pytest.approx(np.percentile(values, SHARES * 100).tolist(), rel=1e-12)
    assert (spread.p50_s, spread.p95_s) == pytest.approx(tuple(np.percentile(values, [50, 95])))
    assert (spread.p99_s is not None) is (len(values) >= P99_RUNS)
    for row in spread.bins.to_dict("records"):
        assert row[RUNS] == ((values >= row[LOW_S]) & (values < row[HIGH_S])).sum()
    assert spread.bins[RUNS].sum() == len(values)


def test_bins_have_no_gaps_and_are_not_too_many() -> None:
    bins = of([0.002, 0.1, 9.0, 9.0, 4000.0]).bins
    assert list(bins[HIGH_S][:-1]) == list(bins[LOW_S][1:])
    assert len(bins) <= MAX_BINS
    assert 0 in list(bins[RUNS])


def test_one_run_is_every_percentile_and_few() -> None:
    spread = of([4.0])
    assert set(spread.curve[LATENCY_S]) == {4.0}
    assert (spread.p50_s, spread.p95_s, spread.p99_s, spread.few) == (4.0, 4.0, None, True)


@pytest.mark.parametrize("values", [[], [None, float("nan")]])
def test_without_a_latency_there_is_nothing(values: list[float | None]) -> None:
    spread = of(values)
    assert (len(spread.bins), len(spread.curve), spread.p50_s, spread.few) == (0, 0, None, False)
    assert list(spread.curve.dtypes) == list(of([1.0]).curve.dtypes)
    assert list(spread.bins.dtypes) == list(of([1.0]).bins.dtypes)


def test_the_curve_is_known_at_not_more_than_200_shares_to_the_slowest() -> None:
    assert len(SHARES) <= 200
    assert (SHARES[0], SHARES[-1]) == (0, 1)
    assert {0.5, 0.95, 0.99} <= set(of([1.0]).curve[SHARE])
