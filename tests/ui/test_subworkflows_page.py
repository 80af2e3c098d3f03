"""The Sub-workflows page from app.py, without a browser: parents against the rows themselves, one parent's runs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from tests.ui.pages import FROM, UNTIL, opened
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


def test_one_parent_in_view_shows_its_runs_while_the_others_stay_to_choose(demo_world: World) -> None:
    fraud = demo_world.flows[7].id
    app = loaded(opened(PAGE, demo_world, parent=fraud))
    mine = [row["run_id"] for row in rows_in_view(demo_world) if row["parent_project_id"] == fraud]
    assert not app.exception
    assert set(table(app, "called_runs")["run_id"]) == set(mine[:100])
    assert len(table(app, "parents")) > 2
    assert "You may not see this workflow" in texts(app)


def test_a_flow_that_nothing_calls_says_so(demo_world: World) -> None:
    app = loaded(opened(PAGE, demo_world, flow=demo_world.flows[4].id))
    assert not app.exception
    assert "was called by another workflow" in texts(app)
