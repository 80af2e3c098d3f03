"""Owns the simulated API's paths: who may see what, and the answers in the documented shapes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics_dash.demo.bodies import Bodies, encoded
from analytics_dash.demo.gate import Gate
from analytics_dash.demo.parameters import Query, QueryError, read_query
from analytics_dash.demo.world import World

JSON: Final = "application/json"
BEARER: Final = {"WWW-Authenticate": "Bearer"}


class Asked(NamedTuple):
    """One request as the log keeps it: no headers, no body, so no secrets."""

    method: str
    path: str
    query: str


@dataclass(frozen=True, slots=True)
class Api:
    """The three endpoints over a world; every answer waits `latency_s` first."""

    world: World
    bodies: Bodies
    gate: Gate
    latency_s: float
    max_page_size: int
    requests: list[Asked]

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/token", self.token, methods=["POST"]),
                Route("/analytics/org/{org_id}/flows/{flow_id}", self.runs),
                Route("/organizations/analytics/projects-run-summary", self.summary),
            ],
            middleware=[Middleware(_Doorman, requests=self.requests, latency_s=self.latency_s)],
            exception_handlers={QueryError: _refusal, HTTPException: _problem},
        )

    async def token(self, request: Request) -> Response:
        """An access token for the right credentials."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        status, body = self.gate.answer(form)
        return _json(body, status, {"Cache-Control": "no-store"})

    async def runs(self, request: Request) -> Response:
        """One page of a flow's runs, newest first."""
        query = self._query(request)
        flow_id = request.path_params["flow_id"]
        self._require_access(request.path_params["org_id"], flow_id)
        at = self.gate.clock()
        found = self.world.select(
            flow_id, at=at, start=query.start, end=query.end, user_id=query.user_id, states=query.states
        )
        return Response(self.bodies.page(found[query.slice], at=at), media_type=JSON)

    async def summary(self, request: Request) -> Response:
        """One page of the flows' totals."""
        query = self._query(request)
        return _json(self.world.summary(at=self.gate.clock(), start=query.start, end=query.end)[query.slice])

    def _query(self, request: Request) -> Query:
        """The valid query of somebody who is signed in."""
        authorization = request.headers.get("Authorization")
        if not self.gate.admits(authorization):
            detail = "Could not validate credentials" if authorization else "Not authenticated"
            raise HTTPException(401, detail, headers=BEARER)
        return read_query(request.query_params, max_page_size=self.max_page_size)

    def _require_access(self, org_id: str, flow_id: str) -> None:
        if org_id != self.world.organization_id:
            raise HTTPException(403, "You are not a member of this organization")
        flow = next((flow for flow in self.world.flows if flow.id == flow_id), None)
        if flow is None:
            raise HTTPException(404, "Flow not found")
        if flow.forbidden:
            raise HTTPException(403, "You do not have access to this flow")


@dataclass(frozen=True, slots=True)
class _Doorman:
    """Notes every request, whatever becomes of it, and lets it wait."""

    app: ASGIApp
    requests: list[Asked]
    latency_s: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope.get("query_string", b"").decode("latin-1")
        self.requests.append(Asked(scope["method"], scope["path"], query))
        await asyncio.sleep(self.latency_s)
        await self.app(scope, receive, send)


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encoded(body), status, headers, media_type=JSON)


async def _refusal(_: Request, error: Any) -> Response:
    return _json({"detail": error.faults}, 422)


async def _problem(_: Request, error: Any) -> Response:
    return _json({"detail": error.detail}, error.status_code, error.headers)
