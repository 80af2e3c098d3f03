"""`analytics-dash sync` and `store`: what lands on disk, what is said of it, and what bad input brings."""

from __future__ import annotations

import re
import stat
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from analytics_dash.cli import main
from analytics_dash.demo.server import DEMO_API_KEY, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.settings import load_settings
from analytics_dash.store.engine import open_engine_or_raise
from tests.moments import NOW


@pytest.fixture
def folder(tmp_path: Path, demo_api: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", demo_api.url)
    monkeypatch.setenv("ANALYTICS_DASH_API_KEY", DEMO_API_KEY)
    monkeypatch.setenv("ANALYTICS_DASH_DATA_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def flow(demo_world: World) -> list[str]:
    return ["--org", demo_world.organization_id, "--flow", demo_world.flows[0].id]


def there(world: World, days: int) -> int:
    start = NOW - timedelta(days=days)
    return len(world.rows(world.flows[0].id, at=NOW, start=start, end=NOW - timedelta(microseconds=1)))


@pytest.mark.usefixtures("folder")
def test_a_sync_fills_the_store_and_says_what_it_holds(
    flow: list[str], demo_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    start, end = (NOW - timedelta(days=20)).isoformat(), NOW.isoformat()
    assert main(["sync", *flow, "--start", start, "--end", end]) == 0
    assert f"{there(demo_world, 20):,} runs of the range are stored" in capsys.readouterr().err
    assert main(["store", "status"]) == 0
    said = capsys.readouterr().out
    assert flow[3] in said
    assert f"{there(demo_world, 20):,} runs" in said


def test_a_second_sync_of_the_past_asks_for_nothing(folder: Path, flow: list[str], demo_api: DemoServer) -> None:
    start, end = (NOW - timedelta(days=30)).isoformat(), (NOW - timedelta(days=15)).isoformat()
    main(["sync", *flow, "--start", start, "--end", end])
    asked = len(demo_api.requests)
    assert main(["sync", *flow, "--start", start, "--end", end]) == 0
    assert len(demo_api.requests) == asked
    assert main(["sync", *flow, "--start", start, "--end", end, "--everything"]) == 0
    assert len(demo_api.requests) > asked
    assert folder.is_dir()


def test_runs_past_their_retention_are_not_read_and_leave_the_store_at_every_sync(
    folder: Path, flow: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def oldest() -> datetime:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"ATTACH '{folder / 'runs.duckdb'}' AS kept (READ_ONLY)")
            found = connection.execute("SELECT min(date) FROM kept.stored_runs").fetchone()
        assert found is not None
        return found[0].replace(tzinfo=UTC)  # type: ignore[no-any-return]

    main(["sync", *flow])
    assert oldest() < NOW - timedelta(days=20)
    monkeypatch.setenv("ANALYTICS_DASH_RETENTION_DAYS", "10")
    for _ in range(2):
        assert main(["sync", *flow, "--everything"]) == 0
        assert oldest() >= NOW - timedelta(days=10)
    assert "not read" not in capsys.readouterr().err
    long_ago = ["--start", (NOW - timedelta(days=30)).isoformat(), "--end", (NOW - timedelta(days=20)).isoformat()]
    assert main(["sync", *flow, *long_ago]) == 2
    assert "Runs are kept for 10 days" in capsys.readouterr().err


class HourBehind(BaseHTTPRequestHandler):
    """An API without runs whose clock goes an hour behind."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) - 3600)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def test_the_part_of_the_range_that_is_not_read_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), HourBehind) as server:
        Thread(target=server.serve_forever).start()
        monkeypatch.setenv("ANALYTICS_DASH_API_URL", f"http://127.0.0.1:{server.server_address[1]}")
        assert main(["sync", "--org", "o", "--flow", "f"]) == 0
        server.shutdown()
    told = re.search(r"Note: not read: (.+) to (.+) UTC\.", capsys.readouterr().err)
    assert told is not None
    low, high = map(datetime.fromisoformat, told.groups())
    assert timedelta(minutes=59) < high - low < timedelta(minutes=61)
    assert folder.is_dir()


def test_nobody_else_may_read_what_is_stored(folder: Path, flow: list[str]) -> None:
    main(["sync", *flow, "--start", (NOW - timedelta(days=2)).isoformat()])
    for path in [folder, *folder.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_clearing_one_flow_leaves_the_others(
    folder: Path, flow: list[str], demo_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    other = ["--org", demo_world.organization_id, "--flow", demo_world.flows[1].id]
    start = ["--start", (NOW - timedelta(days=10)).isoformat()]
    main(["sync", *flow, *start])
    main(["sync", *other, *start])
    assert main(["store", "clear", "--flow", flow[3], "--yes"]) == 0
    capsys.readouterr()
    main(["store", "status"])
    said = capsys.readouterr().out
    assert flow[3] not in said
    assert other[3] in said
    assert folder.is_dir()


def test_clearing_asks_first_and_then_removes_the_file(
    folder: Path, flow: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["sync", *flow, "--start", (NOW - timedelta(days=2)).isoformat()])
    assert main(["store", "clear"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert (folder / "runs.duckdb").exists()
    assert main(["store", "clear", "--yes"]) == 0
    assert not (folder / "runs.duckdb").exists()


def test_a_damaged_store_is_told_kept_and_can_be_cleared(
    folder: Path, flow: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir()
    (folder / "runs.duckdb").write_bytes(b"this is no database" * 1000)
    assert main(["sync", *flow]) == 6
    assert "damaged" in capsys.readouterr().err
    assert (folder / "runs.duckdb").read_bytes().startswith(b"this is no database")
    assert main(["store", "clear", "--yes"]) == 0
    assert main(["sync", *flow, "--start", (NOW - timedelta(days=2)).isoformat()]) == 0


def test_a_store_that_is_open_elsewhere_is_not_cleared(folder: Path, flow: list[str]) -> None:
    main(["sync", *flow, "--start", (NOW - timedelta(days=2)).isoformat()])
    engine = open_engine_or_raise(load_settings())
    try:
        assert main(["store", "clear", "--yes"]) == 6
        assert (folder / "runs.duckdb").exists()
    finally:
        engine.close()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["--start", "yesterday"], 2, "“yesterday” is not a time"),
        (["--start", "2026-02-01", "--end", "2026-01-01"], 2, "before the end"),
        (["--flow", "missing"], 4, "missing"),
    ],
)
def test_bad_input_is_told(
    flow: list[str], words: list[str], code: int, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", *flow, *words]) == code
    assert part in capsys.readouterr().err


def test_a_store_in_memory_has_nothing_to_fill(
    flow: list[str], demo_api: DemoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", demo_api.url)
    monkeypatch.setenv("ANALYTICS_DASH_API_KEY", DEMO_API_KEY)
    assert main(["sync", *flow]) == 6
    assert "in memory" in capsys.readouterr().err
    assert main(["store", "status"]) == 0
