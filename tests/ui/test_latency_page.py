"""The Latency page from app.py, without a browser: its numbers against the rows themselves, controls, empty states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.quantities import count, percent, seconds
from analytics_dash.runs.view import MULTIPLE, View
from analytics_dash.ui import places
from tests.moments import NOW
from tests.ui.pages import FROM, MONTH, UNTIL, key_of, opened
from tests.ui.test_app import loaded, metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/latency.py"
UNFINISHED: Final = {"PENDING", "PAUSED", "RESUMED"}
HOSTILE: Final = "o'hara\"; DROP TABLE runs; -- <b>**{0} %s"


def latency_page(world: World, parameters: Mapping[str, str | list[str]] = MONTH, **more: str | list[str]) -> AppTest:
    return loaded(opened(PAGE, world, parameters, **more))


def rows_in_view(world: World) -> list[dict[str, Any]]:
    rows = world.rows(world.flows[0].id, at=world.now)
    inside = (row for row in rows if FROM <= datetime.fromisoformat(row["date"]) < UNTIL)
    return [row for row in inside if row["run_type"] != "workflow_builder"]


def timed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["state"] not in UNFINISHED and row["latency"] is not None]


def shown_again(app: AppTest, **parameters: str) -> AppTest:
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def ask(app: AppTest, about: str) -> str:
    app.button_group(key="common_to").set_value(about).run()
    assert not app.exception
    return texts(app)


def first_failures(ended: list[dict[str, Any]]) -> int:
    """How many failed that were not tried again in the half hour of a failure of the same user."""
    pause, found = timedelta(minutes=30), 0
    begun: dict[str, tuple[datetime, datetime]] = {}  # of an errand the first failure, and the last
    for row in sorted(ended, key=lambda row: str(row["date"])):
        at, whose = datetime.fromisoformat(row["date"]), row["user_id"] or row["conversation_id"]
        since, last = begun.get(whose, (None, None)) if whose else (None, None)
        is_again = since is not None and last is not None and (at - since) // pause == (last - since) // pause
        if row["state"] == "FAILED" or row["is_flow_successful"] is False:
            found += not is_again
            if whose:
                begun[whose] = (since if since and last and at - last < pause else at, at)
    return found


def test_the_figures_and_the_slowest_runs_are_those_of_the_rows_themselves(demo_world: World) -> None:
    app, rows = latency_page(demo_world), rows_in_view(demo_world)
    latencies = np.array([row["latency"] for row in timed(rows)])
    unfinished = sum(row["state"] in UNFINISHED for row in rows)
    slow = int((latencies >= np.quantile(latencies, 0.95)).sum())
    assert not app.exception
    assert metrics(app) == {
        "Latency p50": seconds(float(np.quantile(latencies, 0.5))),
        "Latency p95": seconds(float(np.quantile(latencies, 0.95))),
        "Latency p99": seconds(float(np.quantile(latencies, 0.99))),
        "Within 10.0 s": percent(float(np.mean(latencies <= 10))),
        "Without latency": str(len(rows) - unfinished - len(latencies)),
        "Still running": str(unfinished),
    }
    assert f"over {count(len(latencies), 'run')} of {len(rows):,}" in texts(app)
    assert f"{slow} runs that took" in texts(app)
    table = next(frame.value for frame in app.dataframe if "run_id" in frame.value)
    assert table["latency"].to_list() == sorted(latencies, reverse=True)[:20]


def test_threshold_and_percentiles_are_kept_in_the_link(demo_world: World) -> None:
    app = latency_page(demo_world, percentiles=["p75", "p90"], threshold="5")
    shares = [row["latency"] <= 5 for row in timed(rows_in_view(demo_world))]
    assert metrics(app)["Within 5.00 s"] == percent(sum(shares) / len(shares))
    assert app.button_group(key="latency_percentiles").value == ["p75", "p90"]
    app.number_input(key="latency_threshold").set_value(7.5)
    app.button_group(key="latency_percentiles").set_value(["p90", "p50"]).run()
    assert app.query_params["threshold"] == "7.5"
    assert app.query_params["percentiles"] == ["p50", "p90"]
    app.number_input(key="latency_threshold").set_value(10.0)
    app.button_group(key="latency_percentiles").set_value([]).run()
    assert not {"threshold", "percentiles"} & set(app.query_params)
    assert app.button_group(key=key_of(app, "latency_percentiles")).value == ["p50", "p95", "p99"]


def test_what_is_asked_about_is_counted_against_the_rest(demo_world: World) -> None:
    app, rows = latency_page(demo_world), rows_in_view(demo_world)
    ended = [row for row in rows if row["state"] in {"FAILED", "COMPLETED"}]
    assert f"{first_failures(ended)} runs that failed at a first attempt against" in ask(app, "failed")
    assert "Nothing is selected" in ask(app, "view")
    chosen = sum(row["run_type"] == "api" for row in rows)
    told = texts(shown_again(app, run_type="api"))
    assert f"{chosen:,} runs in view against {len(rows) - chosen:,} others" in told


def test_a_clicked_cell_is_compared_with_the_range_it_was_clicked_in(demo_world: World) -> None:
    app, rows = latency_page(demo_world), rows_in_view(demo_world)
    first, after = FROM + timedelta(days=3), FROM + timedelta(days=10)
    app.session_state["ranges_before"] = {(first, after): View(start=FROM, end=UNTIL)}
    shown_again(app, start=first.isoformat(), end=after.isoformat(), latency_from="8")
    inside = [r for r in timed(rows) if r["latency"] >= 8 and first <= datetime.fromisoformat(r["date"]) < after]
    told = ask(app, "view")
    assert f"{len(inside):,} runs in view against {len(rows) - len(inside):,} others" in told
    assert "Weekday" not in told


def test_an_answer_narrows_the_view_and_a_value_asked_for_is_no_button(demo_world: World) -> None:
    app = latency_page(demo_world, start=(NOW - timedelta(days=59)).isoformat())  # long enough for a sure answer
    answer = next(button for button in app.button if str(button.key).startswith("common_"))
    answer.click().run()
    assert set(MULTIPLE) & set(app.query_params)
    assert not app.exception
    assert answer.label not in [button.label for button in app.button]


def test_choices_stay_over_a_change_of_page(demo_world: World) -> None:
    app = latency_page(demo_world, threshold="3")
    app.selectbox(key="latency_by").set_value("conversation").run()
    assert "Latency by conversation" in [heading.value for heading in app.subheader]
    query = {name: app.query_params[name] for name in app.query_params}
    for page in (places.RUNS, PAGE):  # the list of runs takes least to draw
        app.switch_page(page)
        shown_again(app, **query)
    assert "Within 3.00 s" in metrics(app)
    assert app.selectbox(key=key_of(app, "latency_by")).value == "conversation"


def test_nothing_few_and_untimed_runs_are_told_as_such(demo_world: World) -> None:
    conversation = next(r["conversation_id"] for r in timed(rows_in_view(demo_world)) if r["conversation_id"])
    app = latency_page(demo_world, conversation=conversation)
    assert "few runs" in texts(app)
    assert metrics(app)["Latency p99"] == "no data"
    shown_again(app, conversation=HOSTILE)
    assert "Remove a filter above" in texts(app)
    assert not app.metric
    del app.query_params["conversation"]
    shown_again(app, outcome="unfinished", start=(NOW - timedelta(days=50)).isoformat(), end=NOW.isoformat())
    loaded(app)
    assert metrics(app)["Latency p50"] == "no data"
    assert "still running" in texts(app)
    assert not app.subheader
    assert not app.exception
