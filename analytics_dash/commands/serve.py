"""Owns `analytics-dash serve`: the dashboard's server as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from analytics_dash.errors import AnalyticsDashError, SettingsError
from analytics_dash.settings import load_settings
from analytics_dash.web.folder import PACKAGE, dashboard_folder
from analytics_dash.web.paths import HEALTH_PATH

START_S: Final = 30.0  # a slow machine's time to import and bind; one or two seconds are usual
LOOK_EVERY_S: Final = 0.1
ASGI: Final = PACKAGE / "web" / "asgi.py"


def run(*, host: str, port: int) -> int:
    """Serve until stopped; the server's exit code."""
    heed_service_manager()
    settings = load_settings()
    check_port(host, port)
    sys.stderr.write(f"The dashboard over {settings.api_url} is at http://{shown_host(host)}:{port}\n")
    return wait(start(host=host, port=port))


def wait_until_up(server: subprocess.Popen[bytes], *, host: str, port: int) -> None:
    """Wait until the server answers; raises AnalyticsDashError where it ends or takes too long."""
    health = f"http://{host}:{port}{HEALTH_PATH}"
    until = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(health, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(LOOK_EVERY_S)
    raise AnalyticsDashError("The dashboard did not start. What it said is above.")


def heed_service_manager() -> None:
    """Let SIGTERM end this process as Ctrl-C does, at any time from now on: so no server is left behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def wait(server: subprocess.Popen[bytes]) -> int:
    """The server's exit code; what ends this process (Ctrl-C, a service manager's SIGTERM) ends the server first."""
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait()


def start(*, host: str, port: int, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """The server as a child process that is up a second or two later."""
    options = {**_shipped(), "server.address": host, "server.port": str(port), "server.headless": "true"}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return subprocess.Popen(  # noqa: S603  our own interpreter and file
        [sys.executable, "-m", "streamlit", "run", str(ASGI), *flags],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )


def _shipped() -> dict[str, str]:
    """The dashboard's own options, where the folder it is started from has no config.toml of its own."""
    own = Path(".streamlit/config.toml")
    if own.is_file():
        return {}
    return dict(_flat(tomllib.loads((dashboard_folder() / own).read_text("utf-8"))))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value).lower() if isinstance(value, bool) else str(value)


def check_port(host: str, port: int) -> None:
    """Say so at once where the port is taken or not ours to use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror
            raise SettingsError(f"Port {port} of {host} cannot be used ({reason}). Name another with --port.") from None


def shown_host(host: str) -> str:
    """The host as a person would type it into the browser of this machine."""
    return "localhost" if host in {"0.0.0.0", "::", "127.0.0.1"} else host  # noqa: S104  compared, not bound
