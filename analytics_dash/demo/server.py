"""Owns the simulated API as a running HTTP server on this machine's loopback address."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import uvicorn

from analytics_dash.demo.bodies import Bodies
from analytics_dash.demo.gate import DEMO_API_KEY, DEMO_PASSWORD, DEMO_USERNAME, Clock, Gate
from analytics_dash.demo.routes import Api, Asked
from analytics_dash.demo.world import World
from analytics_dash.errors import SettingsError

__all__ = ["DEMO_API_KEY", "DEMO_PASSWORD", "DEMO_USERNAME", "DemoServer"]

HOST: Final = "127.0.0.1"
START_WITHIN_S: Final = 5.0  # it takes some milliseconds; a busy machine may need more
STOP_WITHIN_S: Final = 1  # what is still being answered then is dropped


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DemoServer:
    """Serves a world while the `with` block runs; `port=0` takes a free one, `requests` holds what was asked."""

    def __init__(
        self,
        world: World,
        *,
        port: int = 0,
        latency_s: float = 0.0,
        max_page_size: int = 1000,
        token_lifetime_s: int = 3600,
        clock: Clock = _utc_now,
    ) -> None:
        self.requests: list[Asked] = []
        self.world = world
        gate = Gate(clock, token_lifetime_s)
        self._api = Api(world, Bodies(world), gate, latency_s, max_page_size, self.requests)
        self._port = port
        self._running: tuple[_AnnouncedServer, Thread] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        """Starts; raises SettingsError where the port is taken."""
        listener = _listener(self._port)
        server = _AnnouncedServer(_config(self._api))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="demo-api", daemon=True)
        thread.start()
        self._running = server, thread
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        if not server.ready.wait(START_WITHIN_S):
            self.stop()
            raise SettingsError(f"The simulated API did not start within {START_WITHIN_S:.0f} s.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops and waits until the port is free; nothing happens where it is not running."""
        if self._running:
            server, thread = self._running
            server.should_exit = True
            thread.join()
            self._running = None


class _AnnouncedServer(uvicorn.Server):
    """Tells other threads when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _config(api: Api) -> uvicorn.Config:
    """No logging set-up and no signals: the process belongs to whoever starts the server."""
    return uvicorn.Config(
        api.app(),
        lifespan="off",
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        if os.name == "posix":  # a port just left is free at once; elsewhere the option would share a taken one
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(
            f"Port {port} on {HOST} cannot be used for the simulated API ({error}): choose another, or 0 for any."
        ) from error
    return listener
