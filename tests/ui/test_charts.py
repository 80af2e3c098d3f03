"""A chart on a page: which picks it offers, its table, and what a click on it does to the view."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def page() -> None:
    """A page with a chart over time and one of values; a click on the latter is already there when asked for."""
    import pandas as pd
    import streamlit as st
    from plotly.graph_objects import Figure

    from analytics_dash.runs.view import View
    from analytics_dash.ui import charts

    marks = {"time": ["2026-11-24T14:00:00+00:00", "2026-11-24T15:00:00+00:00"], "value": ["dimension", "state", "=A"]}
    table = pd.DataFrame({"value": ["=A"], "runs": [3]})
    for name, mark in marks.items():
        figure = Figure().add_bar(x=[1], y=[1], customdata=[mark])
        charts.draw(figure, name=name, title=name, help_text="help", alt=f"alt {name}", view=View(), data=table)
    if st.button("click", key="click"):
        clicked, first = {"selection": {"points": [{"customdata": marks["value"]}]}}, charts._key("clicked")
        st.session_state[first] = clicked
        charts._apply("clicked", first, View(run_type=("api",)))
        charts._apply("clicked", first, View(model=("again",)))  # what the browser repeats is not taken twice


def drawn() -> tuple[AppTest, dict[str, Any]]:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    return app, {chart.proto.alt: chart.proto for chart in app.get("plotly_chart")}


def test_a_box_can_be_drawn_over_time_and_clicks_are_taken_everywhere() -> None:
    _, charts = drawn()
    layouts = {alt: json.loads(chart.spec)["layout"] for alt, chart in charts.items()}
    drags = {alt: layout["template"]["layout"]["dragmode"] for alt, layout in layouts.items()}
    assert drags == {"alt time": "select", "alt value": False}
    assert {layout["dragmode"] for layout in layouts.values()} == {"template"}
    assert len(charts["alt time"].selection_mode) == len(charts["alt value"].selection_mode) + 1


def test_the_table_is_not_built_before_it_is_looked_at() -> None:
    app, _ = drawn()
    assert not app.dataframe


def test_a_click_puts_what_it_narrows_to_into_the_link() -> None:
    app, _ = drawn()
    app.button(key="click").click().run()
    assert app.query_params["run_type"] == "api"
    assert app.query_params["state"] == "=A"
    assert "model" not in app.query_params
    assert app.session_state["chart_clicks"] == 1


def legend_page() -> None:
    """A page with a chart whose traces stand for outcomes."""
    import streamlit as st
    from plotly.graph_objects import Figure

    from analytics_dash.runs.view import View
    from analytics_dash.ui import charts

    figure = Figure()
    for outcome in ("failed", "succeeded"):
        figure.add_bar(x=[1], y=[1], name=outcome, meta=["dimension", "outcome", outcome])
    figure.add_bar(x=[1], y=[1], name="other", meta="strangers' text")
    charts.draw(figure, name="outcomes", title="Outcomes", help_text="", alt="outcomes", view=View(outcome=("failed",)))
    st.text(st.session_state.get("chart_clicks", 0))


def test_an_entry_of_the_legend_narrows_to_its_value() -> None:
    app = AppTest.from_function(legend_page, default_timeout=30).run()
    assert app.pills(key="only_chart_outcomes_0").options[0] == "failed"
    assert len(app.pills(key="only_chart_outcomes_0").options) == 2
    app.pills(key="only_chart_outcomes_0").set_value("succeeded").run()
    assert app.query_params["outcome"] == ["failed", "succeeded"]


def test_where_clicks_leave_out_an_entry_leaves_its_value_out() -> None:
    app = AppTest.from_function(legend_page, default_timeout=30).run()
    app.session_state["click_outcomes"] = "Leave out"
    app.pills(key="only_chart_outcomes_0").set_value("failed").run()
    assert app.query_params["not"] == "outcome:failed"
    assert "outcome" not in app.query_params
