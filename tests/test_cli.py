"""The command line as a script meets it: what is written where, and the exit code that says how it ended."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from analytics_dash.cli import main
from analytics_dash.demo.server import DEMO_API_KEY, DEMO_PASSWORD, DEMO_USERNAME, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.runs.record import API_COLUMNS
from tests.moments import NOW


@pytest.fixture
def signed_in(demo_api: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("API_URL", demo_api.url), ("USERNAME", DEMO_USERNAME), ("PASSWORD", DEMO_PASSWORD)):
        monkeypatch.setenv(f"ANALYTICS_DASH_{name}", value)


@pytest.fixture
def where(demo_world: World) -> list[str]:
    return ["export", "--org", demo_world.organization_id, "--flow", demo_world.flows[0].id]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


@pytest.mark.usefixtures("signed_in")
class TestExport:
    """`analytics-dash export`."""

    def test_everything_is_exported_unless_a_filter_is_given(
        self, where: list[str], tmp_path: Path, demo_world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "runs.csv"
        assert main([*where, "--output", str(out)]) == 0
        rows, there = table(out), demo_world.rows(demo_world.flows[0].id, at=NOW)
        assert [row["run_id"] for row in rows] == [row["run_id"] for row in there]
        assert list(rows[0]) == list(API_COLUMNS)
        assert json.loads(rows[0]["llm_usage"] or "[]") == (there[0].get("llm_usage") or [])
        said = capsys.readouterr().err
        assert f"{len(there):,} runs exported" in said
        assert "Only runs that began from 1970-01-01 00:00:00 until 20" in said

    def test_filters_narrow_and_the_end_does_not_belong(
        self, where: list[str], tmp_path: Path, demo_world: World
    ) -> None:
        out = tmp_path / "runs.csv"
        start, end = NOW - timedelta(days=20), NOW - timedelta(days=10)
        options = ["--start", start.isoformat(), "--end", end.isoformat(), "--state", "FAILED", "CANCELLED"]
        assert main([*where, *options, "--output", str(out)]) == 0
        there = demo_world.rows(
            demo_world.flows[0].id,
            at=NOW,
            start=start,
            end=end - timedelta(microseconds=1),
            states=("FAILED", "CANCELLED"),
        )
        assert {row["run_id"] for row in table(out)} == {row["run_id"] for row in there}
        assert there

    def test_one_user_s_runs(self, where: list[str], tmp_path: Path, demo_world: World) -> None:
        out = tmp_path / "runs.csv"
        user = next(row["user_id"] for row in demo_world.rows(demo_world.flows[0].id, at=NOW) if row["user_id"])
        assert main([*where, "--user-id", user, "--output", str(out)]) == 0
        assert {row["user_id"] for row in table(out)} == {user}

    def test_standard_output_holds_the_file_and_nothing_else(
        self, where: list[str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert main([*where, "--user-id", "nobody"]) == 0
        assert capfdbinary.readouterr().out.decode().strip() == ",".join(API_COLUMNS)

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (["--start", "yesterday"], "--start “yesterday” is not a time"),
            (["--start", "2026-11-02", "--end", "2026-11-01"], "start must be before the end"),
            (["--user-id", " "], "user ID is empty"),
            (["--output", "no/such/folder/runs.csv"], "there is no folder"),
        ],
    )
    def test_what_cannot_be_used_is_told_before_anything_is_read(
        self, where: list[str], options: list[str], told: str, capsys: pytest.CaptureFixture[str], demo_api: DemoServer
    ) -> None:
        asked = len(demo_api.requests)
        assert main([*where, *options]) == 2
        assert told in capsys.readouterr().err
        assert len(demo_api.requests) == asked

    def test_without_an_organization_the_usage_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            main(["export", "--flow", "f"])
        assert caught.value.code == 2
        assert "--org" in capsys.readouterr().err

    def test_a_refused_sign_in_is_three_and_leaves_the_old_file(
        self, where: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "runs.csv"
        out.write_text("yesterday's")
        monkeypatch.setenv("ANALYTICS_DASH_PASSWORD", "wrong-sentinel")
        assert main([*where, "--output", str(out)]) == 3
        assert out.read_text() == "yesterday's"
        said = capsys.readouterr().err
        assert "password" in said
        assert "sentinel" not in said

    def test_a_dead_api_key_is_three(self, where: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANALYTICS_DASH_API_KEY", "no-such-key")
        assert main(where) == 3

    def test_an_api_key_is_the_other_way_in(
        self, where: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANALYTICS_DASH_API_KEY", DEMO_API_KEY)
        monkeypatch.delenv("ANALYTICS_DASH_PASSWORD")
        assert main([*where, "--output", str(tmp_path / "runs.csv")]) == 0

    def test_an_api_that_cannot_be_used_is_four(
        self, where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where[where.index("--flow") + 1] = "no-such-flow"
        out = tmp_path / "runs.csv"
        assert main([*where, "--output", str(out)]) == 4
        assert "no-such-flow" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []


def test_without_credentials_and_without_a_terminal_the_variables_are_named(
    where: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(where) == 2
    assert "ANALYTICS_DASH_USERNAME" in capsys.readouterr().err


class Malformed(BaseHTTPRequestHandler):
    """An API with one good run and two that cannot be read."""

    def do_GET(self) -> None:
        good = {"run_id": "good", "date": "2026-11-01T10:00:00", "state": "NEW", "total_tokens": 1}
        rows = [good, {"run_id": "bad", "date": "soon"}, "not a run"] if "page=0" in self.path else []
        if "start_date=2026-11" in self.path and "end_date" not in self.path:
            rows = []
        if "page_size=1&" in self.path or self.path.endswith("page_size=1"):
            page = int(self.path.split("page=")[1].split("&")[0])
            rows = [good, {"run_id": "bad", "date": "soon"}, "not a run"][page : page + 1]
        body = json.dumps(rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def malformed_api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Malformed)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_rows_set_aside_are_five_and_told_with_the_reason(
    malformed_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", malformed_api)
    monkeypatch.setenv("ANALYTICS_DASH_API_KEY", "key")
    out = tmp_path / "runs.csv"
    assert main(["export", "--org", "o", "--flow", "f", "--end", "2026-11-20", "--output", str(out)]) == 5
    assert [row["run_id"] for row in table(out)] == ["good"]
    said = capsys.readouterr().err
    assert "2 rows set aside" in said
    assert "run bad: date" in said
    assert "(no run ID)" in said


def test_help_needs_no_pandas() -> None:
    script = "import sys; from analytics_dash.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    check = script + "sys.exit('pandas' in sys.modules or 'streamlit' in sys.modules)"
    answer = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", check], capture_output=True, text=True, check=False, env=os.environ
    )
    assert (answer.returncode, "export" in answer.stdout) == (0, True)


def test_python_m_is_another_way_to_start_it() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "analytics_dash.cli", "sync", "--org", "o", "--flow", "f", "--start", "soon"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("analytics-dash: --start “soon” is not a time")


def test_a_port_that_is_taken_is_told(demo_api: DemoServer, capsys: pytest.CaptureFixture[str]) -> None:
    port = demo_api.url.rsplit(":", 1)[1]
    assert main(["serve", "--port", port]) == 2
    assert f"Port {port}" in capsys.readouterr().err
