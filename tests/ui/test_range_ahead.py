"""Ranges that reach beyond this moment: what has not happened is not missing, and nothing is asked for in a circle."""

from __future__ import annotations

from datetime import timedelta

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.server import DemoServer
from analytics_dash.demo.world import World
from tests.moments import NOW
from tests.ui.signed_in import arrived
from tests.ui.test_app import loaded, log_in, metrics, start, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")
DAY = timedelta(days=1)
AHEAD = {"start": (NOW + DAY).isoformat(), "end": (NOW + 2 * DAY).isoformat()}
NOT_BEGUN = "This range has not begun yet. Choose another in the sidebar."


def where(world: World, **more: str) -> dict[str, str]:
    return {"org": world.organization_id, "flow": world.flows[0].id, "tests": "include", "tz": "UTC", **more}


def counted_reruns(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time that loading runs the script again."""
    reruns: list[None] = []
    monkeypatch.setattr(streamlit, "rerun", lambda **_: reruns.append(None))
    return reruns


def test_a_range_that_ends_later_is_complete_up_to_the_reading_and_says_that_it_goes_on(demo_world: World) -> None:
    low = NOW - 3 * DAY
    app = loaded(log_in(start(**where(demo_world, start=low.isoformat(), end=(NOW + DAY).isoformat()))))
    there = demo_world.rows(demo_world.flows[0].id, at=NOW, start=low, end=NOW)
    assert "Partial data" not in texts(app)
    assert "the range has not ended" in texts(app)
    assert metrics(app)["Runs"] == f"{len(there):,}"


def test_a_range_that_has_ended_does_not_say_that_it_goes_on(demo_world: World) -> None:
    over = {"start": (NOW - 3 * DAY).isoformat(), "end": (NOW - DAY).isoformat()}
    assert "has not ended" not in texts(loaded(arrived(**where(demo_world, **over))))


def test_a_range_that_begins_later_says_so_at_rest_with_the_controls_there(
    demo_world: World, demo_api: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = arrived(**where(demo_world, **AHEAD))
    assert NOT_BEGUN in texts(app)
    assert [button.label for button in app.sidebar.button if button.key == "refresh"] == ["Refresh"]
    reruns, asked = counted_reruns(monkeypatch), len(demo_api.requests)
    assert NOT_BEGUN in texts(app.run())
    assert (reruns, len(demo_api.requests)) == ([], asked)


def test_a_range_that_begins_later_says_so_right_after_the_sign_in(demo_world: World) -> None:
    assert NOT_BEGUN in texts(log_in(start(**where(demo_world, **AHEAD))))


def test_a_range_from_before_the_time_that_runs_are_kept_says_so_at_rest(
    demo_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_RETENTION_DAYS", "10")
    over = {"start": (NOW - 30 * DAY).isoformat(), "end": (NOW - 20 * DAY).isoformat()}
    app: AppTest = arrived(**where(demo_world, **over))
    reruns = counted_reruns(monkeypatch)
    assert "Runs are not kept for so long" in texts(app.run())
    assert not reruns
