"""How tests open a page of the dashboard, over which range, and wait for what it shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.ui.controls import GENERATIONS
from tests.moments import NOW
from tests.ui.signed_in import arrived
from tests.ui.test_app import RUNS, log_in, start, texts

FROM, UNTIL = NOW - timedelta(days=30), NOW - timedelta(days=2)
MONTH: Final = MappingProxyType({"start": FROM.isoformat(), "end": UNTIL.isoformat(), "tz": "UTC"})


def opened(
    page: str, world: World, parameters: Mapping[str, str | list[str]] = MONTH, /, **more: str | list[str]
) -> AppTest:
    """The page as it first comes to somebody who is signed in, over a range whose end does not move."""
    query = {"org": world.organization_id, "flow": world.flows[0].id, **parameters, **more}
    return arrived(page, **query)


def opened_anew(page: str, world: World, parameters: Mapping[str, str | list[str]]) -> AppTest:
    """The page after signing in with the password, over a store that holds what this range needs and no more."""
    query = {"org": world.organization_id, "flow": world.flows[0].id, **parameters}
    app = log_in(start(**query))
    app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def until(app: AppTest, happened: Callable[[AppTest], object]) -> AppTest:
    """The page once this holds."""
    for _ in range(RUNS * 3):
        if happened(app):
            return app
        app.run()
    raise AssertionError(texts(app))


def charts(app: AppTest) -> dict[str, dict[str, Any]]:
    """Every chart's Plotly figure by the name in its key."""
    protos = [element.proto for element in app.get("plotly_chart")]
    return {proto.id.split("chart_")[-1].rsplit("_", 1)[0]: json.loads(proto.spec) for proto in protos}


def key_of(app: AppTest, control: str) -> str:
    """The key that a control has now; it is made anew where it must show another value than its own."""
    made = app.session_state[GENERATIONS].get(control, 0) if GENERATIONS in app.session_state else 0
    return f"{control}.{made}" if made else control
