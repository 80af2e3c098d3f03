"""Owns the bench's API: token and listing as documented, over runs held as bytes, too cheap to be what is measured.

`python -m benchmarks.server --rows N --end ISO --latency-ms MS` prints its address once it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from benchmarks.rows import FLOW, ORG, STATES, Rows, build

LISTING: Final = f"/analytics/org/{ORG}/flows/{FLOW}"
ASKED: Final = "/asked"
"""How many requests the API has had; this one is not counted and comes at once."""
SEED: Final = 7
MAX_PAGE_SIZE: Final = 1000
SEND_BUFFER: Final = 4 * 1024 * 1024  # a page leaves in one call
READ_AT_ONCE: Final = 64 * 1024
MICROSECOND: Final = timedelta(microseconds=1)
Body = bytes | memoryview


@dataclass(frozen=True)
class Request:
    """What of a request matters here."""

    method: str
    path: str
    query: Mapping[str, str]


@dataclass
class Api:
    """Answers for `rows`, each after `latency_s`; `asked` counts them."""

    rows: Rows
    end: datetime
    latency_s: float
    asked: int = 0

    async def serve(self, port: int) -> None:
        """Answer until the process ends."""
        listener = socket.create_server(("127.0.0.1", port), backlog=256)
        listener.settimeout(0)
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        loop, talks = asyncio.get_running_loop(), set()
        while True:
            connection, _ = await loop.sock_accept(listener)
            talk = asyncio.create_task(self._talk(connection))
            talks.add(talk)
            talk.add_done_callback(talks.discard)

    async def _talk(self, connection: socket.socket) -> None:
        """One connection: requests one after the other, until the other side leaves."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        loop = asyncio.get_running_loop()
        with connection:
            try:
                while request := await _received(loop, connection):
                    status, body = await self._answer(request)
                    await loop.sock_sendall(connection, _head(status, len(body)))
                    await loop.sock_sendall(connection, body)
            except ConnectionError:
                return

    async def _answer(self, request: Request) -> tuple[HTTPStatus, Body]:
        if request.path == ASKED:
            return HTTPStatus.OK, _json(self.asked)
        self.asked += 1
        await asyncio.sleep(self.latency_s)
        if (request.method, request.path) == ("POST", "/token"):
            return HTTPStatus.OK, _json({"access_token": "bench", "token_type": "bearer", "expires_in": 86_400})
        if request.path != LISTING:
            return HTTPStatus.NOT_FOUND, _json({"detail": "Not Found"})
        try:
            return HTTPStatus.OK, self._page(request.query)
        except ValueError as error:
            fault = {"loc": ["query"], "msg": str(error), "type": "value_error"}
            return HTTPStatus.UNPROCESSABLE_ENTITY, _json({"detail": [fault]})

    def _page(self, query: Mapping[str, str]) -> Body:
        """One page, newest first; raises ValueError where a parameter is wrong."""
        number, size = int(query.get("page", 0)), int(query.get("page_size", 25))
        if not (number >= 0 and 1 <= size <= MAX_PAGE_SIZE):
            raise ValueError(f"page_size must lie between 1 and {MAX_PAGE_SIZE}, page not below 0")
        found = self.rows.between(self._age(query.get("end_date")), self._age(query.get("start_date")))
        shown = slice(number * size, (number + 1) * size)
        if "user_id" in query or "state" in query:
            return self._chosen(found, shown, query)
        return b"".join((b"[", self.rows.page(found[shown]), b"]"))

    def _chosen(self, found: range, shown: slice, query: Mapping[str, str]) -> Body:
        """The page where only some users' or states' runs are asked for."""
        part = slice(found.start, found.stop)
        keeps = np.ones(len(found), dtype=bool)
        if "user_id" in query:
            keeps &= self.rows.users[part] == int(query["user_id"].removeprefix("u_"))
        if "state" in query:
            keeps &= np.isin(self.rows.states[part], [STATES.index(state) for state in query["state"].split(",")])
        positions = (np.flatnonzero(keeps)[shown] + found.start).tolist()
        return b"[" + b",".join(self.rows.page(range(at, at + 1)) for at in positions) + b"]"

    def _age(self, text: str | None) -> int | None:
        """An instant as its distance from the end in µs; no zone means UTC."""
        if text is None:
            return None
        instant = datetime.fromisoformat(text)
        return (self.end - (instant if instant.tzinfo else instant.replace(tzinfo=UTC))) // MICROSECOND


async def _received(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> Request | None:
    """The next request, its body read and dropped; None where the connection has ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = await loop.sock_recv(connection, READ_AT_ONCE)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    missing = _body_length(head) - len(body)
    while missing > 0 and (more := await loop.sock_recv(connection, READ_AT_ONCE)):
        missing -= len(more)
    method, target, _ = head.decode("latin-1").split(" ", 2)
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)))


def _body_length(head: bytes) -> int:
    headers = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((int(value) for name, _, value in headers if name.lower() == b"content-length"), 0)


def _head(status: HTTPStatus, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nDate: {formatdate(usegmt=True)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def main() -> None:
    """Serve what the command line says."""
    parser = argparse.ArgumentParser(description="The bench's API, on this machine's loopback address.")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--end", type=datetime.fromisoformat, required=True, help="with its zone")
    parser.add_argument("--latency-ms", type=float, default=100.0)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    rows = build(asked.rows, end=asked.end, seed=SEED)
    asyncio.run(Api(rows, asked.end, asked.latency_ms / 1000).serve(asked.port))


if __name__ == "__main__":
    main()
