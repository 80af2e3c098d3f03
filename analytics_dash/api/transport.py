"""Owns one HTTP request: sent, read within bounds, and told as an `Answer` or a `Trouble`, neither holding a secret.

httpx's exceptions keep the request, and with it the password or the token, so none of them leaves this module.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final

import certifi
import httpx
from pydantic import SecretStr

from analytics_dash.api.refusal import refused
from analytics_dash.api.retry import Kind, Trouble, http_date
from analytics_dash.errors import SettingsError
from analytics_dash.settings import Settings

MAX_BODY_BYTES: Final = 256 * 1024 * 1024  # a page of thousands of runs with long texts; more would not fit in memory
MAX_ERROR_BYTES: Final = 256 * 1024  # an error's text is quoted in 200 characters
REQUEST_LIMIT_TIMEOUTS: Final = 4.0  # time-outs' worth of dripping bytes after which a request is given up
USER_AGENT: Final = "analytics-dash"


@dataclass(frozen=True)
class Call:
    """One request to make; `bearer` and the values of `form` are unwrapped at the last moment."""

    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str | SecretStr] | None = None
    bearer: SecretStr | None = None

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What must not be quoted from the answer."""
        form = [value for value in (self.form or {}).values() if isinstance(value, SecretStr)]
        return (*form, *([self.bearer] if self.bearer else ()))


@dataclass(frozen=True)
class Answer:
    """A 2xx response, its body decoded from transfer and content encodings."""

    body: bytes = field(repr=False)
    served_at: datetime | None = None


@dataclass
class Halt:
    """When a request must end before its time: somebody no longer wants it, or its total time is over."""

    until: float
    clock: Callable[[], float] = time.monotonic
    unwanted: threading.Event = field(default_factory=threading.Event)

    @property
    def reached(self) -> bool:
        """Whether to stop reading now."""
        return self.unwanted.is_set() or self.clock() >= self.until


class Wire:
    """One pool of connections to the API; safe for many threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.BaseTransport | None,
        now: Callable[[], datetime],
        timeout_s: float | None = None,
    ) -> None:
        self._now = now
        self._sockets = _Sockets()
        try:
            self._http = httpx.Client(
                transport=transport,
                verify=_trust(settings.ca_bundle) if transport is None else False,
                timeout=httpx.Timeout(timeout_s or settings.timeout_s, pool=None),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.max_concurrency),
                headers={"accept": "application/json", "user-agent": USER_AGENT},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            raise SettingsError(
                "A proxy named by HTTP_PROXY, HTTPS_PROXY or ALL_PROXY cannot be used: correct or remove it."
            ) from None

    def send(self, call: Call, halt: Halt) -> Answer | Trouble:
        """Make one request and read its answer; raises nothing that belongs to HTTP."""
        try:
            request = self._http.build_request(
                "GET" if call.form is None else "POST",
                call.url,
                params=dict(call.query) or None,
                data={k: _unwrapped(v) for k, v in call.form.items()} if call.form is not None else None,
                headers={"authorization": f"Bearer {_unwrapped(call.bearer)}"} if call.bearer else None,
                extensions={"trace": self._sockets.trace},
            )
            response = self._http.send(request, stream=True)
            try:
                return self._read(response, halt, call)
            finally:
                response.close()
        except httpx.InvalidURL:
            return Trouble(Kind.BAD_ADDRESS)
        except (httpx.HTTPError, OSError, httpx.StreamError, RuntimeError) as error:
            return _trouble(error)

    def _read(self, response: httpx.Response, halt: Halt, call: Call) -> Answer | Trouble:
        is_fine = 200 <= response.status_code < 300
        limit = MAX_BODY_BYTES if is_fine else MAX_ERROR_BYTES
        chunks: list[bytes] = []
        length = 0
        for chunk in response.iter_bytes():
            chunks.append(chunk)
            length += len(chunk)
            if halt.reached:
                return Trouble(Kind.TIMED_OUT)
            if length > limit:
                if is_fine:
                    return Trouble(Kind.TOO_LARGE, about_size=True)
                break
        body = b"".join(chunks)  # a buffer that grows would be copied again and again, and leave holes
        if is_fine:
            return Answer(body, served_at=http_date(response.headers.get("date")))
        return refused(response.status_code, response.headers, body, now=self._now(), secrets=call.secrets)

    def close(self) -> None:
        """Close every connection, those of hung requests too, whose threads then end."""
        self._sockets.shut_down()
        self._http.close()


class _Sockets:
    """The sockets in use, so that a thread blocked on one can be woken: closing alone does not wake it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._is_shut = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note a socket as soon as httpcore has connected it."""
        if event not in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            return
        sock = info["return_value"].get_extra_info("socket")
        with self._lock:
            self._open.add(sock)
            if self._is_shut:
                _shut(sock)

    def shut_down(self) -> None:
        """Wake every thread that waits on a socket, now and from now on."""
        with self._lock:
            self._is_shut = True
            for sock in self._open:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already


@lru_cache(maxsize=4)
def _trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """Public authorities and the private ones; kept, because building one takes a third of a second."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_bundle is not None:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except (OSError, ValueError):
            raise SettingsError(
                f"ANALYTICS_DASH_CA_BUNDLE: {ca_bundle} cannot be read as a PEM file of certificate authorities."
            ) from None
    return context


def _unwrapped(value: str | SecretStr | None) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value or ""


def _trouble(error: BaseException) -> Trouble:
    """What an exception of httpx means, by its kind and its causes; its text may hold secrets and is not used."""
    if isinstance(error, httpx.TimeoutException):
        return Trouble(Kind.TIMED_OUT)
    if isinstance(error, httpx.ProxyError):
        return Trouble(Kind.PROXY)
    if isinstance(error, httpx.DecodingError):
        return Trouble(Kind.GARBLED, detail="its compression is broken")
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            return Trouble(Kind.NOT_TLS if "WRONG_VERSION_NUMBER" in (cause.reason or "") else _tls_kind(cause))
        if isinstance(cause, socket.gaierror):
            return Trouble(Kind.UNKNOWN_HOST)
    if isinstance(error, httpx.ConnectError):
        return Trouble(Kind.UNREACHABLE)
    return Trouble(Kind.BAD_ADDRESS if isinstance(error, httpx.UnsupportedProtocol) else Kind.RESET)


def _tls_kind(error: ssl.SSLError) -> Kind:
    """A handshake that is refused stays refused; a connection torn inside TLS is a reset."""
    torn = isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or "EOF" in (error.reason or "")
    return Kind.RESET if torn else Kind.UNTRUSTED


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
