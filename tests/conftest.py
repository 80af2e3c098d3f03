"""What several floors of the tests stand on: a small world, its API on a real socket, and settings that lead there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics_dash.demo.server import DemoServer
from analytics_dash.demo.world import World, build_world
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.library import library
from tests.moments import NOW


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of whoever runs it."""
    import os

    for name in [n for n in os.environ if n.startswith("ANALYTICS_DASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("analytics_dash.settings.SECRETS_FILE", Path("no-secrets-in-tests.toml"))
    monkeypatch.setenv("ANALYTICS_DASH_DATA_DIR", "memory")
    library.cache_clear()


@pytest.fixture(scope="session")
def demo_world() -> World:
    return build_world(now=NOW, days=60, runs=3000)


@pytest.fixture(scope="session")
def demo_api(demo_world: World) -> Iterator[DemoServer]:
    """The simulated API with its clock standing at NOW."""
    with DemoServer(demo_world, clock=lambda: NOW) as server:
        yield server


@pytest.fixture
def demo_settings(demo_api: DemoServer) -> Settings:
    return load_settings(api_url=demo_api.url)
