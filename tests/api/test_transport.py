"""What only a real socket can show: hung, dripping, torn and untrusted connections, and that nothing is left behind."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from analytics_dash.api.auth import api_key, sign_in
from analytics_dash.api.client import Client
from analytics_dash.errors import AnalyticsDashError, Cancelled, TlsFailure, TooSlow, Unreachable
from analytics_dash.settings import Settings
from tests.api.fake_api import FakeApi, settings
from tests.api.raw_server import RawServer, Visit, ok
from tests.factories import run_rows

CERTIFICATE: Final = Path(__file__).with_name("untrusted.pem")
SOON_S: Final = 5.0  # far more than any thread needs to end


@pytest.fixture(autouse=True)
def no_request_outlives_its_client() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "analytics-dash-request":
            thread.join(SOON_S)
            assert not thread.is_alive()


def client_of(url: str, **fields: Any) -> Client:
    return Client(api_key("key"), settings=Settings(api_url=url, **fields), jitter=lambda: 0.0)


def failure(url: str, **fields: Any) -> AnalyticsDashError:
    with client_of(url, **fields) as client, pytest.raises(AnalyticsDashError) as caught:
        client.read(client.listing("org", "flow"))
    return caught.value


def serve_rows(visit: Visit) -> None:
    head = visit.request().decode()
    is_first = "page=0&" in head and "start_date" not in head
    visit.say(ok(json.dumps(run_rows(5) if is_first else []).encode()))


def test_a_cancel_does_not_wait_for_a_hung_server() -> None:
    def hang(visit: Visit) -> None:
        visit.request()
        visit.hang()

    cancel = threading.Event()
    with RawServer(hang) as server, client_of(server.url) as client, pytest.raises(Cancelled):
        client.read(
            client.listing("org", "flow"),
            cancel=cancel,
            progress=lambda p: cancel.set() if p.in_flight and server.accepted.is_set() else None,
        )


def test_a_hung_server_is_given_up_after_the_time_out() -> None:
    def hang(visit: Visit) -> None:
        visit.request()
        visit.hang()

    with RawServer(hang) as server:
        error = failure(server.url, timeout_s=0.05)
    assert isinstance(error, TooSlow)
    assert "did not answer in time" in str(error)


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nx: ", ok(b"[", announced=10**9)], ids=["head", "body"])
def test_a_server_that_drips_bytes_is_given_up_in_the_end(begin: bytes) -> None:
    def drip(visit: Visit) -> None:
        visit.request()
        visit.say(begin)
        visit.drip()

    with RawServer(drip) as server:
        assert isinstance(failure(server.url, timeout_s=0.05), TooSlow)


def test_a_torn_answer_is_asked_for_again() -> None:
    def tear(visit: Visit) -> None:
        if visit.number == 1:
            visit.request()
            visit.reset()
        elif visit.number == 2:
            visit.request()
            visit.say(ok(b'[{"run_id"', announced=500))
        elif visit.number == 3:
            visit.request()
            visit.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[{\r\n")
        else:
            serve_rows(visit)

    with RawServer(tear) as server, client_of(server.url) as client:
        listing = client.read(client.listing("org", "flow"))
    assert len(listing.frame()) == 5
    assert listing.report.retries == 3


def test_a_host_that_does_not_listen_is_unreachable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = failure(f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert type(error) is Unreachable
    assert "does not accept connections" in str(error)


def test_a_plain_port_does_not_speak_https() -> None:
    def refuse(visit: Visit) -> None:
        visit.sock.recv(65536)
        visit.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawServer(refuse) as server:
        error = failure(server.url.replace("http", "https"))
    assert type(error) is TlsFailure
    assert "does not speak https" in str(error)


def test_an_unknown_certificate_is_not_trusted_until_its_authority_is_set() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with RawServer(serve_rows, tls=context) as server:
        error = failure(server.url)
        assert type(error) is TlsFailure
        assert "ANALYTICS_DASH_CA_BUNDLE" in str(error)
        with client_of(server.url, ca_bundle=CERTIFICATE) as client:
            assert len(client.read(client.listing("org", "flow")).frame()) == 5


def test_signing_in_at_an_unknown_host_says_so() -> None:
    def unknown(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x", request=request) from socket.gaierror(-2, "Name or service not known")

    api = FakeApi(token=lambda _: unknown(httpx.Request("POST", "https://api.test")))
    with pytest.raises(Unreachable, match="There is no host named api") as caught:
        sign_in("me", "secret", settings=settings(), transport=api.transport)
    assert caught.value.__context__ is None


def test_closing_a_client_ends_its_hung_requests() -> None:
    def hang(visit: Visit) -> None:
        visit.request()
        visit.hang()

    with RawServer(hang) as server:
        client = client_of(server.url)

        def probe() -> None:
            with pytest.raises(AnalyticsDashError):
                client.probe("org", "flow")

        probing = threading.Thread(target=probe)
        probing.start()
        assert server.accepted.wait(SOON_S)
        client.close()
        probing.join(SOON_S)
        assert not probing.is_alive()


def test_no_key_shows_in_the_log_of_a_real_connection(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    with RawServer(serve_rows) as server:
        auth = api_key("key-Sentinel")
        with Client(auth, settings=Settings(api_url=server.url)) as client:
            client.read(client.listing("org", "flow"))
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert "Sentinel" not in caplog.text + "".join(repr(record.args) for record in caplog.records)


def test_many_threads_share_one_client() -> None:
    api = FakeApi(run_rows(100))
    counts: list[int] = []
    with Client(api_key("key"), settings=settings(page_size=10), transport=api.transport) as client:

        def read() -> None:
            counts.append(len(client.read(client.listing("org", "flow")).frame()))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [100] * 4
