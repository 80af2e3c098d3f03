"""A client for tests of the simulated API: the standard library only, no proxies, no exceptions for a status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from analytics_dash.demo.server import DEMO_API_KEY, DEMO_PASSWORD, DEMO_USERNAME, DemoServer

SUMMARY = "/organizations/analytics/projects-run-summary"


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: Message


@dataclass(frozen=True)
class Caller:
    """Asks one server, with the API key unless told otherwise."""

    server: DemoServer

    def get(self, path: str, *, query: Mapping[str, object] | None = None, token: str | None = DEMO_API_KEY) -> Answer:
        """The answer to a GET."""
        request = Request(f"{self.server.url}{path}?{urlencode(query or {})}")  # noqa: S310  a loopback address
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        return _answer(request)

    def runs(self, flow: int = 0, *, token: str | None = DEMO_API_KEY, **query: object) -> Answer:
        """The answer to a GET of the runs of the flow at this position."""
        return self.get(self.runs_path(self.server.world.flows[flow].id), query=query, token=token)

    def runs_path(self, flow_id: str) -> str:
        """Where a flow's runs are."""
        return f"/analytics/org/{self.server.world.organization_id}/flows/{flow_id}"

    def token(self, **form: str) -> Answer:
        """The answer to a request for a token."""
        data = urlencode(form).encode()
        return _answer(Request(f"{self.server.url}/token", data=data))  # noqa: S310  a loopback address

    def signed_in(self) -> dict[str, Any]:
        """The token's body for the right credentials."""
        answer = self.token(grant_type="password", username=DEMO_USERNAME, password=DEMO_PASSWORD)
        assert answer.status == 200
        body: dict[str, Any] = answer.body
        return body


def _answer(request: Request) -> Answer:
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
            return Answer(response.status, json.load(response), response.headers)
    except HTTPError as error:
        with error:
            return Answer(error.code, json.load(error), error.headers)
