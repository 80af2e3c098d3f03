"""The overview from app.py: its figures against a count of the API's rows, the comparison, and where clicks lead."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.metrics.columns import CHANGE, RUNS, SHARE, TITLE
from analytics_dash.metrics.comparison import Difference, Metric
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import SLACK
from analytics_dash.ui.cards import Moved
from analytics_dash.ui.lookback import since
from tests.moments import NOW
from tests.ui.pages import until
from tests.ui.test_app import metrics, overview, read_anew, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

RANGE: Final = timedelta(days=20)
FIXED: Final = {"start": (NOW - RANGE).isoformat(), "end": NOW.isoformat(), "tz": "UTC"}
LONG: Final = timedelta(days=31)  # the period before a range as long as that is not read unasked
Row = dict[str, Any]


def rows(world: World, *, before: timedelta = timedelta(), length: timedelta = RANGE) -> list[Row]:
    """The production runs of the fixed range, or of one that ends so much earlier; its end is not in it."""
    start, end = NOW - length - before, NOW - before
    held = world.rows(world.flows[0].id, at=NOW, start=start, end=end)
    unique = {row["run_id"]: row for row in held}.values()
    return [r for r in unique if r["run_type"] != "workflow_builder" and _instant(r["date"]) < end]


def both(world: World) -> tuple[list[Row], list[Row]]:
    return rows(world), rows(world, before=RANGE)


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))


def compared(world: World, **parameters: str) -> AppTest:
    app = overview(world, **{**FIXED, "compare": "previous", **parameters})
    return until(app, lambda page: any(metric.delta for metric in page.metric))


def table(app: AppTest) -> Any:
    """The table of values, which comes before the newest runs."""
    return next(frame.value for frame in app.dataframe if SHARE in frame.value)


def test_the_figures_are_those_of_the_api_s_rows_and_compared_with_nothing_unasked(demo_world: World) -> None:
    app = read_anew(demo_world, **{**FIXED, "start": (NOW - LONG).isoformat()})
    held, shown = rows(demo_world, length=LONG), metrics(app)
    latencies = [r["latency"] for r in held if r["latency"] is not None and r["state"] not in ("PENDING", "PAUSED")]
    assert shown["Runs"] == f"{len(held):,}"
    assert shown["Latency p95"] == f"{np.percentile(latencies, 95):.1f} s"
    assert shown["Users"] == f"{len({r['user_id'] for r in held if r['user_id']}):,}"
    assert shown["Unfinished"] == str(sum(r["state"] in ("PENDING", "PAUSED", "RESUMED") for r in held))
    assert shown["Estimated cost"].startswith("\\$")
    assert not any(metric.delta for metric in app.metric)
    assert "Change" not in app.selectbox(key="values_sort").options


def test_a_comparison_tells_how_far_each_figure_moved(demo_world: World) -> None:
    app = compared(demo_world)
    deltas = {metric.label: metric.delta for metric in app.metric}
    now, then = both(demo_world)
    difference = len(now) - len(then)
    moved = f"{'up' if difference > 0 else 'down'} {abs(difference):,} " if difference else "unchanged"
    assert deltas["Runs"].startswith(moved)
    assert not deltas["Unfinished"]
    assert all(deltas[name] for name in ("Failure rate", "Latency p50", "Latency p95", "Tokens", "Estimated cost"))


def test_a_period_that_is_not_read_is_told_and_can_be_read(demo_world: World) -> None:
    app = read_anew(demo_world, **{**FIXED, "start": (NOW - LONG).isoformat()})
    assert "is not read, so there is nothing to compare with" in texts(app)
    app.button(key="read_before").click().run()
    assert app.query_params["compare"] == ["previous"] or app.query_params["compare"] == "previous"
    until(app, lambda page: any(metric.delta for metric in page.metric))


def test_turned_off_nothing_is_compared_and_what_changed_says_what_it_needs(demo_world: World) -> None:
    app = compared(demo_world)
    assert app.selectbox(key="filter_compare").options == ["Period before", "Week before", "Off"]
    app.selectbox(key="filter_compare").set_value("off").run()
    assert app.query_params["compare"] == "off"
    assert not any(metric.delta for metric in app.metric)
    app.button(key="compare_on").click().run()
    assert any(metric.delta for metric in app.metric)


def test_what_a_view_does_not_say_stays_unsaid_when_another_control_is_used(demo_world: World) -> None:
    app = overview(demo_world, **FIXED)
    assert app.selectbox(key="filter_compare").value == "previous"
    app.selectbox(key="filter_granularity").set_value("day").run()
    assert "compare" not in app.query_params


def ways(app: AppTest) -> list[str]:
    """The keys of the buttons that show the runs behind a change."""
    return [button.key for button in app.button if button.key and button.key.startswith("changed_")]


def test_what_changed_says_which_runs_and_shows_them(demo_world: World) -> None:
    app = until(compared(demo_world), lambda page: bool(ways(page)))
    assert any("came to" in m.value or "went from" in m.value or "stayed at" in m.value for m in app.markdown)
    app.button(key=ways(app)[0]).click().run()
    assert len(app.query_params) > 5
    assert any(button.key and button.key.startswith("chip_") for button in app.button)


def test_the_table_counts_the_values_of_the_chosen_dimension_now_and_then(demo_world: World) -> None:
    app = compared(demo_world)
    app.selectbox(key="values_by").set_value("run_type").run()
    shown = table(app)
    now, then = (Counter(row["run_type"] or "(no run type)" for row in held) for held in both(demo_world))
    assert dict(zip(shown[TITLE], shown[RUNS], strict=True)) == {value: now[value] for value in {*now, *then}}
    assert dict(zip(shown[TITLE], shown[CHANGE], strict=True)) == {v: now[v] - then[v] for v in {*now, *then}}
    assert list(shown[RUNS]) == sorted(shown[RUNS], reverse=True)
    assert shown[SHARE].sum() == pytest.approx(100)


def test_a_long_list_says_how_many_of_how_many_it_shows(demo_world: World) -> None:
    app = read_anew(demo_world, **FIXED, compare="off")
    app.selectbox(key="values_by").set_value("user").run()
    users = len({row["user_id"] for row in rows(demo_world)})
    assert f"20 of {users} values" in texts(app)
    assert table(app)[TITLE].iloc[-1] == f"({users - 20} others)"


def test_the_hours_of_the_week_show_what_is_chosen(demo_world: World) -> None:
    app = overview(demo_world, **FIXED)
    next(control for control in app.segmented_control if control.key == "week").set_value("p95").run()
    assert not app.exception
    assert "Latency p95 by hour of the week" in [header.value for header in app.subheader]


def test_a_stranger_s_text_in_a_sentence_stays_text() -> None:
    def page() -> None:
        import streamlit as st

        from analytics_dash.runs.view import View
        from analytics_dash.ui import changed

        told = [("Runs with user “**b** <b>$x$ [a](http://b)”.", {"user": "**b**"})]
        changed.draw(st.empty(), told, otherwise="", view=View())

    shown = AppTest.from_function(page).run()
    assert not shown.exception
    assert r"\*\*b\*\* \<b\>\$x\$ \[a\]\(http" in shown.markdown[0].value
    shown.button(key="changed_0").click().run()
    assert shown.query_params["user"] == exactly("**b**")  # this user alone, not all whose name holds a “b”


def test_the_period_before_is_wanted_for_short_presets_and_where_asked_for() -> None:
    month = timedelta(days=30)
    assert since(View(range="30d", tz="UTC"), now=NOW) == NOW - 2 * month - SLACK
    assert since(View(range="90d", tz="UTC"), now=NOW) is None
    assert since(View(range="90d", compare="previous", tz="UTC"), now=NOW) == NOW - 6 * month - SLACK
    assert since(View(range="24h", compare="last_week", tz="UTC"), now=NOW) == NOW - timedelta(days=8) - SLACK
    shared = View(start=NOW - month, end=NOW, tz="UTC")
    assert since(shared, now=NOW) == NOW - 2 * month - SLACK
    assert since(View(start=NOW - 3 * month, end=NOW, tz="UTC"), now=NOW) is None
    assert since(View(range="30d", tz="UTC"), now=NOW, keeps_days=40) == NOW - timedelta(days=40)


def test_one_run_is_drawn_without_lines_or_chance(demo_world: World) -> None:
    one = rows(demo_world)[0]
    start = _instant(one["date"])
    app = overview(demo_world, start=start.isoformat(), end=(start + timedelta(seconds=1)).isoformat(), tz="UTC")
    assert not app.exception
    assert metrics(app)["Runs"] == "1"
    assert "few runs" in texts(app)


@pytest.mark.parametrize(
    ("difference", "colour", "arrow"),
    [
        (Difference(Metric.P95, 2.0, 1.0, significant=True), "red", "up"),
        (Difference(Metric.P95, 1.0, 2.0, significant=True), "green", "down"),
        (Difference(Metric.P95, 2.0, 1.0, significant=False), "gray", "up"),
        (Difference(Metric.P95, 2.0, 1.0, few=True, significant=True), "gray", "up"),
        (Difference(Metric.FEEDBACK, 0.9, 0.5, significant=True), "green", "up"),
        (Difference(Metric.RUNS, 9, 5), "gray", "up"),
        (Difference(Metric.TOKENS, 5, 5), "gray", "off"),
        (Difference(Metric.COST, None, 5), "gray", "off"),
    ],
)
def test_only_a_certain_change_for_the_worse_is_red(difference: Difference, colour: str, arrow: str) -> None:
    moved = Moved(difference, "up 1, within chance")
    assert (moved.colour, moved.arrow, moved.far, moved.weakness) == (colour, arrow, "up 1", "within chance")
