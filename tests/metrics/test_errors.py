"""Error groups in a table: counts, users, first and last, new and back again, a newest example, counts per bucket."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.columns import ERROR_GROUP_COLUMNS, FIRST_SEEN, IS_BACK, IS_NEW, LAST_SEEN, RUNS, USERS
from analytics_dash.metrics.errors import EXAMPLE_LENGTH, ErrorGroups, error_groups
from analytics_dash.runs.error_group import NO_ERROR_TEXT, error_group_id, error_template
from tests.metrics.reference import by_bucket, fate, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEXTS = [None, " ", "row 1 of 2", "row 3 of 4", "o'hara; DROP TABLE runs --", "two\nlines", "50% of [a-z]+ \\1 {x}"]


def failed(error: str | None, *, ago: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
    return {"date": NOON - ago, "state": "FAILED", "error": error, **more}


def many(count: int = 400) -> list[dict[str, Any]]:
    chance = random.Random(4)  # noqa: S311  test data
    runs = random_runs(NOON, NOON + 5 * HOUR, count=count, seed=4)
    return [{**run, "run_id": f"r{place:04}", "error": chance.choice(TEXTS)} for place, run in enumerate(runs)]


def hours(count: int) -> Buckets:
    return buckets_for(NOON, NOON + count * HOUR, zone="UTC", now=NOON + DAY, granularity=Granularity.HOUR)


def of(runs: Sequence[dict[str, Any]], template: str) -> list[dict[str, Any]]:
    return [run for run in runs if fate(run) == "failed" and error_template(run["error"]) == template]


def test_it_agrees_with_grouping_run_by_run() -> None:
    runs, buckets = many(), hours(5)
    found = error_groups(relation(runs), buckets=buckets)
    assert found.groups == len(found.frame) == len({error_template(text) for text in TEXTS})
    assert found.failed == sum(fate(run) == "failed" for run in runs)
    for row in found.frame.to_dict("records"):
        held = sorted(of(runs, row["template"]), key=lambda run: (run["date"], run["run_id"]))
        assert row["error_group"] == error_group_id(held[0]["error"])
        assert (row["runs"], row["share"]) == (len(held), pytest.approx(len(held) / found.failed))
        assert row["users"] == len({run["user_id"] for run in held} - {None})
        assert (row["first_seen"], row["last_seen"]) == (held[0]["date"], held[-1]["date"])
        assert row["example_run_id"] == held[-1]["run_id"]
        assert row["per_bucket"] == [len(part) for part in by_bucket(held, buckets)]


@pytest.mark.parametrize("sort", [RUNS, USERS, FIRST_SEEN, LAST_SEEN])
def test_the_order_is_asked_for_and_what_is_left_out_is_told(sort: str) -> None:
    whole = error_groups(relation(many()), sort=sort)
    short = error_groups(relation(many()), sort=sort, limit=2)
    assert whole.frame[sort].is_monotonic_decreasing
    pd.testing.assert_frame_equal(short.frame, whole.frame.head(2))
    assert (short.groups, short.failed) == (whole.groups, whole.failed)
    assert short.other_runs == whole.failed - int(whole.frame[RUNS].head(2).sum())


def test_groups_stay_the_same_whatever_else_is_loaded() -> None:
    runs = many()
    whole = set(error_groups(relation(runs)).frame["error_group"])
    for place in range(0, len(runs), 80):
        assert set(error_groups(relation(runs[place : place + 80])).frame["error_group"]) <= whole


def against(
    runs: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]], *, start: datetime = NOON, **more: Any
) -> ErrorGroups:
    """The groups of the runs from `start` on, held against those before, all in one table as the store has them."""
    held, at = relation([*runs, *before]), f"TIMESTAMP '{start:%Y-%m-%d %H:%M:%S}'"
    return error_groups(held.filter(f"date >= {at}"), before=held.filter(f"date < {at}"), **more)


def test_a_group_is_new_or_back_against_the_runs_before() -> None:
    runs = [failed("new"), failed("back 5"), failed("steady")]
    before = [
        failed("back 9", ago=8 * DAY),
        failed("steady", ago=DAY),
        {**failed("new", ago=DAY), "state": "COMPLETED"},
    ]
    frame = against(runs, before).frame.set_index("template")
    assert frame[IS_NEW].to_dict() == {"new": True, "back <n>": False, "steady": False}
    assert frame[IS_BACK].to_dict() == {"new": False, "back <n>": True, "steady": False}
    assert frame.loc["back <n>", "seen_before"] == NOON - 8 * DAY
    strict = against(runs, before, absent=9 * DAY).frame
    assert not strict[IS_BACK].any()


def test_after_a_time_without_failures_every_error_is_new() -> None:
    calm = [{"date": NOON - DAY, "state": "COMPLETED"}]
    for runs in ([failed("x"), failed("y")], [{"date": NOON, "state": "COMPLETED"}]):
        frame = against(runs, calm).frame
        assert frame[IS_NEW].tolist() == [True] * len(frame)
        assert not frame[IS_BACK].any()
        assert frame["seen_before"].isna().all()


def test_a_group_is_first_seen_where_it_first_was_and_its_order_follows() -> None:
    runs = [failed("old"), failed("older"), failed("fresh", ago=-HOUR)]
    before = [
        failed("old", ago=3 * DAY),
        failed("older", ago=20 * DAY),
        failed("older", ago=DAY),
        failed("gone", ago=DAY),
    ]
    found = against(runs, before, sort=FIRST_SEEN)
    assert found.frame["template"].tolist() == ["fresh", "old", "older"]
    assert found.frame[FIRST_SEEN].tolist() == [NOON + HOUR, NOON - 3 * DAY, NOON - 20 * DAY]
    assert found.frame["seen_before"].tolist()[1:] == [NOON - 3 * DAY, NOON - DAY]
    assert found.frame[LAST_SEEN].tolist() == [NOON + HOUR, NOON, NOON]
    assert (found.groups, found.failed) == (3, 3)
    assert against(runs, before, sort=FIRST_SEEN, limit=1).frame["template"].tolist() == ["fresh"]


@pytest.mark.parametrize(
    ("reach", "new", "back"),
    [(DAY, None, None), (7 * DAY - HOUR, None, None), (7 * DAY, True, False), (30 * DAY, True, False)],
)
def test_an_error_is_called_new_only_where_enough_is_read_before_it(
    reach: timedelta, new: bool | None, back: bool | None
) -> None:
    frame = against([failed("x")], [failed("y", ago=HOUR)], since=NOON - reach).frame
    assert [None if pd.isna(held) else held for held in (frame[IS_NEW].iloc[0], frame[IS_BACK].iloc[0])] == [new, back]


def test_an_error_that_is_known_is_known_however_little_is_read() -> None:
    frame = against([failed("x")], [failed("x", ago=HOUR)], since=NOON - DAY).frame
    assert (frame[IS_NEW].tolist(), frame[IS_BACK].tolist()) == ([False], [False])
    assert frame[FIRST_SEEN].tolist() == [NOON - HOUR]


@pytest.mark.parametrize("before", [None, []])
def test_without_runs_before_nobody_knows_what_is_new(before: list[Any] | None) -> None:
    found = error_groups(relation([failed("x")])) if before is None else against([failed("x")], before)
    frame = found.frame
    assert frame[[IS_NEW, IS_BACK, "seen_before"]].isna().all(axis=None)


def test_no_failed_runs_are_an_empty_table() -> None:
    for runs in ([], [{"date": NOON, "state": "COMPLETED", "error": "odd"}]):
        found = against(runs, [failed("x", ago=DAY)], buckets=hours(2))
        assert (tuple(found.frame.columns), len(found.frame)) == (ERROR_GROUP_COLUMNS, 0)
        assert (found.groups, found.failed, found.other_runs) == (0, 0, 0)


def test_a_text_of_a_megabyte_is_shown_in_part() -> None:
    row = error_groups(relation([failed("x y\n" * 250_000)])).frame.iloc[0]
    assert len(row["example"]) == EXAMPLE_LENGTH


def test_the_runs_of_a_group_are_those_it_counts() -> None:
    runs = many()
    held = relation(runs)
    for row in error_groups(held).frame.to_dict("records"):
        found = held.filter(f"error_group = '{row['error_group']}'")
        assert {run_id for (run_id,) in found.project("run_id").fetchall()} == {
            run["run_id"] for run in of(runs, row["template"])
        }
    assert NO_ERROR_TEXT in set(error_groups(held).frame["template"])


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ValueError, match="sorted by one of"):
        error_groups(relation([]), sort="1; DROP TABLE runs")
