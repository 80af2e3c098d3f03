"""What tests of the dashboard stand on: the simulated API in the settings, and no sign-in left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics_dash.demo.server import DemoServer
from analytics_dash.web.sessions import sign_ins


@pytest.fixture
def no_sign_in_left() -> Iterator[None]:
    """Whoever signed in is signed out at the end."""
    yield
    for entry_id in list(sign_ins()._entries):
        sign_ins().end(entry_id)


@pytest.fixture
def api_in_the_environment(demo_api: DemoServer, no_sign_in_left: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings lead to the simulated API."""
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", demo_api.url)
