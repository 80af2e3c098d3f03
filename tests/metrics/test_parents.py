"""Who calls a flow: against the same counted in plain Python, with parents that are missing in every way."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import buckets_for
from analytics_dash.metrics.columns import (
    FAILED,
    FEW,
    FIRST_SEEN,
    LAST_SEEN,
    LOW,
    P95,
    RATE,
    RUNS,
    SUCCEEDED,
    TITLE,
    TOKENS,
)
from analytics_dash.metrics.parents import (
    KIND,
    PARENT_COLUMNS,
    PARENT_RUNS,
    SORTS,
    Kind,
    parents,
    parents_over_time,
)
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.dimension import VALUE
from tests.metrics.table import relation
from tests.moments import NOW

HOSTILE = "x'); DROP TABLE runs; -- <b>"
Row = dict[str, Any]


def run(number: int, **values: Any) -> Row:
    return {"run_id": f"r{number}", "date": NOW - timedelta(minutes=number), "state": "COMPLETED", **values}


rows = st.lists(
    st.fixed_dictionaries(
        {
            "parent_project_id": st.sampled_from([None, "", "a", "b", HOSTILE, "(no parent)"]),
            "parent_run_id": st.sampled_from([None, "", "p1", "p2", "p3"]),
            "parent_project_name": st.sampled_from([None, "", "A", "B"]),
            "state": st.sampled_from(["COMPLETED", "FAILED", "PENDING", "CANCELLED"]),
            "latency": st.none() | st.floats(0, 100),
            "total_tokens": st.none() | st.integers(0, 1000),
        }
    ),
    max_size=30,
)


def kind_of(row: Row) -> tuple[str, str]:
    if row["parent_project_id"]:
        return Kind.NAMED, row["parent_project_id"]
    return (Kind.UNNAMED if row["parent_run_id"] else Kind.NONE), "(no parent)"


@settings(max_examples=25, deadline=None)
@given(rows, st.sampled_from(SORTS))
def test_every_parent_has_the_numbers_of_its_own_runs(drawn: list[Row], by: str) -> None:
    given_rows = [run(number, **row) for number, row in enumerate(drawn)]
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in given_rows:
        groups[kind_of(row)].append(row)
    found = parents(relation(given_rows), by=by)
    shown = {(str(row[KIND]), str(row[VALUE])): row for row in found.frame.to_dict("records")}
    assert list(found.frame.columns) == list(PARENT_COLUMNS)
    assert set(shown) == set(groups)
    assert found.runs == len(given_rows)
    assert found.parents == len([kind for kind, _ in groups if kind != Kind.NONE])
    for key, mine in groups.items():
        told = shown[key]
        timed = [r["latency"] for r in mine if r["latency"] is not None and r["state"] != "PENDING"]
        named = [r["parent_project_name"] for r in mine if r["parent_project_name"]]
        assert (told[RUNS], told[FAILED]) == (len(mine), sum(r["state"] == "FAILED" for r in mine))
        assert told[SUCCEEDED] == sum(r["state"] == "COMPLETED" for r in mine)
        assert told[TOKENS] == sum(r["total_tokens"] or 0 for r in mine)
        assert told[PARENT_RUNS] == len({r["parent_run_id"] for r in mine} - {None, ""})
        assert told[TITLE] == named[0] if named else told[TITLE] in (None, "") or told[TITLE] != told[TITLE]
        assert (told[FIRST_SEEN], told[LAST_SEEN]) == (mine[-1]["date"], mine[0]["date"])
        np.testing.assert_allclose(told[P95], np.quantile(timed, 0.95) if timed else np.nan, atol=1e-9)


def test_a_single_failed_run_does_not_make_the_worst_parent_by_rate() -> None:
    once = [run(0, parent_project_id="once", state="FAILED")]
    often = [run(n, parent_project_id="often", state="FAILED" if n % 2 else "COMPLETED") for n in range(1, 101)]
    found = parents(relation([*once, *often]), by=RATE).frame
    assert found[VALUE].tolist() == ["often", "once"]
    assert found[LOW].tolist() == pytest.approx([float(wilson(50, 100)[0]), float(wilson(1, 1)[0])])


def test_a_percentile_over_few_runs_comes_after_one_over_enough() -> None:
    few = [run(0, parent_project_id="few", latency=99.0)]
    enough = [run(n, parent_project_id="enough", latency=1.0) for n in range(1, 30)]
    found = parents(relation([*few, *enough]), by=P95).frame
    assert found[VALUE].tolist() == ["enough", "few"]
    assert found[FEW].tolist() == [False, True]


def test_runs_that_nothing_called_come_last_and_are_no_parent_and_the_limit_is_for_parents() -> None:
    free = [run(n, state="FAILED") for n in range(10)]
    called = [run(10 + n, parent_project_id=f"p{n}") for n in range(4)]
    found = parents(relation([*free, *called]), limit=3)
    assert found.frame[KIND].tolist() == [Kind.NAMED] * 3 + [Kind.NONE]
    assert (found.parents, found.called, found.runs) == (4, 4, 14)


@pytest.mark.parametrize("by", SORTS)
def test_what_is_said_of_all_parents_rests_on_all_of_them_however_the_table_is_sorted(by: str) -> None:
    big = [run(n, parent_project_id=f"big{n % 3}", state="FAILED" if n < 9 else "COMPLETED") for n in range(300)]
    small = [run(300 + n, parent_project_id="small", state="FAILED", total_tokens=1) for n in range(8)]
    free = [run(400, state="FAILED")]
    found = parents(relation([*big, *small, *free]), by=by, limit=2)
    assert (found.called_failed, found.called_succeeded) == (17, 291)
    assert found.worst[VALUE].tolist() == ["small"]
    shown = found.frame[found.frame[KIND] != Kind.NONE]
    rest = found.rest.iloc[0]
    assert (len(shown), rest[KIND]) == (2, Kind.OTHER)
    assert shown[RUNS].sum() + rest[RUNS] == found.called
    assert shown[FAILED].sum() + rest[FAILED] == found.called_failed
    assert shown[TOKENS].sum() + rest[TOKENS] == 8
    assert np.isnan(rest[P95])
    assert parents(relation(free)).worst.empty


def test_no_runs_have_no_parents() -> None:
    found = parents(relation([]))
    assert found.frame.empty
    assert (found.parents, found.called, found.runs) == (0, 0, 0)


def test_over_time_the_buckets_of_a_parent_hold_its_runs_and_no_others() -> None:
    mine = [run(n, parent_project_id=HOSTILE, state="FAILED" if n % 3 else "COMPLETED") for n in range(90)]
    other = [run(100 + n, parent_project_id="b") for n in range(20)]
    start, end = NOW - timedelta(hours=4), NOW + timedelta(minutes=1)
    found = parents_over_time(relation([*mine, *other]), buckets_for(start, end, zone="UTC", now=NOW), [HOSTILE, "b"])
    assert {value: int(frame[FAILED].sum()) for value, frame in found.items()} == {HOSTILE: 60, "b": 0}
    assert int(found["b"][SUCCEEDED].sum()) == 20
