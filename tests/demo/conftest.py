"""Worlds for the tests: the usual one once, a small one for everything that does not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from analytics_dash.demo.server import DemoServer
from analytics_dash.demo.world import World, build_world
from tests.demo.caller import Caller

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SMALL_RUNS = 3000
SMALL_DAYS = 60


@dataclass
class MovableClock:
    """A clock that tests move by hand."""

    instant: datetime = NOW

    def __call__(self) -> datetime:
        return self.instant


@pytest.fixture(scope="session")
def big_world() -> World:
    return build_world(now=NOW)


@pytest.fixture(scope="session")
def small_world() -> World:
    return build_world(now=NOW, days=SMALL_DAYS, runs=SMALL_RUNS)


@pytest.fixture(scope="session")
def small_rows(small_world: World) -> dict[str, dict[str, Any]]:
    """Every run of the small world as it stands now, by its id, with its flow's id beside the contract's fields."""
    return {
        row["run_id"]: row | {"flow_id": flow.id}
        for flow in small_world.flows
        for row in small_world.rows(flow.id, at=NOW)
    }


@pytest.fixture(scope="session")
def recent_claims(big_world: World) -> pd.DataFrame:
    """The main flow's runs of the last 24 days, twice the age of the slow model."""
    rows = big_world.rows(big_world.flows[0].id, at=NOW, start=NOW - timedelta(days=24))
    frame = pd.DataFrame(
        [{**row, "model": row["llm_usage"][0]["model_id"] if row["llm_usage"] else None} for row in rows]
    )
    frame["date"] = pd.to_datetime(frame["date"])
    frame["failed"] = frame["state"] == "FAILED"
    return frame


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def caller(small_world: World, clock: MovableClock) -> Iterator[Caller]:
    with DemoServer(small_world, clock=clock) as server:
        yield Caller(server)


@pytest.fixture(scope="module")
def still_caller(small_world: World) -> Iterator[Caller]:
    """A server whose clock stands at now, shared by the tests that only read."""
    with DemoServer(small_world, clock=lambda: NOW) as server:
        yield Caller(server)
