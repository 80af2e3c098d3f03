"""The Sub-workflows page from app.py, without a browser: parents against the rows themselves, one parent's runs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.ui.run_opening import clicked_run
from tests.moments import NOW
from tests.ui.pages import FROM, UNTIL, opened, until
from tests.ui.test_app import loaded, metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/subworkflows.py"


def rows_in_view(world: World, flow: int = 0) -> list[dict[str, Any]]:
    rows = world.rows(world.flows[flow].id, at=world.now)
    inside = (row for row in rows if FROM <= datetime.fromisoformat(row["date"]) < UNTIL)
    return [row for row in inside if row["run_type"] != "workflow_builder"]


def table(app: AppTest, name: str) -> Any:
    return next(frame.value for frame in app.dataframe if frame.key and frame.key.startswith(name))


def test_the_parents_are_those_of_the_rows_and_one_that_may_not_be_seen_says_so(demo_world: World) -> None:
    app, rows = loaded(opened(PAGE, demo_world)), rows_in_view(demo_world)
    assert not app.exception
    called = Counter(row["parent_project_name"] for row in rows if row["parent_project_id"])
    shown = table(app, "parents")
    assert dict(zip(shown["name"], shown["runs"], strict=True)) == {**called, "(no parent)": len(rows) - called.total()}
    assert metrics(app)["Called by workflows"] == f"{called.total():,}"
    assert metrics(app)["Parents"] == str(len(called))
    notes = dict(zip(shown["name"], shown["note"], strict=True))
    assert "You may not see this workflow" in notes["Fraud review"]
    assert "may not see" not in str(notes["Broker inbox"])
    edges = table(app, "calls")
    assert set(edges["to"]) == {demo_world.flows[0].name}  # the one flow that is read
    assert dict(zip(edges["from"], edges["runs"], strict=True)) == dict(called)


def test_one_parent_in_view_shows_its_runs_while_the_others_stay_to_choose(demo_world: World) -> None:
    fraud = demo_world.flows[7].id
    app = loaded(opened(PAGE, demo_world, parent=fraud))
    mine = [row["run_id"] for row in rows_in_view(demo_world) if row["parent_project_id"] == fraud]
    assert not app.exception
    assert set(table(app, "called_runs")["run_id"]) == set(mine[:100])
    assert len(table(app, "parents")) > 2
    assert "You may not see this workflow" in texts(app)


def test_a_link_holds_which_parent_suffers_most_by_what_and_the_order_of_its_runs(demo_world: World) -> None:
    fraud = demo_world.flows[7].id
    app = loaded(opened(PAGE, demo_world, parent=fraud, show=["parents_sort:runs", "called_sort:slowest"]))
    assert not app.exception
    assert table(app, "parents").query("name != '(no parent)'")["runs"].is_monotonic_decreasing
    assert table(app, "called_runs")["latency"].dropna().is_monotonic_decreasing
    app.button_group(key="parents_sort").set_value("last_seen").run()
    app.button_group(key="called_sort").set_value("newest").run()
    assert app.query_params["show"] == "parents_sort:last_seen"
    named = table(app, "parents").query("name != '(no parent)'")
    assert named["last_seen"].is_monotonic_decreasing
    assert table(app, "called_runs")["date"].is_monotonic_decreasing


def test_a_flow_that_nothing_calls_says_so(demo_world: World) -> None:
    app = loaded(opened(PAGE, demo_world, flow=demo_world.flows[4].id))
    assert not app.exception
    assert "was called by another workflow" in texts(app)


def by_id(world: World) -> dict[str, dict[str, Any]]:
    return {row["run_id"]: row | {"flow": flow.id} for flow in world.flows for row in world.rows(flow.id, at=world.now)}


def family_page(world: World, row: dict[str, Any], **more: str) -> AppTest:
    app = opened("pages/signed_in/run.py", world, flow=row["flow"], run=row["run_id"], **more)
    return until(app, lambda app: any(frame.key and frame.key.startswith("family") for frame in app.dataframe))


def test_a_run_shows_its_parents_up_to_the_root(demo_world: World) -> None:
    held = by_id(demo_world)
    first, hidden = NOW - timedelta(days=59), {flow.id for flow in demo_world.flows if flow.forbidden}
    child, parent, root = next(
        (row, above, top) for row in held.values()
        if (above := held.get(row["parent_run_id"] or "")) and (top := held.get(above["parent_run_id"] or ""))
        and not top["parent_run_id"] and hidden.isdisjoint({row["flow"], above["flow"], top["flow"]})
        and first <= datetime.fromisoformat(top["date"]) <= datetime.fromisoformat(row["date"]) < UNTIL
    )  # fmt: skip
    app = family_page(demo_world, child, start=first.isoformat())
    assert not app.exception
    shown = table(app, "family")["run_id"].tolist()
    assert shown[0] == root["run_id"]
    assert 0 < shown.index(parent["run_id"]) < shown.index(child["run_id"])
    assert "never added up" in texts(app)


def test_a_run_whose_parent_may_not_be_seen_says_so(demo_world: World) -> None:
    fraud = demo_world.flows[7].id
    row = next(row for row in rows_in_view(demo_world) if row["parent_project_id"] == fraud)
    app = family_page(demo_world, {**row, "flow": demo_world.flows[0].id})
    assert not app.exception
    rows = table(app, "family")
    assert rows["note"].tolist()[0] == "You may not see this workflow"
    assert rows["run_id"].isna().tolist()[0]


@pytest.mark.parametrize(
    ("selection", "run_id"),
    [
        ({"selection": {"points": [{"customdata": ["run", "r1"]}]}}, "r1"),
        ({"points": [{"customdata": {"0": "run", "1": "r1"}}]}, "r1"),
        ({"points": [{"customdata": ["dimension", "r1"]}]}, None),
        ({"points": [{"customdata": ["run", 7]}]}, None),
        ({"points": []}, None),
        (None, None),
    ],
)
def test_a_click_on_a_bar_names_its_run(selection: object, run_id: str | None) -> None:
    assert clicked_run(selection) == run_id
