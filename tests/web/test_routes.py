"""The routes beside the script, spoken to over HTTP as a browser or an attacker would."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from analytics_dash.api.auth import api_key
from analytics_dash.demo.server import DEMO_API_KEY
from analytics_dash.demo.world import World
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.workspace import Workspace
from analytics_dash.web.headers import HEADERS, SecurityHeaders
from analytics_dash.web.paths import CSV_PATH, HEALTH_PATH, SESSION_PATH
from analytics_dash.web.routes import ROUTES
from analytics_dash.web.sessions import COOKIE, SignIn, sign_ins
from tests.moments import NOW

BASE = "https://dash.example.com"
OWN = {"Origin": BASE}


class Caller:
    """A browser's requests to an application, its cookies kept from one to the next."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        self._transport = httpx.ASGITransport(app)
        self._base_url = base_url
        self._cookies = httpx.Cookies()

    def get(self, path: str, *, params: dict[str, Any] | None = None) -> httpx.Response:
        return self._run("GET", path, params=params)

    def post(self, path: str, *, content: str | bytes, headers: dict[str, str]) -> httpx.Response:
        return self._run("POST", path, content=content, headers=headers)

    def _run(self, method: str, path: str, **options: Any) -> httpx.Response:
        """In a thread of its own: the browser tests leave this one with a loop that runs."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(self._send(method, path, **options))).result()

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url=self._base_url, cookies=self._cookies
        ) as browser:
            answer = await browser.request(method, path, **options)
            self._cookies = browser.cookies
            return answer


@pytest.fixture
def client() -> Caller:
    app = Starlette(routes=ROUTES, middleware=[Middleware(SecurityHeaders)])
    return Caller(app, BASE)


@pytest.fixture
def entry(demo_settings: Settings) -> Iterator[SignIn]:
    workspace = Workspace(api_key(DEMO_API_KEY), settings=demo_settings)
    begun = sign_ins().begin("me@example.com", workspace, idle_s=100, absolute_s=1000)
    yield begun
    sign_ins().end(begun.id)


@pytest.fixture
def view(demo_world: World) -> View:
    return View(org=demo_world.organization_id, flow=demo_world.flows[0].id, range="30d")


def read(entry: SignIn, view: View) -> None:
    sync = entry.workspace.sync(view, now=NOW)
    assert sync is not None
    assert sync.wait(20)


class TestCookie:
    """A ticket becomes the cookie."""

    def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_connections(
        self, client: Caller, entry: SignIn
    ) -> None:
        answer = client.post(SESSION_PATH, content=sign_ins().ticket(entry), headers=OWN)
        assert answer.status_code == 204
        attributes = answer.headers["set-cookie"].lower()
        assert all(word in attributes for word in ("httponly", "samesite=strict", "secure", "path=/", "max-age=9"))
        assert sign_ins().by_cookie(answer.cookies[COOKIE]) is entry

    def test_without_tls_the_cookie_is_not_marked_secure_or_the_browser_would_drop_it(self, entry: SignIn) -> None:
        app = Starlette(routes=ROUTES)
        plain = "http://127.0.0.1:8501"
        answer = Caller(app, plain).post(SESSION_PATH, content=sign_ins().ticket(entry), headers={"Origin": plain})
        assert "secure" not in answer.headers["set-cookie"].lower()

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
            {"Origin": BASE, "Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_other_sites_get_no_cookie_and_the_ticket_stays_good(
        self, client: Caller, entry: SignIn, headers: dict[str, str]
    ) -> None:
        ticket = sign_ins().ticket(entry)
        answer = client.post(SESSION_PATH, content=ticket, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert sign_ins().redeem(ticket) is not None

    @pytest.mark.parametrize("body", [b"", b"guess", b"\xff\xfe", b"x" * 10_000])
    def test_what_is_no_ticket_gets_no_cookie(self, client: Caller, body: bytes) -> None:
        answer = client.post(SESSION_PATH, content=body, headers=OWN)
        assert answer.status_code in {403, 413}
        assert "set-cookie" not in answer.headers


class TestDownload:
    """All runs of a view as a file."""

    def signed_in(self, client: Caller, entry: SignIn) -> Caller:
        client.post(SESSION_PATH, content=sign_ins().ticket(entry), headers=OWN)
        return client

    def test_the_file_holds_every_run_in_view_as_the_server_has_them(
        self, client: Caller, entry: SignIn, view: View, demo_world: World
    ) -> None:
        read(entry, view)
        answer = self.signed_in(client, entry).get(CSV_PATH, params=view.to_query())
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        start, end = view.interval(NOW)
        there = demo_world.rows(view.flow or "", at=NOW, start=start, end=end)
        wanted = {row["run_id"] for row in there if row["run_type"] != "workflow_builder"}
        assert {row["run_id"] for row in rows} == wanted
        assert len(rows) == len(wanted) > 0
        assert answer.headers["content-disposition"].startswith('attachment; filename="runs_')
        assert answer.headers["cache-control"] == "no-store"

    def test_filters_in_the_address_filter_the_file(self, client: Caller, entry: SignIn, view: View) -> None:
        read(entry, view)
        failed = replace(view, outcome=("failed",))
        answer = self.signed_in(client, entry).get(CSV_PATH, params=failed.to_query())
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert rows
        assert all(row["state"] == "FAILED" or row["is_flow_successful"] == "false" for row in rows)

    def test_without_the_cookie_there_is_a_sentence_and_no_row(self, client: Caller, entry: SignIn, view: View) -> None:
        read(entry, view)
        answer = client.get(CSV_PATH, params=view.to_query())
        assert (answer.status_code, answer.headers["content-type"]) == (401, "text/plain; charset=utf-8")
        assert "log in" in answer.text

    def test_after_signing_out_the_cookie_opens_nothing(self, client: Caller, entry: SignIn, view: View) -> None:
        read(entry, view)
        signed_in = self.signed_in(client, entry)
        sign_ins().end(entry.id)
        assert signed_in.get(CSV_PATH, params=view.to_query()).status_code == 401

    def test_a_flow_that_this_sign_in_has_not_read_is_not_given(
        self, client: Caller, entry: SignIn, view: View, demo_settings: Settings
    ) -> None:
        read(entry, view)
        workspace = Workspace(api_key(DEMO_API_KEY), settings=demo_settings)
        other = sign_ins().begin("you@example.com", workspace, idle_s=100, absolute_s=1000)
        answer = self.signed_in(client, other).get(CSV_PATH, params=view.to_query())
        assert answer.status_code == 409
        sign_ins().end(other.id)

    def test_an_address_that_cannot_be_read_is_told_and_not_half_obeyed(
        self, client: Caller, entry: SignIn, view: View
    ) -> None:
        read(entry, view)
        answer = self.signed_in(client, entry).get(CSV_PATH, params={**view.to_query(), "outcome": ["broken"]})
        assert answer.status_code == 422
        assert "outcome" in answer.text


def test_every_answer_carries_the_security_headers(client: Caller) -> None:
    answer = client.get(HEALTH_PATH)
    assert answer.json() == {"status": "ok"}
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_first_page_by_its_name_keeps_the_view(client: Caller) -> None:
    answer = client.get("/overview", params={"org": "a b", "state": ["X", "Y"]})
    assert answer.headers["location"] == "/?org=a+b&state=X&state=Y"
