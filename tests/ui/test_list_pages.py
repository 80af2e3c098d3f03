"""The pages of a list and the link: turned in it, begun anew with the list, and left behind with the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics_dash.runs.view import View
from analytics_dash.ui import places
from tests.ui.pages import key_of


def script() -> None:
    from dataclasses import replace

    import streamlit as st

    from analytics_dash.ui import list_pages, state

    view, _ = state.current_view()
    st.markdown(f"after {list_pages.offset(view, of=250, at_a_time=100)}")
    list_pages.draw("held", view, of=250, at_a_time=100)
    list_pages.draw("short", view, of=100, at_a_time=100)
    st.button("sort", key="sort", on_click=state.show, args=(replace(view, sort="-runs"),))
    st.button("columns", key="columns", on_click=state.show, args=(replace(view, columns=("date",)),))
    st.button("user", key="user", on_click=state.show, args=(replace(view, user=("a",)),))


def shown(app: AppTest) -> tuple[str, int]:
    """Which rows are said to come before, and the page that is marked; just one list has pages to turn."""
    assert not app.exception
    [pages] = app.pagination
    return str(app.markdown[0].value), pages.value


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(script)
    for name, text in query.items():
        app.query_params[name] = text
    return app.run()


def test_a_page_that_is_turned_to_is_in_the_link_and_the_first_is_not() -> None:
    app = opened()
    assert shown(app) == ("after 0", 1)
    app.pagination(key=key_of(app, "held_page_3")).set_value(3).run()
    assert (shown(app), app.query_params["page"]) == (("after 200", 3), "3")
    app.pagination(key=key_of(app, "held_page_3")).set_value(1).run()
    assert shown(app) == ("after 0", 1)
    assert "page" not in app.query_params


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2", ("after 100", 2)), ("99", ("after 200", 3)), ("0", ("after 0", 1)), ("b", ("after 0", 1))],
)
def test_a_link_opens_on_its_page_whatever_it_says(text: str, expected: tuple[str, int]) -> None:
    assert shown(opened(page=text)) == expected


@pytest.mark.parametrize("changed", ["sort", "user"])
def test_another_list_begins_on_its_first_page(changed: str) -> None:
    app = opened(page="2", find="a")
    app.button(key=changed).click().run()
    assert shown(app) == ("after 0", 1)
    assert "page" not in app.query_params
    assert app.query_params["find"] == "a"


def test_the_same_list_with_other_columns_stays_on_its_page() -> None:
    app = opened(page="2")
    app.button(key="columns").click().run()
    assert (shown(app), app.query_params["columns"]) == (("after 100", 2), "date")


def test_a_page_that_the_link_takes_back_is_marked_again() -> None:
    app = opened()
    app.pagination(key=key_of(app, "held_page_3")).set_value(2).run()
    app.query_params["page"] = "3"
    assert shown(app.run()) == ("after 200", 3)
    del app.query_params["page"]
    assert shown(app.run()) == ("after 0", 1)


def test_turning_the_page_leaves_a_run_that_the_link_asked_for() -> None:
    app = opened(run="r")
    app.pagination(key=key_of(app, "held_page_3")).set_value(2).run()
    assert "run" not in app.query_params


def test_another_page_of_the_dashboard_opens_without_the_place_unless_it_leads_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[Any] = []
    monkeypatch.setattr(st, "switch_page", lambda _, query_params: left.append(query_params))
    monkeypatch.setattr(st, "page_link", lambda _, query_params, **__: left.append(query_params))
    view = View(sort="-runs", find="a", page=2)
    for keeps_place in (False, True):
        expected = view.to_query() if keeps_place else {"sort": ["-runs"]}
        places.link("there", places.USERS, view, keeps_place=keeps_place)
        leave: Callable[..., None] = places.go
        leave(places.USERS, view, keeps_place=keeps_place)
        assert left == [expected, expected]
        left.clear()
