"""Keeping up to date: the age of the data, refreshing, following new runs, and forgetting what is stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.server import DemoServer
from analytics_dash.demo.world import World
from analytics_dash.settings import load_settings
from analytics_dash.store.library import library
from analytics_dash.ui import live
from tests.ui.pages import until
from tests.ui.signed_in import APP
from tests.ui.test_app import loaded, log_in, metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")


def read(world: World, **parameters: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    wanted = {"org": world.organization_id, "flow": world.flows[0].id, "range": "30d", **parameters}
    for name, value in wanted.items():
        app.query_params[name] = value
    return until(loaded(log_in(app.run())), lambda a: "Data is" in texts(a))


def stored() -> int:
    with library(load_settings()).engine.reading() as cursor:
        found = cursor.execute("SELECT count(*) FROM stored_runs").fetchone()
    return int(found[0]) if found else 0


def test_a_refresh_costs_three_requests_and_keeps_the_numbers(demo_world: World, demo_api: DemoServer) -> None:
    app = read(demo_world)
    before, asked = metrics(app), len(demo_api.requests)
    app.button(key="refresh").click().run()
    app = until(app, lambda a: "Data is" in texts(a))
    assert metrics(app) == before
    assert len(demo_api.requests) - asked <= 3


def test_live_asks_again_by_itself_when_it_is_due(demo_world: World, demo_api: DemoServer) -> None:
    app = read(demo_world)
    app.toggle(key=live.LIVE).set_value(True).run()
    asked = len(demo_api.requests)
    app.session_state[live.LAST] = -1e9
    app.run()
    app = until(app, lambda a: "Data is" in texts(a))
    assert len(demo_api.requests) > asked
    assert app.metric


def test_live_waits_longer_after_every_failure() -> None:
    waits = [live.wait_s(15.0, troubles) for troubles in range(8)]
    assert waits[0] == 15.0
    assert waits == sorted(waits)
    assert waits[-1] == live.LONGEST_WAIT_S


def test_a_range_with_a_fixed_end_has_no_live(demo_world: World) -> None:
    app = read(demo_world, start="2026-01-01T00:00:00Z", end=datetime.now(UTC).isoformat())
    assert app.toggle(key=live.LIVE).disabled


def test_forgetting_removes_the_runs_and_the_page_reads_them_again(demo_world: World) -> None:
    app = read(demo_world)
    before = metrics(app)
    assert stored() > 0
    app.button(key="forget").click().run()
    app = until(app, lambda a: a.metric and "Partial" not in texts(a))
    assert metrics(app)["Runs"] == before["Runs"]


def test_reading_the_range_again_reads_all_of_it(demo_world: World, demo_api: DemoServer) -> None:
    app = read(demo_world)
    with library(load_settings()).engine.writing() as cursor:
        cursor.execute("UPDATE stored_runs SET total_tokens = 0")
    app.button(key="everything").click().run()
    app = until(app, lambda a: "Data is" in texts(a) and a.metric and metrics(a)["Tokens"] != "0")
    assert metrics(app)["Tokens"] != "0"
