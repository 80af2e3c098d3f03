"""The page of waiting runs from app.py, without a browser: against the rows themselves, few, none and hostile ones."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.runs.outcome import UNFINISHED_STATES
from tests.moments import NOW
from tests.ui.pages import opened
from tests.ui.test_app import loaded, metrics, texts
from tests.ui.test_failures_page import HOSTILE, table, told

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/waiting.py"
EVER: Final = {"start": (NOW - timedelta(days=60)).isoformat(), "end": NOW.isoformat(), "tz": "UTC"}


def test_every_unfinished_run_of_the_view_is_listed_the_oldest_first(demo_world: World) -> None:
    app = loaded(opened(PAGE, demo_world, EVER, tests="include"))
    rows = [row for row in demo_world.rows(demo_world.flows[0].id, at=NOW) if row["state"] in UNFINISHED_STATES]
    held, shown = Counter(row["state"] for row in rows), metrics(app)
    assert not app.exception
    assert rows
    assert [int(shown[s.capitalize()]) for s in UNFINISHED_STATES] == [held[s] for s in UNFINISHED_STATES]
    oldest = sorted(rows, key=lambda row: (row["date"], row["run_id"]))
    assert table(app, "waiting")["run_id"].to_list() == [row["run_id"] for row in oldest]
    assert "so stuck after" in texts(app)
    assert "States as they were read at" in texts(app)
    app.query_params["state"] = "PAUSED"
    assert int(metrics(app.run())["Pending"]) == 0
    assert "so stuck after" in texts(app)


def test_no_waiting_run_and_no_run_at_all_are_told(demo_world: World) -> None:
    app = loaded(opened(PAGE, demo_world, EVER, outcome="succeeded"))
    assert "No run in view is waiting" in "\n".join(element.value for element in app.success)
    assert metrics(app)["Oldest"] == "no data"
    del app.query_params["outcome"]
    app.query_params["conversation"] = HOSTILE
    assert told(app.run(), "Remove a filter")
    assert not app.exception


def test_few_finished_runs_say_so_and_strangers_text_stays_text() -> None:
    def script(hostile: str, when: str) -> None:
        from datetime import datetime, timedelta

        from analytics_dash.metrics.waiting import usual, waiting
        from analytics_dash.runs.view import View
        from analytics_dash.ui import waiting_table
        from tests.metrics.table import relation

        now = datetime.fromisoformat(when)
        run = {"date": now - timedelta(days=3), "user_id": hostile, "run_id": hostile, "parent_project_id": hostile}
        runs = relation([{**run, "state": "PAUSED"}, {**run, "state": "COMPLETED", "latency": 1.0}])
        found = waiting(runs, now=now, usual=usual(runs))
        waiting_table.draw_cards(found)
        waiting_table.draw(found, view=View(), zone="UTC")

    app = AppTest.from_function(script, kwargs={"hostile": HOSTILE, "when": NOW.isoformat()}).run()
    assert not app.exception
    assert (metrics(app)["Stuck"], metrics(app)["Oldest"]) == ("no data", "3 d")
    assert "1 finished run: too few to tell" in texts(app)
    assert table(app, "waiting")["note"].to_list() == ["may wait for a person"]
    assert table(app, "waiting")["parent_project_name"].to_list() == [HOSTILE]
    assert "<b>" not in texts(app)
