"""What can be chosen of how runs are shown: kept in the link, carried from page to page, and told where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.runs.choice import CHOICES
from analytics_dash.ui import (
    called_runs,
    common_values,
    error_table,
    failure_cards,
    failure_choices,
    latency_controls,
    parent_table,
    recovery_panel,
    spend_controls,
    state,
    values_table,
    week,
)
from tests.ui.pages import key_of


def script() -> None:
    import streamlit as st

    from analytics_dash.ui import choices, state

    state.carry_choices(st.session_state.get("page", "one"))
    view, problems = state.current_view()
    week = choices.buttons("week", "Week", {"runs": "Runs", "p95": "p95"})
    sort = choices.dropdown("errors_sort", "Sort", {"users": "Users", "last_seen": "Last"}, width=100)
    st.markdown(f"{week} {sort} {len(problems)}")
    st.button("narrow", key="narrow", on_click=lambda: state.show(view.toggled("user", "a")))


def opened(*shown: str) -> AppTest:
    app = AppTest.from_function(script)
    if shown:
        app.query_params["show"] = list(shown)
    return app.run()


def said(app: AppTest) -> str:
    assert not app.exception
    return str(app.markdown[0].value)


def test_a_choice_is_in_the_link_and_the_usual_one_is_not() -> None:
    app = opened()
    assert said(app) == "runs users 0"  # of the values that can be had, the first
    app.button_group(key="week").set_value("p95").run()
    assert (said(app), app.query_params["show"]) == ("p95 users 0", "week:p95")
    app.selectbox(key="errors_sort").set_value("last_seen").run()
    assert app.query_params["show"] == ["week:p95", "errors_sort:last_seen"]
    app.button_group(key="week").set_value("runs").run()
    assert (said(app), app.query_params["show"]) == ("runs last_seen 0", "errors_sort:last_seen")


def test_a_link_s_choices_are_shown_by_their_controls_and_a_wrong_one_is_told() -> None:
    app = opened("week:p95", "errors_sort:last_seen", "week:month")
    assert said(app) == "p95 last_seen 1"
    assert app.button_group(key="week").value == "p95"
    assert app.selectbox(key="errors_sort").value == "last_seen"


def test_going_back_takes_a_choice_back(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened()
    app.button_group(key="week").set_value("p95").run()
    monkeypatch.setattr(state, "_has_gone_back", lambda: True)  # the harness cannot say it as a browser does
    del app.query_params["show"]
    assert said(app.run()) == "runs users 0"
    assert app.button_group(key=key_of(app, "week")).value == "runs"


def test_what_the_browser_sent_before_it_knew_of_a_choice_does_not_undo_it() -> None:
    app = opened()
    app.button_group(key="week").set_value("p95").run()
    app.selectbox(key="errors_sort").set_value("last_seen").run()
    for before in (["week:p95"], []):
        app.query_params["show"] = before
        assert said(app.run()) == "p95 last_seen 0"
        assert app.query_params["show"] == ["week:p95", "errors_sort:last_seen"]
    assert app.button_group(key="week").value == "p95"


def test_a_choice_made_from_where_the_browser_was_before_the_one_before_is_added_to_it() -> None:
    app = opened()
    app.button_group(key="week").set_value("p95").run()
    del app.query_params["show"]
    app.selectbox(key="errors_sort").set_value("last_seen").run()
    assert said(app) == "p95 last_seen 0"


def test_another_address_than_the_one_that_a_choice_replaced_is_gone_to(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened()
    app.button_group(key="week").set_value("p95").run()
    app.query_params["show"] = ["errors_sort:last_seen"]
    assert said(app.run()) == "runs last_seen 0"
    app.button_group(key=key_of(app, "week")).set_value("p95").run()
    monkeypatch.setattr(state, "CROSSING_S", 0.0)  # long after: the browser has taken the choice
    app.query_params["show"] = ["errors_sort:last_seen"]
    assert said(app.run()) == "runs last_seen 0"


def test_narrowing_the_view_keeps_what_was_chosen_after_its_marks_were_drawn() -> None:
    app = opened()
    app.query_params["show"] = ["week:p95"]  # as a fragment does it, without drawing the rest
    app.button(key="narrow").click().run()
    assert app.query_params["user"] == "a"
    assert said(app) == "p95 users 0"


def test_a_choice_goes_along_to_another_page_whose_link_is_older_than_it() -> None:
    app = opened()
    app.button_group(key="week").set_value("p95").run()
    app.session_state["chosen_lately"] = {"week": "p95"}  # as after a fragment's run, which the frame is not part of
    del app.query_params["show"]
    app.session_state["page"] = "two"
    assert said(app.run()) == "p95 users 0"
    assert app.query_params["show"] == "week:p95"


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("values_sort", values_table.SORTS),
        ("week", week.FIGURES),
        ("common_to", common_values.NAMES),
        ("latency_sort", latency_controls.SORTS),
        ("spend_in", spend_controls.MEASURES),
        ("spend_as", spend_controls.SHOWN),
        ("month_in", reversed(spend_controls.MEASURES)),
        ("sides", spend_controls.SIDES),
        ("outcomes_as", failure_choices.SHAPES),
        ("errors_sort", error_table.SORTS),
        ("failures_by", failure_choices.BY),
        ("recovery_within", recovery_panel.TIMES),
        ("recovery_by", failure_cards.NAMES),
        ("parents_sort", parent_table.SORTS),
        ("called_sort", called_runs.ORDERS),
    ],
)
def test_what_a_page_offers_is_what_a_link_may_say(name: str, offered: Iterable[str]) -> None:
    assert sorted(offered) == sorted(CHOICES[name])
