"""The breakdown by a dimension: each row agrees with its runs, and the rows with the rest make up the whole."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.breakdown import OTHER, UNATTRIBUTED, breakdown
from analytics_dash.metrics.columns import (
    BREAKDOWN_COLUMNS,
    CHANGE,
    FEW,
    HIGH,
    LAST_SEEN,
    LATENCY_RUNS,
    LOW,
    P50,
    P95,
    RATE,
    RUNS,
    RUNS_THEN,
    SHARE,
    TOKENS,
    USERS,
)
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.table import relation

START = datetime(2026, 11, 17, tzinfo=UTC)
USER, MODEL, PARENT = (DIMENSIONS[name] for name in ("user", "model", "parent"))
HOSTILE = "o'hara\"; DROP TABLE stored; --"


def some_runs(seed: int, count: int = 400) -> list[dict[str, Any]]:
    return random_runs(START, START + timedelta(days=7), count=count, seed=seed)


@cache
def stored(seed: int, count: int) -> duckdb.DuckDBPyRelation:
    return relation(some_runs(seed, count))


@pytest.mark.parametrize("failed", [True, False])
def test_each_row_agrees_with_its_runs(failed: bool) -> None:
    runs = some_runs(1)
    frame = breakdown(relation(runs), USER, failed_in_latency=failed).frame
    assert tuple(frame.columns) == BREAKDOWN_COLUMNS
    assert sorted(frame[VALUE]) == ["(no user)", "ann", "bob", "cyd", "o'hara"]
    for row in frame.to_dict("records"):
        user = None if row[VALUE] == "(no user)" else row[VALUE]
        held = [run for run in runs if run["user_id"] == user]
        counts, values = Counter(map(fate, held)), latencies(held, failed=failed)
        assert (row[RUNS], row["failed"], row["succeeded"]) == (len(held), counts["failed"], counts["succeeded"])
        assert row[SHARE] == len(held) / len(runs)
        assert row[RATE] == counts["failed"] / (counts["failed"] + counts["succeeded"])
        assert row[LOW] < row[RATE] < row[HIGH]
        assert (row[LATENCY_RUNS], row[FEW]) == (len(values), len(values) < 20)
        assert [row[P50], row[P95]] == pytest.approx(list(np.percentile(values, [50, 95])))
        assert row[TOKENS] == sum(run["total_tokens"] or 0 for run in held)
        assert (row[USERS], row[LAST_SEEN]) == (int(user is not None), max(run["date"] for run in held))


@settings(max_examples=25, deadline=None)
@given(limit=st.integers(0, 7), by=st.sampled_from([RUNS, RATE, P95, TOKENS, VALUE, LAST_SEEN]), seed=st.integers(0, 2))
def test_the_rows_and_the_other_add_up_to_the_whole(limit: int, by: str, seed: int) -> None:
    now, then = some_runs(seed, 120), some_runs(seed + 50, 80)
    found = breakdown(stored(seed, 120), USER, then=stored(seed + 50, 80), by=by, limit=limit)
    assert (len(found.frame), found.values) == (min(limit, 5), 5)
    assert len(found.other) == (limit < 5)
    for name, wanted in {
        RUNS: len(now),
        RUNS_THEN: len(then),
        SHARE: 1,
        CHANGE: len(now) - len(then),
        "failed": [*map(fate, now)].count("failed"),
        TOKENS: sum(run["total_tokens"] or 0 for run in now),
    }.items():
        assert found.frame[name].sum() + found.other[name].sum() == pytest.approx(wanted), name


def test_the_other_has_a_rate_but_neither_percentiles_nor_users() -> None:
    runs = some_runs(2)
    other = breakdown(relation(runs), USER, limit=1).other.iloc[0]
    top = Counter(run["user_id"] for run in runs).most_common(1)[0][0]
    fates = Counter(fate(run) for run in runs if run["user_id"] != top)
    assert other[VALUE] == OTHER
    assert other[RATE] == fates["failed"] / (fates["failed"] + fates["succeeded"])
    assert np.isnan([other[P50], other[P95], other[USERS], other[RUNS_THEN], other[CHANGE]]).all()
    assert other[LAST_SEEN] == max(run["date"] for run in runs if run["user_id"] != top)


def test_ties_are_ordered_by_value_and_what_is_unknown_comes_last() -> None:
    runs = [{"date": START, "user_id": user} for user in ("b", "a", "c")]
    timed = {"date": START, "user_id": "z", "state": "COMPLETED", "latency": 1.0}
    assert list(breakdown(relation(runs), USER).frame[VALUE]) == ["a", "b", "c"]
    assert list(breakdown(relation([*runs, timed]), USER, by=P95).frame[VALUE]) == ["z", "a", "b", "c"]


def test_a_value_that_only_the_compared_period_has_is_there_without_runs() -> None:
    now = [{"date": START, "parent_project_id": "p1", "parent_project_name": "Claims"}]
    gone = {"date": START, "parent_project_id": "p2", "parent_project_name": "Mail"}
    row = breakdown(relation(now), PARENT, then=relation([gone] * 3)).frame.iloc[1]
    assert (row[VALUE], row["title"], row[RUNS], row[RUNS_THEN], row[CHANGE]) == ("p2", "Mail", 0, 3, -3)
    assert np.isnan([row[RATE], row[P50]]).all()


def test_a_user_who_is_called_no_user_counts_with_those_without_one() -> None:
    runs = [{"date": START, "user_id": user} for user in ("(no user)", None, "")]
    frame = breakdown(relation(runs), USER, then=relation(runs)).frame
    assert frame[[VALUE, RUNS, RUNS_THEN]].to_numpy().tolist() == [["(no user)", 3, 3]]


def test_a_run_counts_under_each_of_its_models_whose_tokens_are_their_own_and_add_up_to_the_whole() -> None:
    used: tuple[dict[str, int], ...] = ({"a": 60, HOSTILE: 30}, {"a": 90}, {})
    runs: list[dict[str, Any]] = [
        {
            "date": START,
            "total_tokens": 100,
            "usage": [{"model_id": name, "tokens": tokens} for name, tokens in held.items()],
        }
        for held in used
    ]
    found = breakdown(relation(runs), MODEL, limit=2)
    told = [list(row) for row in found.frame[[VALUE, RUNS, TOKENS]].to_numpy()]
    assert told == [["a", 2, 150], ["(no model)", 1, 100]]
    assert found.values == 3
    assert [list(row) for row in found.other[[VALUE, TOKENS]].to_numpy()] == [[OTHER, 30], [UNATTRIBUTED, 20]]
    assert found.other[RUNS].isna().all()


def test_models_that_used_more_than_their_runs_leave_less_than_nothing() -> None:
    runs = [{"date": START, "total_tokens": 10, "usage": [{"model_id": "a", "tokens": 15}]}]
    found = breakdown(relation(runs), MODEL)
    assert (int(found.frame[TOKENS].iloc[0]), int(found.other[TOKENS].iloc[0])) == (15, -5)


@pytest.mark.parametrize("then", [None, relation([])])
def test_no_runs_are_a_table_without_rows(then: Any) -> None:
    found = breakdown(relation([]), USER, then=then)
    assert (len(found.frame), found.values, len(found.other)) == (0, 0, 0)
    assert tuple(found.frame.columns) == tuple(found.other.columns) == BREAKDOWN_COLUMNS
