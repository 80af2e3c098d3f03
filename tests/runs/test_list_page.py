"""The page of a list in a link: from which it starts anew, and the sorts that a page knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.list_page import following, on_page, page_of
from analytics_dash.runs.order import CONVERSATION_SORTS, NEWEST_FIRST, USER_SORTS, order_of, sort_of, with_sort
from analytics_dash.runs.view import View
from tests.moments import NOW

THIRD = View(org="o", flow="f", page=3)


@pytest.mark.parametrize(
    "changed",
    [
        {"user": ("a",)},
        {"without": (("user", "a"),)},
        {"range": "30d"},
        {"start": datetime(2026, 11, 1, tzinfo=UTC), "end": NOW},
        {"sort": "-runs"},
        {"find": "a"},
        {"only": "failing"},
        {"q": "a"},
        {"tests": True},
        {"flow": "g"},
        {"latency_without_failed": True},
    ],
)
def test_another_list_begins_on_its_first_page(changed: dict[str, Any]) -> None:
    after = replace(THIRD, **changed)
    assert following(after, THIRD) == replace(after, page=None)
    assert following(THIRD, after) == replace(THIRD, page=None)


@pytest.mark.parametrize(
    "changed", [{"run": "r"}, {"against": "r"}, {"columns": ("date",)}, {"granularity": "hour"}, {"compare": "off"}]
)
def test_the_same_list_stays_on_its_page(changed: dict[str, Any]) -> None:
    after = replace(THIRD, **changed)
    assert following(after, THIRD) == after


def test_a_page_that_is_named_anew_is_kept_and_an_organization_filled_in_is_no_change() -> None:
    assert following(View(user=("a",), page=5), THIRD) == View(user=("a",), page=5)
    assert following(on_page(THIRD, 4), THIRD).page == 4
    assert following(THIRD, replace(THIRD, org=None)) == THIRD


@given(st.none() | st.integers(2, 10**9 - 1), st.integers(0, 10**6))
def test_a_page_is_always_one_that_there_is(asked: int | None, pages: int) -> None:
    assert 1 <= page_of(View(page=asked), pages) <= max(pages, 1)
    assert page_of(View(page=asked), 10**9) == (asked or 1)


def test_the_first_page_is_not_named_in_a_link_and_read_from_one() -> None:
    assert on_page(THIRD, 1).to_query() == {"org": ["o"], "flow": ["f"]}
    assert on_page(THIRD, 2).to_query()["page"] == ["2"]
    assert view_from_query({"page": ["1"]}, now=NOW) == (View(), ())
    assert view_from_query({"page": ["007"]}, now=NOW) == (View(page=7), ())


def test_what_is_found_and_where_is_left_behind_with_the_page() -> None:
    view = View(find="a", page=3, sort="-runs", only="failing", user=("b",))
    assert view.without_place() == View(sort="-runs", only="failing", user=("b",))


def test_a_sort_that_a_page_does_not_know_is_as_if_none_were_asked_for() -> None:
    for view in (View(), View(sort="-latency"), View(sort="-turns")):
        assert sort_of(view, USER_SORTS) == USER_SORTS[0]
    assert sort_of(View(sort="-tokens"), USER_SORTS) == sort_of(View(sort="-tokens"), CONVERSATION_SORTS) == "-tokens"
    for sort in ("-last_seen", "-turns"):
        order = order_of(View(sort=sort))
        assert f"{'-' if order.descending else ''}{order.column}" == NEWEST_FIRST
    assert with_sort(View(sort="-runs"), USER_SORTS[0], USER_SORTS) == View()
    assert with_sort(View(), "-runs", USER_SORTS) == View(sort="-runs")
