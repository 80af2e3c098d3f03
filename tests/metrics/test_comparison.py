"""Differences between two periods: values as the summary has them, intervals that hold what they promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.comparison import Difference, Direction, Metric, Rise, differences
from analytics_dash.metrics.comparison_intervals import Estimate, difference_bounds, ranks, share
from analytics_dash.metrics.comparison_totals import totals
from analytics_dash.metrics.summary import summary
from analytics_dash.runs.feedback import verdict
from tests.metrics.reference import random_runs
from tests.metrics.table import relation

START = datetime(2026, 11, 17, tzinfo=UTC)
WEEK = timedelta(days=7)


def rated_runs(seed: int, count: int = 400) -> list[dict[str, Any]]:
    chance = np.random.default_rng(seed)
    said = [None, "positive", "👍", "negative", "too long", " "]
    runs = random_runs(START, START + WEEK, count=count, seed=seed)
    return [run | {"feedback": said[chance.integers(len(said))]} for run in runs]


@pytest.mark.parametrize("failed", [True, False])
def test_both_sides_have_the_values_of_their_summaries(failed: bool) -> None:
    now, then = rated_runs(1), rated_runs(2, 300)
    found = differences(relation(now), relation(then), failed_in_latency=failed)
    for place, runs in (("now", now), ("then", then)):
        wanted = summary(relation(runs), now=START + WEEK, failed_in_latency=failed)
        for metric in set(found) - {Metric.FEEDBACK}:
            assert getattr(found[metric], place) == pytest.approx(getattr(wanted, metric)), metric
        said = [verdict(run["feedback"]) for run in runs]
        positive, negative = said.count(verdict("positive")), said.count(verdict("negative"))
        assert getattr(found[Metric.FEEDBACK], place) == positive / (positive + negative)


def test_feedback_in_own_words_is_counted_apart() -> None:
    said = ["good", "bad", "bad", "fine, thanks", None, ""]
    side = totals(relation([{"date": START, "feedback": text} for text in said]))
    assert (side.positive, side.negative, side.own_words) == (1, 2, 1)


def test_nothing_on_either_side_is_no_data_and_no_difference() -> None:
    found = differences(relation([]), relation([]))
    rate, runs = found[Metric.FAILURE_RATE], found[Metric.RUNS]
    assert (rate.now, rate.then, rate.difference, rate.relative, rate.significant) == (None,) * 5
    assert rate.direction is Direction.UNKNOWN
    assert (runs.difference, runs.relative, runs.direction) == (0, None, Direction.SAME)
    assert not any(difference.few for difference in found.values())


def test_one_run_against_many_is_few_and_has_no_percentile_interval() -> None:
    one = [{"date": START, "state": "COMPLETED", "latency": 2.0}]
    found = differences(relation(one), relation(one * 100))
    assert found[Metric.P95] == Difference(Metric.P95, 2.0, 2.0, few=True)
    assert found[Metric.FAILURE_RATE].few
    assert found[Metric.FAILURE_RATE].significant is False


@pytest.mark.parametrize(
    ("metric", "rise"),
    [
        (Metric.RUNS, Rise.NEUTRAL),
        (Metric.USERS, Rise.NEUTRAL),
        (Metric.FEEDBACK, Rise.GOOD),
        (Metric.FAILURE_RATE, Rise.BAD),
        (Metric.P95, Rise.BAD),
        (Metric.TOKENS, Rise.BAD),
        (Metric.COST, Rise.BAD),
        (Metric.UNFINISHED, Rise.BAD),
    ],
)
def test_what_a_rise_means_depends_on_the_metric(metric: Metric, rise: Rise) -> None:
    assert Difference(metric, 2.0, 1.0).rise is rise


def test_a_cost_is_compared_where_it_has_been_estimated() -> None:
    runs = [{"date": START}] * 30
    assert Metric.COST not in differences(relation(runs), relation(runs))
    cost = differences(relation(runs), relation(runs), cost=(3.0, 2.0))[Metric.COST]
    assert (cost.difference, cost.relative, cost.direction, cost.significant) == (1.0, 0.5, Direction.UP, None)
    assert differences(relation(runs), relation(runs), cost=(3.0, None))[Metric.COST].direction is Direction.UNKNOWN


def test_the_interval_of_two_shares_is_the_published_one() -> None:
    now, then = share(56, 70), share(48, 80)
    assert now is not None
    assert then is not None
    assert difference_bounds(now, then) == pytest.approx((0.0524, 0.3339), abs=1e-4)  # Newcombe 1998, table II (a)


def test_a_doubled_latency_and_failure_rate_are_significant_and_the_same_ones_are_not() -> None:
    chance = np.random.default_rng(5)

    def runs(scale: float, rate: float) -> list[dict[str, Any]]:
        fates = ["FAILED" if hit else "COMPLETED" for hit in chance.random(800) < rate]
        values = chance.lognormal(1, 0.6, 800) * scale
        return [{"date": START, "state": f, "latency": v} for f, v in zip(fates, values.tolist(), strict=True)]

    worse = differences(relation(runs(2, 0.2)), relation(runs(1, 0.1)))
    for metric in (Metric.FAILURE_RATE, Metric.P50, Metric.P95):
        low, difference = worse[metric].low, worse[metric].difference
        assert worse[metric].significant
        assert low is not None
        assert difference is not None
        assert 0 < low < difference
    same = runs(1, 0.1)
    again = differences(relation(same), relation(same))
    assert [again[m].significant for m in (Metric.FAILURE_RATE, Metric.P50, Metric.P95)] == [False] * 3


@pytest.mark.parametrize(("quantile", "few", "enough"), [(0.5, 5, 20), (0.95, 50, 200)])
def test_ranks_stay_among_the_runs(quantile: float, few: int, enough: int) -> None:
    assert ranks(quantile, 0) is None
    assert ranks(quantile, few) is None
    low, high = ranks(quantile, enough) or (0, 0)
    assert 1 <= low < quantile * enough < high <= enough


def test_the_bounds_of_a_percentile_are_the_order_statistics_at_its_ranks() -> None:
    values = np.random.default_rng(8).exponential(4, 777)
    runs = [{"date": START, "state": "COMPLETED", "latency": value} for value in values.tolist()]
    side = totals(relation(runs))
    for estimate, quantile in ((side.p50, 0.5), (side.p95, 0.95)):
        low, high = ranks(quantile, 777) or (0, 0)
        held = np.sort(values)
        assert estimate is not None
        assert estimate.value == pytest.approx(np.quantile(values, quantile))
        assert (estimate.low, estimate.high) == (held[low - 1], held[high - 1])


def test_the_interval_of_a_percentiles_difference_holds_the_truth_in_about_95_of_100_samples() -> None:
    chance, held, of = np.random.default_rng(11), 0, 400
    pair = ranks(0.95, of)
    assert pair is not None
    truth = float(np.exp(0.5 * 1.6448536) * 0.5)
    for _ in range(400):
        sides = []
        for scale in (1.5, 1.0):
            values = np.sort(chance.lognormal(0, 0.5, of) * scale)
            sides.append(Estimate(float(np.quantile(values, 0.95)), values[pair[0] - 1], values[pair[1] - 1]))
        low, high = difference_bounds(*sides) or (0.0, 0.0)
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.99


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50)))
def test_a_difference_of_shares_lies_in_its_interval_and_turns_its_sign_with_the_sides(n: tuple[int, ...]) -> None:
    now, then = share(min(n[0], n[1]), n[1]), share(min(n[2], n[3]), n[3])
    assert now is not None
    assert then is not None
    low, high = difference_bounds(now, then) or (1.0, -1.0)
    assert -1 - 1e-9 <= low <= now.value - then.value <= high <= 1 + 1e-9
    assert difference_bounds(then, now) == pytest.approx((-high, -low))
