"""The heatmap: every timed run in one cell, cells that stay where they are, not more than a browser takes."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.columns import END, HEATMAP_COLUMNS, HIGH_S, LATENCY_RUNS, LOW_S, RUNS, START
from analytics_dash.metrics.heatmap import MAX_COLUMNS, MAX_ROWS, Heatmap, heatmap, narrowed
from tests.metrics.reference import by_bucket, latencies, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def of(runs: list[dict[str, object]], hours: int = 2) -> Heatmap:
    buckets = buckets_for(NOON, NOON + hours * HOUR, zone="UTC", now=NOON + hours * HOUR)
    return heatmap(relation(runs), buckets)


@pytest.mark.parametrize("failed", [True, False])
def test_cells_hold_the_runs_that_a_loop_puts_there(failed: bool) -> None:
    start, end = NOON + timedelta(minutes=7), NOON + timedelta(days=2)
    runs = random_runs(start, end, count=800, seed=3)
    buckets = buckets_for(start, end, zone="Asia/Kolkata", now=end)
    drawn = heatmap(relation(runs), buckets, failed_in_latency=failed)
    bounds = drawn.bins.bounds
    wanted: Counter[tuple[datetime, float]] = Counter()
    for begins, held in zip(buckets.starts, by_bucket(runs, buckets), strict=True):
        for value in latencies(held, failed=failed):
            wanted[begins, max(bound for bound in bounds if bound <= value)] += 1
    assert wanted == {(row[START], row[LOW_S]): row[RUNS] for row in drawn.cells.to_dict("records")}
    assert drawn.runs == len(runs)
    assert drawn.untimed == len(runs) - sum(wanted.values())
    assert len(drawn.bins) <= MAX_ROWS


def test_a_cell_is_bounded_in_time_and_in_seconds() -> None:
    cells = of([{"date": NOON, "state": "COMPLETED", "latency": 2.2}]).cells
    assert cells[[START, END, LOW_S, HIGH_S, RUNS]].to_numpy().tolist() == [[NOON, NOON + HOUR, 2.0, 2.5, 1]]


def test_a_latency_of_nothing_or_less_lies_in_the_open_bin_below() -> None:
    cells = of([{"date": NOON, "state": "COMPLETED", "latency": value} for value in (0.0, -3.0)]).cells
    assert cells[[LOW_S, HIGH_S, RUNS]].to_numpy().tolist() == [[-math.inf, 0.001, 2]]


@pytest.mark.parametrize("latency", [None, math.inf])
def test_runs_without_a_latency_are_told_and_in_no_cell(latency: float | None) -> None:
    drawn = of([{"date": NOON, "state": "COMPLETED", "latency": latency}, {"date": NOON, "state": "PENDING"}])
    assert (drawn.runs, drawn.untimed, len(drawn.cells), len(drawn.bins)) == (2, 2, 0, 0)
    assert list(drawn.times[LATENCY_RUNS]) == [0, 0]


def test_no_runs_and_no_buckets_give_the_same_columns_and_types() -> None:
    some, none, never = of([{"date": NOON, "state": "COMPLETED", "latency": 1.0}]), of([]), of([], hours=0)
    assert tuple(some.cells.columns) == HEATMAP_COLUMNS
    assert list(some.cells.dtypes) == list(none.cells.dtypes) == list(never.cells.dtypes)
    assert (len(none.times), len(never.times)) == (2, 0)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
@pytest.mark.parametrize("granularity", list(Granularity))
def test_too_many_buckets_are_merged_along_the_calendar(zone: str, granularity: Granularity) -> None:
    start, end = datetime(2026, 3, 20, 5, 17, tzinfo=UTC), datetime(2031, 4, 1, 3, tzinfo=UTC)
    if granularity is Granularity.HOUR:
        end = datetime(2026, 4, 15, 3, tzinfo=UTC)
    buckets = buckets_for(start, end, zone=zone, now=end, granularity=granularity)
    merged = narrowed(buckets, at_most=MAX_COLUMNS)
    assert MAX_COLUMNS // 3 < len(merged) <= MAX_COLUMNS < len(buckets)
    assert set(merged.edges) <= set(buckets.edges)
    assert (merged.edges[0], merged.edges[-1]) == (start, end)
    assert (merged.partial[0], any(merged.partial[1:-1])) == (True, False)


def test_where_buckets_are_merged_does_not_depend_on_where_the_range_begins() -> None:
    def edges(start: datetime) -> set[datetime]:
        end = start + timedelta(days=12)
        merged: Buckets = narrowed(
            buckets_for(start, end, zone="Europe/Berlin", now=end, granularity=Granularity.HOUR), at_most=MAX_COLUMNS
        )
        return set(merged.edges[1:-1])

    first, second = edges(NOON), edges(NOON + 5 * HOUR)
    shared = {edge for edge in first | second if NOON + 6 * HOUR < edge < NOON + timedelta(days=11)}
    assert shared <= first & second


def test_a_week_of_hours_is_not_merged() -> None:
    start = datetime(2026, 10, 20, 5, 17, tzinfo=UTC)
    buckets = buckets_for(start, start + timedelta(days=7), zone="Europe/Berlin", now=NOON)
    assert narrowed(buckets, at_most=MAX_COLUMNS) is buckets
