"""Owns what commands share at a terminal: credentials, instants, progress on stderr, and Ctrl-C."""

from __future__ import annotations

import contextlib
import getpass
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Self

from pydantic import SecretStr

from analytics_dash.api.auth import Auth, api_key, sign_in
from analytics_dash.api.client import Progress
from analytics_dash.errors import FilterError, SettingsError
from analytics_dash.runs.parameter import instant
from analytics_dash.settings import Settings


def instant_of(option: str, text: str | None) -> datetime | None:
    """The option's value as an instant, None where it is not given; raises FilterError."""
    try:
        return instant(text) if text is not None else None
    except ValueError as error:
        raise FilterError(f"{option} “{text}” is not a time: {error}.") from None


def auth_of(settings: Settings) -> Auth:
    """The way in that the settings give; asked for at a terminal where they give none."""
    if settings.api_key is not None:
        return api_key(settings.api_key)
    username, password = settings.username, settings.password
    if (username is None or password is None) and not sys.stdin.isatty():
        raise SettingsError(
            "No credentials: set ANALYTICS_DASH_USERNAME and ANALYTICS_DASH_PASSWORD, or ANALYTICS_DASH_API_KEY."
        )
    if username is None:
        sys.stderr.write("Username: ")
        sys.stderr.flush()
        username = sys.stdin.readline().strip()
    secret = password or SecretStr(getpass.getpass("Password: ", stream=sys.stderr))
    return sign_in(username, secret, settings=settings, keep_password=True)


@contextlib.contextmanager
def interruptible(cancel: threading.Event) -> Iterator[None]:
    """Ctrl-C asks the listing to stop, so that it can say how far it came."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: cancel.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Meter:
    """Progress on stderr: one line that moves at a terminal, a line every so often in a log."""

    LOG_EVERY_S: Final = 10.0

    def __init__(self) -> None:
        self._logged = 0.0
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            sys.stderr.write("\n")

    def show(self, progress: Progress) -> None:
        """Draw where a reading stands."""
        text = f"{progress.rows:,} runs, {progress.pages:,} pages, {progress.elapsed_s:.0f} s"
        text += f": {progress.note}" if progress.note else ""
        if sys.stderr.isatty():
            sys.stderr.write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif progress.elapsed_s - self._logged >= self.LOG_EVERY_S:
            self._logged = progress.elapsed_s
            sys.stderr.write(text + "\n")
        sys.stderr.flush()
