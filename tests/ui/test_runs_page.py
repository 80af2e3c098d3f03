"""The list of runs from app.py: pages, sorting and columns in the link, a search, and a row that opens its run."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.ui import places, run_opening
from tests.ui.pages import FROM, MONTH, UNTIL, key_of, opened, until
from tests.ui.test_app import texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")


def runs_page(world: World, **more: str | list[str]) -> AppTest:
    return until(opened(places.RUNS, world, MONTH, **more), lambda app: app.dataframe)


def in_view(world: World) -> list[dict[str, Any]]:
    """The rows that the page is about, newest first."""
    rows = world.rows(world.flows[0].id, at=world.now)
    held = {row["run_id"]: row for row in rows if FROM.isoformat() <= row["date"] < UNTIL.isoformat()}
    real = [row for row in held.values() if row.get("run_type") != "workflow_builder"]
    return sorted(sorted(real, key=lambda row: row["run_id"]), key=lambda row: row["date"], reverse=True)


def shown_ids(app: AppTest) -> list[str]:
    ids: list[str] = app.dataframe[0].value["run_id"].tolist()
    return ids


def test_the_pages_show_every_run_in_turn_and_another_sort_begins_anew(demo_world: World) -> None:
    expected = [row["run_id"] for row in in_view(demo_world)]
    app = runs_page(demo_world)
    assert shown_ids(app) == expected[:100]
    app.button(key="runs_next").click().run()
    assert shown_ids(app) == expected[100:200]
    assert f"rows 101–200 of {len(expected):,}" in texts(app)
    assert app.query_params["page"] == "2"
    app.button(key="runs_last").click().run()
    assert shown_ids(app)[-1] == expected[-1]
    app.selectbox(key=key_of(app, "runs_sort")).select("latency").run()
    assert app.query_params["sort"] == "-latency"
    assert "page" not in app.query_params
    slowest = sorted((row["latency"] for row in in_view(demo_world) if row["latency"] is not None), reverse=True)
    assert app.dataframe[0].value["latency"].tolist() == slowest[:100]
    app.multiselect(key=key_of(app, "runs_columns")).set_value(["run_id", "error"]).run()
    assert app.query_params["columns"] == ["run_id", "error"]


def test_a_search_shows_what_matched(demo_world: World) -> None:
    word = next(row["error"] for row in in_view(demo_world) if row["error"]).split()[0]
    texts_of = {row["run_id"]: f"{row['inputs']} {row['outputs']} {row['error']}" for row in in_view(demo_world)}
    expected = [run_id for run_id, held in texts_of.items() if word.lower() in held.lower()]
    app = runs_page(demo_world, q=word)
    assert shown_ids(app) == expected[:100]
    assert all(f"«{word.lower()}»" in match.lower() for match in app.dataframe[0].value["match"])


def test_a_chosen_row_opens_its_run_and_the_list_is_where_it_was(demo_world: World) -> None:
    app = runs_page(demo_world)
    app.button(key="runs_next").click().run()
    ids = shown_ids(app)
    app.session_state[run_opening.WANTED] = (ids[3], True)
    app.run()
    assert app.query_params["run"] == ids[3]
    app.switch_page(places.RUNS).run()
    assert shown_ids(app) == ids


def test_a_pasted_id_opens_what_it_is_and_what_is_unknown_is_told(demo_world: World) -> None:
    row = in_view(demo_world)[5]
    app = runs_page(demo_world)
    app.text_input(key="lookup").input("no such thing").run()
    assert "Nothing is stored of this flow under “no such thing”" in texts(app)
    app.text_input(key="lookup").input(f" `{row['run_id']}` ").run()
    assert app.query_params["run"] == row["run_id"]
    user = next(row["user_id"] for row in in_view(demo_world) if row["user_id"])
    app.text_input(key=key_of(app, "lookup")).input(user).run()
    assert app.query_params["user"] == user
    assert "run" not in app.query_params
