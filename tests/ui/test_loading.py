"""A long reading: progress is real, it can be stopped, what was read stays, and it goes on from there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.server import DemoServer
from analytics_dash.demo.world import World
from analytics_dash.web.sessions import sign_ins
from tests.moments import NOW
from tests.ui.signed_in import APP
from tests.ui.test_app import RUNS, loaded, log_in, metrics, texts


@pytest.fixture
def slow_api(demo_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoServer]:
    """A server that thinks before each answer, and is asked for small pages, so that a reading takes a while."""
    with DemoServer(demo_world, clock=lambda: NOW, latency_s=0.15) as server:
        monkeypatch.setenv("ANALYTICS_DASH_API_URL", server.url)
        monkeypatch.setenv("ANALYTICS_DASH_PAGE_SIZE", "20")
        yield server
        for entry_id in list(sign_ins()._entries):
            sign_ins().end(entry_id)


def reading(world: World) -> AppTest:
    """The dashboard while it reads, with some rows in."""
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params["org"], app.query_params["flow"] = world.organization_id, world.flows[0].id
    app.query_params["range"] = "30d"
    app = log_in(app.run())
    for _ in range(RUNS):
        if any("page" in text and "0 pages" not in text for text in progress(app)):
            return app
        app.run()
    raise AssertionError(texts(app))


def stopped(app: AppTest) -> AppTest:
    """The dashboard once the reading has noticed that nobody wants it."""
    for _ in range(RUNS):
        if any(button.key == "resume" for button in app.button):
            return app
        app.run()
    raise AssertionError(texts(app))


def progress(app: AppTest) -> list[str]:
    return [str(element.proto.text) for element in app.get("progress")]


@pytest.mark.usefixtures("slow_api")
def test_progress_tells_rows_of_about_how_many_pages_and_time(demo_world: World) -> None:
    text = progress(reading(demo_world))[0]
    assert text.startswith("Reading runs: ")
    assert all(word in text for word in (" of about ", " pages, ", " s"))


@pytest.mark.usefixtures("slow_api")
def test_a_stopped_reading_shows_what_it_has_says_so_loudly_and_goes_on(demo_world: World) -> None:
    app = reading(demo_world)
    app.button(key="cancel").click().run()
    app = stopped(loaded(app))
    assert "Partial data" in texts(app)
    partial = int(metrics(app)["Runs"].replace(",", ""))
    app.button(key="resume").click().run()
    for _ in range(RUNS):
        if app.metric and "Partial data" not in texts(app):
            break
        app.run()
    assert partial < int(metrics(app)["Runs"].replace(",", ""))
    assert "same totals as the organization's summary" in texts(app)
