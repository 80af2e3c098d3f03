"""A token that dies in the middle of a reading: the person signs in again, and the reading goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.web.sessions import sign_ins
from tests.moments import NOW
from tests.ui.signed_in import APP
from tests.ui.test_app import RUNS, log_in, metrics

ROWS = 450
SIZE = 50
LIVES = 4  # requests that the first token survives


class Api(ThreadingHTTPServer):
    """450 runs behind tokens of which the first dies early and none can be refreshed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = Lock()
        self.tokens = 0
        self.first_token_served = 0
        self.pages: list[tuple[str, str, int]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has heard enough hangs up."""


class Handler(BaseHTTPRequestHandler):
    """Speaks for Api."""

    server: Api

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.tokens += 1
            token = f"token-{self.server.tokens}"
        self.answer(200, {"access_token": token, "token_type": "bearer"})

    def do_GET(self) -> None:
        if "summary" in self.path:
            self.answer(404, {"detail": "Not Found"})
        elif self.is_dead():
            self.answer(401, {"detail": "Token expired"})
        else:
            self.answer(200, self.page())

    def is_dead(self) -> bool:
        if self.headers["Authorization"] != "Bearer token-1":
            return False
        with self.server.lock:
            self.server.first_token_served += 1
            return self.server.first_token_served > LIVES

    def page(self) -> list[dict[str, Any]]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        page, size = int(query["page"]), int(query["page_size"])
        if size == SIZE and "end_date" in query:
            with self.server.lock:
                self.server.pages.append((query.get("start_date", ""), query["end_date"], page))
        return [row(n) for n in range(ROWS)[page * size : (page + 1) * size]]

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def row(number: int) -> dict[str, Any]:
    date = NOW - timedelta(minutes=number + 10)
    return {"run_id": f"run-{number}", "date": date.isoformat(), "state": "COMPLETED", "total_tokens": 1}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    server = Api()
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("ANALYTICS_DASH_API_URL", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("ANALYTICS_DASH_PAGE_SIZE", str(SIZE))
    yield server
    for entry_id in list(sign_ins()._entries):
        sign_ins().end(entry_id)
    server.shutdown()
    thread.join()
    server.server_close()


def run_until(app: AppTest, *, is_there: Any) -> AppTest:
    for _ in range(RUNS):
        if is_there(app):
            return app
        app.run()
    raise AssertionError([element.value for element in [*app.info, *app.error, *app.warning]])


def expired(api: Api) -> AppTest:
    """The dashboard at the moment it asks to sign in again."""
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params["org"], app.query_params["flow"] = "o", "f"
    app = log_in(app.run(), "me@example.com", "secret")
    return run_until(app, is_there=lambda a: any("expired" in info.value for info in a.info))


def test_after_signing_in_again_no_page_is_read_twice_and_none_is_missing(api: Api) -> None:
    app = expired(api)
    assert not app.metric
    app = run_until(log_in(app, "me@example.com", "secret"), is_there=lambda a: bool(a.metric))
    assert metrics(app)["Runs"] == f"{ROWS}"
    assert sorted(api.pages) == sorted(set(api.pages))


def test_somebody_else_who_signs_in_there_starts_from_nothing(api: Api) -> None:
    app = expired(api)
    before = len(api.pages)
    app = run_until(log_in(app, "you@example.com", "secret"), is_there=lambda a: bool(a.metric))
    assert metrics(app)["Runs"] == f"{ROWS}"
    assert 0 in [page for _, _, page in api.pages[before:]]
