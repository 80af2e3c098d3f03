"""Tokens over time: sums that add up to the whole, zero where there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import RUNS, TOKEN_COLUMNS, TOKENS
from analytics_dash.metrics.summary import summary
from analytics_dash.metrics.tokens import tokens_over_time
from analytics_dash.runs.record import INT64_MAX
from tests.metrics.cases import CASES, SPAN, cut
from tests.metrics.reference import by_bucket, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("zone", "start", "granularity"), CASES)
def test_it_agrees_with_a_sum_run_by_run(zone: str, start: datetime, granularity: Granularity) -> None:
    runs = random_runs(start, start + SPAN, count=600, seed=8)
    buckets = cut(zone, start, granularity)
    frame = tokens_over_time(relation(runs), buckets)
    held = by_bucket(runs, buckets)
    assert list(frame[TOKENS]) == [sum(run["total_tokens"] or 0 for run in bucket) for bucket in held]
    assert list(frame[RUNS]) == [len(bucket) for bucket in held]


def test_runs_without_a_count_and_empty_buckets_are_zero() -> None:
    buckets = buckets_for(NOON, NOON + 2 * HOUR, zone="UTC", now=NOON + 2 * HOUR)
    frame = tokens_over_time(relation([{"date": NOON, "total_tokens": None}]), buckets)
    assert tuple(frame.columns) == TOKEN_COLUMNS
    assert list(frame[TOKENS]) == [0, 0]
    assert list(frame[RUNS]) == [1, 0]


def test_a_server_that_sends_nonsense_does_not_overflow_the_table() -> None:
    runs = [{"date": NOON, "total_tokens": INT64_MAX}, {"date": NOON, "total_tokens": INT64_MAX}]
    frame = tokens_over_time(relation(runs), buckets_for(NOON, NOON + HOUR, zone="UTC", now=NOON))
    assert list(frame[TOKENS]) == [INT64_MAX]


@settings(max_examples=25, deadline=None)  # each example opens an engine
@given(
    seed=st.integers(0, 2**32),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    granularity=st.sampled_from(Granularity),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  bounds are naive
)
def test_the_buckets_add_up_to_the_whole(seed: int, zone: str, granularity: Granularity, start: datetime) -> None:
    runs = relation(random_runs(start, start + SPAN, count=40, seed=seed))
    frame = tokens_over_time(runs, cut(zone, start, granularity))
    whole = summary(runs, now=start + SPAN)
    assert (int(frame[RUNS].sum()), int(frame[TOKENS].sum())) == (whole.runs, whole.tokens)


def test_a_sum_that_no_float_holds_is_exact_beside_an_empty_bucket() -> None:
    many = 2**53 + 1
    buckets = buckets_for(NOON, NOON + 2 * HOUR, zone="UTC", now=NOON + 9 * HOUR, granularity=Granularity.HOUR)
    found = tokens_over_time(relation([{"date": NOON, "total_tokens": many}]), buckets)
    assert found[TOKENS].to_list() == [many, 0]
