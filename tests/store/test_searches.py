"""What a text search found is kept: the texts are gone through once, and what was read since is found as well."""

from __future__ import annotations

import pyarrow as pa

from analytics_dash.runs.search import search_of
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import opened
from analytics_dash.store.searches import MOST, Searches
from analytics_dash.store.sync import Scope
from tests.store.listed import END, START, run
from tests.store.shelf import KEY, empty_flow, stretch


def every_even(low: int, high: int) -> pa.Table:
    return pa.table({"run_key": pa.array([key for key in range(low, high) if key % 2 == 0], pa.int64())})


def test_only_keys_that_were_not_gone_through_are_scanned() -> None:
    searches, scanned = Searches(), []

    def scan(low: int, high: int) -> pa.Table:
        scanned.append((low, high))
        return every_even(low, high)

    for low, high in ((10, 20), (12, 18), (10, 25), (5, 30)):
        found = searches.keys(search_of("x"), low, high, scan)["run_key"].to_pylist()
        assert {key for key in found if low <= key < high} == {key for key in range(low, high) if key % 2 == 0}
        assert len(found) == len(set(found))
    assert scanned == [(10, 20), (20, 25), (5, 10), (25, 30)]


def test_the_oldest_searches_are_given_up() -> None:
    searches, scanned = Searches(), []

    def scan(low: int, high: int) -> pa.Table:
        scanned.append((low, high))
        return every_even(low, high)

    for word in [*(f"w{n}" for n in range(MOST + 1)), "w1", "w0"]:
        searches.keys(search_of(word), 0, 4, scan)
    assert len(scanned) == MOST + 2


def test_a_run_that_was_read_again_is_found_by_its_new_texts_only() -> None:
    flow, scope = empty_flow(), Scope(KEY.org, KEY.flow, START, END, live=False)

    def found(q: str) -> set[str]:
        with opened(flow, scope, now=END, summary=None) as dataset:
            assert dataset is not None
            return {row[0] for row in dataset.runs(View(tests=True, q=q)).project("run_id").fetchall()}

    flow.keep(stretch([run(1, inputs="old"), run(2, inputs="old")], START, END), read_at=END)
    assert (found("old"), found("new")) == ({"1", "2"}, set())
    flow.keep(stretch([run(1, inputs="new"), run(2, inputs="old"), run(3, error="new")], START, END), read_at=END)
    assert (found("old"), found("new")) == ({"2"}, {"1", "3"})
