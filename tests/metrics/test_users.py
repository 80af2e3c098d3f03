"""The list of users: each one's figures against reading their runs, search and order, and parts that add up."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import COST, FIRST_SEEN, LAST_SEEN, P95, RATE, RUNS, TOKENS, USER
from analytics_dash.metrics.spend import top_spenders
from analytics_dash.metrics.summary import summary
from analytics_dash.metrics.users import NAME, SORTS, STARTED_BY, USER_COLUMNS, of_users, users, without_user
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.order import USER_SORTS
from analytics_dash.runs.view import NO_USER
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.spending import HOSTILE, PRICES, spending_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2)
_BY = DIMENSIONS["user"]
BUCKETS = buckets_for(NOON, LATER, zone="UTC", now=LATER, granularity=Granularity.HOUR)


def many() -> list[dict[str, Any]]:
    chance = random.Random(3)  # noqa: S311  test data
    runs = random_runs(NOON, LATER, count=300, seed=3)
    talks = [None, "", "a", "b", "c"]
    return [{**one, "run_id": f"r{n:03}", "conversation_id": chance.choice(talks)} for n, one in enumerate(runs)]


def by_user(runs: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    held = defaultdict(list)
    for one in runs:
        held[one["user_id"] or NO_USER].append(one)
    return held


def test_each_user_agrees_with_reading_their_runs() -> None:
    runs = many()
    found = users(relation(runs), buckets=BUCKETS)
    rows = {row[USER]: row for row in found.frame.to_dict("records")}
    held = by_user(runs)
    assert tuple(found.frame.columns) == USER_COLUMNS
    assert set(rows) == set(held)
    assert (found.of, found.every) == (len(held), len(held))
    for user, mine in held.items():
        row, fates = rows[user], [fate(one) for one in mine]
        failed, decided = fates.count("failed"), fates.count("failed") + fates.count("succeeded")
        low, high = wilson(failed, decided)
        assert (row["runs"], row["failed"], row["succeeded"]) == (len(mine), failed, decided - failed)
        assert (row["rate"], row["low"], row["high"]) == pytest.approx((failed / decided, low, high))
        assert (row["latency_runs"], row["few"]) == (len(latencies(mine)), 0 < len(latencies(mine)) < 20)
        assert row[P95] == pytest.approx(np.quantile(latencies(mine), 0.95))
        assert row[TOKENS] == sum(one["total_tokens"] or 0 for one in mine)
        assert row["conversations"] == len({one["conversation_id"] for one in mine} - {None, ""})
        assert (row[FIRST_SEEN], row[LAST_SEEN]) == (min(o["date"] for o in mine), max(o["date"] for o in mine))
        hours = [sum(s <= o["date"] < e for o in mine) for s, e in zip(BUCKETS.starts, BUCKETS.ends, strict=True)]
        assert row["per_bucket"] == hours


@pytest.mark.parametrize("sort", SORTS)
def test_the_first_of_a_long_list_are_those_of_the_whole_list_in_the_same_order(sort: str) -> None:
    held = relation(spending_runs(count=200, seed=2))
    whole = users(held, sort=sort, prices=PRICES)
    some = users(held, sort=sort, limit=2, prices=PRICES)
    assert some.frame[USER].to_list() == whole.frame[USER].to_list()[:2]
    assert (some.of, some.every) == (whole.of, whole.every)
    column = "low" if sort == RATE else sort
    known = whole.frame[column].dropna()
    second = users(held, sort=sort, limit=2, offset=2, prices=PRICES)
    assert second.frame[USER].to_list() == whole.frame[USER].to_list()[2:4]
    assert (second.of, second.every, second.offset) == (whole.of, whole.every, 2)
    last = users(held, sort=sort, limit=2, offset=600, prices=PRICES)
    assert last.frame[USER].to_list() == whole.frame[USER].to_list()[last.offset :]
    assert (last.of, last.offset) == (whole.of, (whole.of - 1) // 2 * 2)
    assert known.is_monotonic_increasing if sort == USER else known.is_monotonic_decreasing


def test_a_user_s_cost_is_what_the_page_of_costs_says() -> None:
    held = relation(spending_runs(count=200, seed=7))
    found = users(held, prices=PRICES).frame
    for user, cost in zip(found[USER], found[COST], strict=True):
        alone = top_spenders(of_users(held, [user]), _BY, prices=PRICES).frame
        assert cost == pytest.approx(alone[COST].sum())
    assert found[COST].sum() == pytest.approx(top_spenders(held, _BY, prices=PRICES).frame[COST].sum())
    assert users(held).frame[COST].isna().all()


def test_a_search_is_plain_text_whatever_the_case_in_id_name_and_starter() -> None:
    runs = [
        _run("o'Hara_100%", 0, ran_by_id="o'Hara_100%", ran_by_display_name="Old <b>"),
        _run("o'Hara_100%", 1, ran_by_id="o'Hara_100%", ran_by_display_name="Ünal <b>"),
        _run("o'Hara_100%", 2, ran_by_id="key", ran_by_display_name="Nightly"),
        _run("bob", 3, ran_by_id="o'Hara_100%", ran_by_display_name="Ünal <b>"),
        _run(None, 4),
    ]
    held = relation(runs)
    assert users(held, search="O'HARA_100%").frame[[USER, NAME, STARTED_BY]].to_numpy().tolist() == [
        ["o'Hara_100%", "Ünal <b>", "Nightly"]
    ]
    wanted = {"ünal": {"o'Hara_100%", "bob"}, "nightLY": {"o'Hara_100%"}, "(no": {NO_USER}, "%%": set(), "old": set()}
    for text, names in wanted.items():
        assert set(users(held, search=text).frame[USER]) == names
    for text in (HOSTILE, "' OR 1=1 --", "{0}", "\\"):
        assert users(held, search=text).of == 0
    assert users(held, search="  ").of == 3
    assert (users(held, search="bob").of, users(held, search="bob").every) == (1, 3)


def test_no_runs_are_no_users_and_an_order_that_is_none_is_refused() -> None:
    found = users(relation([]), buckets=BUCKETS, prices=PRICES, sort=COST)
    assert (tuple(found.frame.columns), len(found.frame), found.of, found.every) == (USER_COLUMNS, 0, 0, 0)
    with pytest.raises(ValueError, match="sorted by one of"):
        users(relation([]), sort="runs; DROP TABLE stored")


def test_a_link_can_ask_for_every_order_that_there_is() -> None:
    assert tuple(sort.removeprefix("-") for sort in USER_SORTS) == SORTS
    assert [sort for sort in USER_SORTS if not sort.startswith("-")] == [USER]


def test_a_page_beyond_the_last_of_none_is_empty() -> None:
    found = users(relation([]), offset=100)
    assert (len(found.frame), found.of, found.offset) == (0, 0, 0)
    searched = users(relation(many()), search="nobody", offset=100)
    assert (len(searched.frame), searched.of, searched.offset) == (0, 0, 0)


def test_one_failure_out_of_one_does_not_stand_above_many_of_many() -> None:
    often = [_run("often", n, state="FAILED" if n % 2 else "COMPLETED") for n in range(60)]
    found = users(relation([*often, _run("once", 70, state="FAILED")]), sort=RATE)
    assert found.frame[USER].to_list() == ["often", "once"]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "", NO_USER, "a", "A", HOSTILE]),
            st.sampled_from(["COMPLETED", "FAILED", "PENDING", None]),
            st.none() | st.integers(0, 9),
        ),
        max_size=8,
    )
)
def test_the_users_add_up_to_the_whole_and_each_and_the_others_too(given_runs: list[Any]) -> None:
    runs = [_run(user, n, state=state, total_tokens=tokens) for n, (user, state, tokens) in enumerate(given_runs)]
    held = relation(runs)
    found, whole = users(held).frame, summary(held, now=LATER)
    assert [found[n].sum() for n in (RUNS, "failed", TOKENS)] == [whole.runs, whole.failed, whole.tokens]
    for user, number in zip(found[USER], found[RUNS], strict=True):
        assert len(of_users(held, [user])) == number
        assert len(without_user(held, user)) == len(runs) - number
    assert len(of_users(held, [])) == 0


def _run(user: str | None, minute: int, **more: Any) -> dict[str, Any]:
    when = NOON + timedelta(minutes=minute)
    return {"run_id": f"r{minute:03}", "date": when, "state": "COMPLETED", "user_id": user, **more}
