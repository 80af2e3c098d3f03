"""A process that is killed while it fills the store: what was committed is there, and nothing half of it counts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics_dash.cli import main
from analytics_dash.demo.server import DEMO_API_KEY, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.settings import load_settings
from analytics_dash.store.coverage import covered
from analytics_dash.store.engine import open_engine_or_raise
from analytics_dash.store.flow import FlowKey, FlowStore
from tests.moments import NOW

SPAN = timedelta(days=40)


@pytest.fixture
def slow(demo_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoServer]:
    with DemoServer(demo_world, clock=lambda: NOW, latency_s=0.03) as server:
        monkeypatch.setenv("ANALYTICS_DASH_API_URL", server.url)
        monkeypatch.setenv("ANALYTICS_DASH_API_KEY", DEMO_API_KEY)
        monkeypatch.setenv("ANALYTICS_DASH_PAGE_SIZE", "10")
        monkeypatch.setenv("ANALYTICS_DASH_DATA_DIR", str(tmp_path / "kept"))
        yield server


def words(world: World) -> list[str]:
    span = ["--start", (NOW - SPAN).isoformat(), "--end", NOW.isoformat()]
    return ["sync", "--org", world.organization_id, "--flow", world.flows[0].id, *span]


def killed_after(requests: int, slow: DemoServer, world: World) -> None:
    """Run a sync in a process of its own, and kill it once the server has heard so many requests."""
    command = [sys.executable, "-c", "import sys; from analytics_dash.cli import main; sys.exit(main(sys.argv[1:]))"]
    before = len(slow.requests)
    process = subprocess.Popen(  # noqa: S603  our own command line
        [*command, *words(world)], env=dict(os.environ), stderr=subprocess.DEVNULL
    )
    try:
        while len(slow.requests) - before < requests and process.poll() is None:
            os.sched_yield()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_killed_sync_leaves_only_whole_stretches_and_the_next_one_goes_on(
    slow: DemoServer, demo_world: World
) -> None:
    for requests in (5, 60):
        killed_after(requests, slow, demo_world)
        expect_whole(slow, demo_world)
    assert main(words(demo_world)) == 0
    assert expect_whole(slow, demo_world) == len(there(demo_world, NOW - SPAN, NOW))


def expect_whole(slow: DemoServer, world: World) -> int:
    """The runs in what counts as read, which must be the server's."""
    engine = open_engine_or_raise(load_settings())
    try:
        flow = FlowStore(engine, FlowKey(slow.url, world.organization_id, world.flows[0].id))
        held = 0
        for interval in covered(flow.coverage()):
            with engine.reading() as cursor:
                rows = cursor.execute(
                    "SELECT run_id FROM stored_runs JOIN texts USING (run_key) WHERE date >= ? AND date < ?",
                    [naive(interval.low), naive(interval.high)],
                ).fetchall()
            assert sorted(row[0] for row in rows) == there(world, interval.low, interval.high)
            held += len(rows)
        return held
    finally:
        engine.close()


def there(world: World, low: datetime, high: datetime) -> list[str]:
    rows = world.rows(world.flows[0].id, at=NOW, start=low, end=high - timedelta(microseconds=1))
    return sorted(row["run_id"] for row in rows)


def naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
