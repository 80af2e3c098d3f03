"""A server on a real socket that does what a script tells it, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

Script = Callable[["Visit"], None]
DRIP_EVERY_S: Final = 0.005  # well within every time-out between bytes


class Visit:
    """One connection: its number, what was asked, and ways to answer."""

    def __init__(self, sock: socket.socket, number: int, closing: threading.Event) -> None:
        self.sock = sock
        self.number = number
        self._closing = closing

    def request(self) -> bytes:
        """The request's head."""
        head = b""
        while b"\r\n\r\n" not in head and (data := self.sock.recv(65536)):
            head += data
        return head

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def hang(self) -> None:
        """Say nothing until the other side has gone or the server closes."""
        self.sock.recv(1)

    def drip(self) -> None:
        """A byte now and then, for as long as the other side listens."""
        while not self._closing.wait(DRIP_EVERY_S):
            self.say(b"a")

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def ok(body: bytes, *, announced: int | None = None) -> bytes:
    length = len(body) if announced is None else announced
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (length, body)


class RawServer:
    """Serves `script` on every connection while the `with` block runs."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._visits: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.accepted = threading.Event()
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        for sock in [self._listener, *self._visits]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in [self._listener, *self._visits]:
            sock.close()

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._visits.append(sock)
            number = len(self._visits)
            self._begin(lambda s=sock, n=number: self._serve(s, n))  # type: ignore[misc]

    def _serve(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._visits.append(sock)
            self.accepted.set()
            with sock:
                self._script(Visit(sock, number, self._closing))
