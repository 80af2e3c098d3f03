"""The dashboard from app.py, without a browser: the gate, the page, bad input, and what is kept where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.server import DEMO_API_KEY, DEMO_PASSWORD, DEMO_USERNAME
from analytics_dash.demo.world import World
from analytics_dash.ui import places
from tests.ui.signed_in import APP, arrived

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

RUNS: Final = 40  # of the script: enough for a reading of a fraction of a second, each run waits for it


def start(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def log_in(app: AppTest, username: str = DEMO_USERNAME, password: str = DEMO_PASSWORD) -> AppTest:
    app.text_input(key="form_username").input(username)
    app.text_input(key="form_password").input(password)
    next(button for button in app.button if button.label == "Log in").click()
    return app.run()


def loaded(app: AppTest) -> AppTest:
    for _ in range(RUNS):
        if app.metric:
            break
        app.run()
    return app


def overview(world: World, **parameters: str | list[str]) -> AppTest:
    """The overview of somebody who is signed in already, over a store that holds every run."""
    return loaded(arrived(**_of_month(world, parameters)))


def light(world: World, **parameters: str | list[str]) -> AppTest:
    """The list of runs, which takes least to draw: the link, the sidebar and the chips are the same on every page."""
    return arrived(places.RUNS, **_of_month(world, parameters))


def runs_shown(app: AppTest) -> int:
    """How many runs the list is of."""
    found = re.search(r"(?:rows \d+–\d+ of|all) ([\d,]+)", texts(app))
    assert found is not None
    return int(found[1].replace(",", ""))


def outcomes(app: AppTest) -> set[str]:
    """How the listed runs ended."""
    return set(app.dataframe[0].value["outcome"])


def read_anew(world: World, **parameters: str | list[str]) -> AppTest:
    """The overview after signing in with the password, over a store that was empty before."""
    return loaded(log_in(start(**_of_month(world, parameters))))


def _of_month(world: World, parameters: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    return {"org": world.organization_id, "flow": world.flows[0].id, "range": "30d", **parameters}


def texts(app: AppTest) -> str:
    shown: list[Any] = [*app.error, *app.warning, *app.info, *app.markdown, *app.title]
    return "\n".join(str(element.value) for element in shown)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_signed_out_there_is_the_form_and_nothing_else(demo_world: World) -> None:
    app = start(org=demo_world.organization_id, flow=demo_world.flows[0].id)
    assert [field.label for field in app.text_input] == ["Username", "Password", "API key"]
    assert "Log in" in [button.label for button in app.button]
    assert not app.metric
    assert not app.sidebar.selectbox


def test_signing_in_opens_the_page_with_its_figures(demo_world: World) -> None:
    app = read_anew(demo_world)
    assert not app.exception
    lined = ["Runs", "Failure rate", "Latency p50", "Latency p95", "Tokens", "Users"]
    assert list(metrics(app)) == [*lined, "Positive feedback", "Unfinished", "Estimated cost"]
    assert demo_world.flows[0].name in app.title[0].value


@pytest.mark.parametrize(
    ("username", "password", "told"),
    [(DEMO_USERNAME, "wrong", "password"), ("", "", "Enter both"), ("nobody", DEMO_PASSWORD, "password")],
)
def test_what_does_not_sign_in_says_what_to_do(username: str, password: str, told: str) -> None:
    app = log_in(start(), username, password)
    assert told in app.error[0].value
    assert not app.metric


def test_an_unreachable_api_is_told_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", "http://127.0.0.1:9")
    app = log_in(start())
    assert "127.0.0.1:9" in app.error[0].value


def test_a_wrong_setting_is_told_in_place_of_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", "not an address")
    app = start()
    assert "ANALYTICS_DASH_API_URL" in app.error[0].value
    assert not app.text_input


def test_an_api_key_signs_in_too(demo_world: World) -> None:
    app = start(org=demo_world.organization_id, flow=demo_world.flows[0].id, range="30d")
    app.text_input(key="form_api_key").input(DEMO_API_KEY)
    next(button for button in app.button if button.label == "Use API key").click()
    assert metrics(loaded(app.run()))["Runs"] != "0"


def test_neither_password_nor_token_stays_in_the_session(demo_world: World) -> None:
    app = read_anew(demo_world)
    kept = repr(app.session_state._state.filtered_state)
    assert DEMO_PASSWORD not in kept
    assert "form_password" not in kept


def test_every_run_counts_once_and_tests_only_when_asked_for(demo_world: World) -> None:
    without, with_tests = (runs_shown(light(demo_world, **extra)) for extra in ({}, {"tests": "include"}))
    rows = demo_world.rows(demo_world.flows[0].id, at=demo_world.now)
    assert without < with_tests < len(rows)


def test_the_completeness_line_says_what_the_numbers_rest_on(demo_world: World) -> None:
    line = next(m.value for m in read_anew(demo_world, tz="Europe/Paris").markdown if "read in" in m.value)
    for words in (" removed", "rows set aside", "oldest", "as of", "Europe/Paris", "test runs left out"):
        assert words.replace("/", "\\/") in line or words in line
    assert "same totals as the organization's summary" in line


def test_a_link_s_filters_are_what_the_controls_show(demo_world: World) -> None:
    app = light(demo_world, state=["FAILED", "COMPLETED"], tz="Asia/Tokyo", tests="include")
    assert app.multiselect(key="filter_state").value == ["FAILED", "COMPLETED"]
    assert app.selectbox(key="filter_tz").value == "Asia/Tokyo"
    assert app.toggle(key="filter_production").value is False


def test_a_control_writes_the_link(demo_world: World) -> None:
    app = light(demo_world)
    app.multiselect(key="filter_state").set_value(["FAILED"]).run()
    assert app.query_params["state"] == "FAILED"
    assert outcomes(app) == {"✕ failed"}
    app.toggle(key="filter_production").set_value(False).run()
    assert app.query_params["tests"] == "include"


def test_failed_runs_can_be_left_out_of_latency(demo_world: World) -> None:
    app = overview(demo_world, outcome="failed")
    assert metrics(app)["Latency p95"] != "no data"
    app.toggle(key="filter_timed").set_value(True).run()
    assert app.query_params["latency_without_failed"] == "yes"
    assert metrics(app)["Latency p95"] == "no data"
    assert metrics(app)["Runs"] != "0"


def test_a_start_after_the_end_is_told_and_the_range_stays(demo_world: World) -> None:
    app = light(demo_world, start="2026-11-01T00:00:00Z", end="2026-11-08T00:00:00Z")
    field = app.datetime_input(key="filter_start")
    assert field.value is not None
    field.set_value(field.value.replace(month=12)).run()
    assert "start must be before the end" in texts(app)
    assert app.query_params["start"] == "2026-11-01T00:00:00Z"


def test_a_chip_takes_its_filter_away(demo_world: World) -> None:
    app = light(demo_world, outcome="failed", user="nobody-by-that-name")
    assert "Remove a filter above" in texts(app)
    app.button(key="chip_user_1").click().run()
    assert "user" not in app.query_params
    assert outcomes(app) == {"✕ failed"}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"range": "5y"}, "range"),
        ({"tz": "Mars/Olympus"}, "Europe"),
        ({"colour": "red"}, "colour"),
        ({"start": "then"}, "start"),
    ],
)
def test_what_a_link_has_wrong_is_told_and_the_page_is_shown(
    demo_world: World, parameters: dict[str, str], told: str
) -> None:
    app = light(demo_world, **parameters)
    assert told in "\n".join(w.value for w in app.warning)
    assert not app.dataframe[0].value.empty


@pytest.mark.parametrize("kind", ["forbidden", "missing"])
def test_a_flow_that_cannot_be_read_says_why_and_shows_no_number(demo_world: World, kind: str) -> None:
    forbidden = next(flow.id for flow in demo_world.flows if flow.forbidden)
    app = start(org=demo_world.organization_id, flow=forbidden if kind == "forbidden" else "no-such-flow")
    app = log_in(app)
    for _ in range(RUNS):
        if app.error:
            break
        app.run()
    assert app.error
    assert not app.metric
    assert "Try again" in [button.label for button in app.button]


def test_without_a_flow_the_page_says_what_to_choose(demo_world: World) -> None:
    app = log_in(start(org=demo_world.organization_id))
    assert "Choose a flow" in texts(app)


def test_a_flow_is_picked_by_its_name(demo_world: World) -> None:
    app = log_in(start(org=demo_world.organization_id))
    app.selectbox(key="filter_flow").set_value(demo_world.flows[1].id).run()
    assert app.query_params["flow"] == demo_world.flows[1].id
    assert demo_world.flows[1].name in loaded(app).title[0].value


def test_logging_out_shows_the_form_and_keeps_the_view(demo_world: World) -> None:
    app = read_anew(demo_world, state="FAILED")
    app.button(key="log_out").click().run()
    assert [field.label for field in app.text_input] == ["Username", "Password", "API key"]
    assert not app.metric
    assert app.query_params["state"] == "FAILED"


def test_a_page_that_runs_without_the_router_shows_nothing() -> None:
    page = AppTest.from_file(str(Path(APP).parent / "pages/signed_in/overview.py")).run()
    assert not page.metric
    assert not page.title
