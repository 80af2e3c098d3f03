"""The run page from app.py, without a browser: facts against the row itself, what strangers wrote, what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.quantities import seconds
from analytics_dash.runs.error_group import error_group_id
from analytics_dash.runs.outcome import outcome
from tests.ui.pages import FROM, MONTH, UNTIL, opened, until
from tests.ui.test_app import metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/run.py"
HOSTILE: Final = "x'); DROP TABLE runs; -- <b>**{0} %s [x](http://e.example)"


def rows(world: World) -> list[dict[str, Any]]:
    """The flow's runs in the month that is loaded, newest first, test runs left out."""
    inside = (
        row
        for row in world.rows(world.flows[0].id, at=world.now)
        if FROM <= datetime.fromisoformat(row["date"]) < UNTIL
    )
    return [row for row in inside if row["run_type"] != "workflow_builder"]


def failed(world: World) -> dict[str, Any]:
    ends = ((row, outcome(row["state"], row["is_flow_successful"])) for row in rows(world))
    return next(row for row, end in ends if end == "failed" and row["latency"] is not None and row["error"])


def run_page(world: World, run_id: str, **more: str) -> AppTest:
    return until(opened(PAGE, world, MONTH, run=run_id, **more), lambda app: app.metric or app.warning)


def codes(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.code)


def test_a_failed_run_is_told_with_its_error_group_and_standing(demo_world: World) -> None:
    row = failed(demo_world)
    app = run_page(demo_world, row["run_id"])
    assert not app.exception
    shown = metrics(app)
    assert shown["Outcome"] == "✕ Failed"
    assert shown["Latency"] == seconds(row["latency"])
    assert shown["Tokens"] == f"{row['total_tokens']:,}"
    ended = [r for r in rows(demo_world) if r["state"] not in {"PENDING", "PAUSED", "RESUMED"}]
    others = [r for r in ended if r["latency"] is not None and r["run_id"] != row["run_id"]]
    assert f"{len(others):,} comparable runs" in texts(app)
    assert row["error"] in codes(app)
    assert error_group_id(row["error"]) in texts(app)
    assert f"of {len(rows(demo_world)):,} in view" in texts(app)
    assert "### Run" in codes(app)


def test_next_opens_the_run_after_it_in_the_list(demo_world: World) -> None:
    first, second = rows(demo_world)[:2]
    app = run_page(demo_world, first["run_id"])
    assert app.button(key="step_previous").disabled
    app.button(key="step_next").click().run()
    assert app.query_params["run"] == second["run_id"]
    assert "2 of " in texts(app)


def test_an_unknown_run_says_so_and_reads_further_back_when_asked(demo_world: World) -> None:
    app = run_page(demo_world, HOSTILE)
    assert not app.exception
    assert "cannot be asked for one run by its ID" in app.warning[0].value
    assert "<b>" not in app.warning[0].value
    app.button(key="further_90d").click().run()
    assert app.query_params["range"] == "90d"
    assert app.query_params["run"] == HOSTILE
    assert "start" not in app.query_params


def test_without_a_run_the_page_says_how_to_get_to_one(demo_world: World) -> None:
    app = opened(PAGE, demo_world)
    assert "No run is chosen" in texts(app)
    assert not app.metric


def test_a_run_that_the_filters_and_the_range_leave_out_is_found(demo_world: World) -> None:
    row = failed(demo_world)
    at = datetime.fromisoformat(row["date"])
    app = run_page(demo_world, row["run_id"])
    app.query_params["start"] = (at + timedelta(hours=1)).isoformat()
    app.query_params["user"] = "nobody"
    app.run()
    assert metrics(app)["Outcome"] == "✕ Failed"
    assert "not among the runs in view" in texts(app)


def test_two_runs_are_laid_side_by_side(demo_world: World) -> None:
    first, second = rows(demo_world)[3:5]
    app = run_page(demo_world, first["run_id"], against=second["run_id"])
    table = next(frame.value for frame in app.dataframe if "differs" in frame.value)
    marked = set(table["field"][table["differs"] == "≠"])
    assert {"run_id", "date"} <= marked
    alike = [name for name in ("user_id", "run_type", "conversation_id") if first[name] == second[name]]
    assert not marked & set(alike)
    app.button(key="swap").click().run()
    assert (app.query_params["run"], app.query_params["against"]) == (second["run_id"], first["run_id"])
    app.button(key="close").click().run()
    assert "against" not in app.query_params


def test_a_run_of_a_list_is_compared_with_a_click_and_models_have_their_names(demo_world: World) -> None:
    row = next(r for r in rows(demo_world) if r["llm_usage"] and r["llm_usage"][0]["model_id"])
    app = run_page(demo_world, row["run_id"])
    models = next(frame.value for frame in app.dataframe if "cost_usd" in frame.value)
    assert {use["model_id"] for use in row["llm_usage"] if use["model_id"]} <= set(models["value"])
    app.button(key="compare_beside_0").click().run()
    assert not app.exception
    assert "This run and another" in [heading.value for heading in app.subheader]
    app.button(key="open_beside_0").click().run()
    assert app.query_params["run"] != row["run_id"]
    assert "against" not in app.query_params


def test_the_link_of_the_summary_opens_on_the_run_and_carries_no_filter(demo_world: World) -> None:
    row = failed(demo_world)
    summary = codes(run_page(demo_world, row["run_id"], model="gpt-x"))
    link = next(line for line in summary.splitlines() if line.startswith("- Link: "))
    assert f"run={row['run_id']}" in link
    assert "model" not in link
