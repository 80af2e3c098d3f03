"""A listing through the client: every trouble a server can make, and what the person reads of it."""

from __future__ import annotations

import gzip
import json
import pickle
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from analytics_dash.api.auth import api_key
from analytics_dash.api.client import Client, Listing, Progress, fetch_runs
from analytics_dash.api.retry import LISTING, SIGN_IN
from analytics_dash.errors import (
    AnalyticsDashError,
    ApiError,
    Cancelled,
    Forbidden,
    NotFound,
    RequestRefused,
    ServerTrouble,
    SettingsError,
    SignInExpired,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
)
from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.frame import DTYPES
from analytics_dash.runs.record import API_COLUMNS
from tests.api.fake_api import NOW, URL, FakeApi, FakeTime, Fault, Habits, broken, refuse_size, settings, status, text
from tests.factories import run_row, run_rows

KEY = "an-api-key"
HTML = text(b"<!doctype html><h1>Sign in</h1>", headers={"content-type": "text/html"})


@contextmanager
def client_of(api: FakeApi, **fields: Any) -> Iterator[tuple[Client, FakeTime]]:
    time = FakeTime()
    with Client(
        api_key(KEY),
        settings=settings(**fields),
        transport=api.transport,
        clock=time.clock,
        now=time.now,
        sleep=time.sleep,
        jitter=time.jitter,
    ) as client:
        yield client, time


def read(api: FakeApi, wish: RunFilter | None = None, **fields: Any) -> tuple[Listing, FakeTime]:
    with client_of(api, **fields) as (client, time):
        return client.read(client.listing("org", "flow", wish)), time


def failure(api: FakeApi, **fields: Any) -> AnalyticsDashError:
    with client_of(api, **fields) as (client, _), pytest.raises(AnalyticsDashError) as caught:
        client.read(client.listing("org", "flow"))
    assert caught.value.__cause__ is None
    return caught.value


def test_every_run_arrives_as_a_typed_frame_with_its_report() -> None:
    with client_of(FakeApi(run_rows(250), Habits(cap=40))) as (client, _):
        frame = fetch_runs(client, "org", "flow")
    assert list(frame.columns) == list(API_COLUMNS)
    assert frame["date"].dtype == DTYPES["date"]
    assert list(frame["run_id"]) == [row["run_id"] for row in run_rows(250)]
    report = pickle.loads(pickle.dumps(frame)).attrs["report"]  # noqa: S301  our own
    assert (report["verified"], report["rows"], report["page_size"], report["as_of"]) == (True, 250, 40, NOW)


def test_a_flow_without_runs_is_an_empty_frame_with_all_columns() -> None:
    with client_of(FakeApi()) as (client, _):
        frame = fetch_runs(client, "org", "flow")
    assert list(frame.columns) == list(API_COLUMNS)
    assert frame.empty
    assert frame.attrs["report"]["verified"]


def test_runs_of_one_instant_are_ordered_by_their_id() -> None:
    listing, _ = read(FakeApi([run_row(key) for key in ("c", "a", "b")]))
    assert list(listing.frame()["run_id"]) == ["a", "b", "c"]


def test_what_is_asked_for_is_asked_of_the_server_too() -> None:
    api = FakeApi(run_rows(3))
    wish = RunFilter(start=NOW - timedelta(days=7), end=NOW - timedelta(days=1), user_id="a&b", states=("FAILED", "X"))
    read(api, wish)
    query = dict(api.requests[0].url.params)
    assert query == {
        "page": "0",
        "page_size": "1000",
        "start_date": "2026-11-17T11:59:59Z",
        "end_date": "2026-11-23T12:00:01Z",
        "user_id": "a&b",
        "state": "FAILED,X",
    }
    assert api.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("org", "path"),
    [
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        ("a b?c#d%", "a%20b%3Fc%23d%25"),
        ("é", "%C3%A9"),
        ("\ud800", "%3F"),
        ("a.b", "a.b"),
    ],
)
def test_an_id_stays_one_segment_of_the_path(org: str, path: str) -> None:
    api = FakeApi()
    with client_of(api) as (client, _):
        client.probe(org, "flow")
    assert api.requests[0].url.raw_path.split(b"?")[0] == f"/analytics/org/{path}/flows/flow".encode()


def test_an_empty_id_is_refused_before_anything_is_asked() -> None:
    api = FakeApi()
    with client_of(api) as (client, _), pytest.raises(RequestRefused, match="Name both"):
        client.read(client.listing("org", " "))
    assert api.requests == []


PASSING: list[Fault] = [
    *(status(code) for code in (408, 425, 429, 500, 502, 503, 504)),
    *(broken(e) for e in (httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadTimeout)),
    HTML,
    text(b'[{"run_id": "a", "da'),
    text(b""),
    text(b'{"message": "busy"}'),
    text(gzip.compress(b"[]")[:12] + b"garbage", headers={"content-encoding": "gzip"}),
]


@pytest.mark.parametrize("fault", PASSING)
def test_what_can_pass_is_tried_again(fault: Fault) -> None:
    listing, time = read(FakeApi(run_rows(30), faults=[fault, None, fault]), page_size=10)
    assert len(listing.frame()) == 30
    assert listing.report.verified
    assert listing.report.retries == 2
    assert time.slept


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (status(403, body={"detail": "not a member"}), Forbidden, "may not see flow flow.*“not a member”"),
        (status(404), NotFound, "does not know flow flow of organization org"),
        (status(418, body={"detail": "teapot"}), RequestRefused, "418.*“teapot”"),
        (status(307, headers={"location": f"{URL}/v2/x?token=1"}), SettingsError, f"redirects to {URL}/v2/x\\."),
        (status(503, body={"detail": "down"}), ServerTrouble, "503.*“down”"),
        (status(429), ServerTrouble, "asks to wait"),
        (HTML, UnexpectedAnswer, "web page"),
        (text(b'{"items": []}'), UnexpectedAnswer, "an object where a list"),
        (broken(httpx.ConnectError), Unreachable, r"api\.test does not accept"),
        (broken(httpx.ReadError), Unreachable, "broke the connection"),
        (broken(httpx.ReadTimeout), TooSlow, "did not answer in time"),
        (broken(httpx.ProxyError), Unreachable, "proxy"),
        (broken(httpx.UnsupportedProtocol), SettingsError, "not a usable web address"),
    ],
)
def test_what_does_not_pass_is_one_clear_sentence(fault: Fault, kind: type[ApiError], words: str) -> None:
    error = failure(FakeApi(run_rows(30), always=fault))
    assert type(error) is kind
    assert re.search(words, str(error)), str(error)


def test_a_refused_parameter_is_named_and_final() -> None:
    body = {"detail": [{"loc": ["query", "start_date"], "msg": "invalid", "type": "x", "input": "SENTINEL"}]}
    api = FakeApi(always=status(422, body=body))
    error = failure(api)
    assert isinstance(error, RequestRefused)
    assert error.parameters == ("start_date",)
    assert "start_date: invalid" in str(error)
    assert "SENTINEL" not in str(error)
    assert len(api.requests) == 1


def test_a_servers_words_cannot_act_as_markup_and_stay_short() -> None:
    words = "<script>x</script>\n\n# [click](https://evil.test) ![i](http://evil.test/i.png)" + "y" * 5000
    error = str(failure(FakeApi(always=status(403, body={"detail": words}))))
    assert len(error) < 400
    assert not set("<>[]`!\n") & set(error)
    assert "://" not in error


@pytest.mark.parametrize("refusal", [refuse_size(60), refuse_size(None), httpx.Response(413), httpx.Response(422)])
def test_a_refused_page_size_falls_until_it_is_taken_and_is_remembered(refusal: httpx.Response) -> None:
    api = FakeApi(run_rows(200), Habits(refuses_above=60))
    api.always = lambda request: (
        refusal if int(request.url.params["page_size"]) > 60 else api.list_runs(dict(request.url.params))
    )
    with client_of(api) as (client, _):
        assert len(client.read(client.listing("org", "flow")).frame()) == 200
        before = len(api.requests)
        assert len(client.read(client.listing("org", "flow")).frame()) == 200
    assert int(api.requests[before].url.params["page_size"]) in {50, 60}


def test_a_server_that_cannot_bear_a_large_page_is_asked_for_a_smaller_one() -> None:
    api = FakeApi(run_rows(150))
    api.always = lambda request: (
        httpx.Response(504) if int(request.url.params["page_size"]) > 100 else api.list_runs(dict(request.url.params))
    )
    listing, _ = read(api)
    assert len(listing.frame()) == 150
    assert listing.report.page_size == 100


def test_a_server_that_refuses_pages_of_one_row_is_read_twice_instead() -> None:
    api = FakeApi(run_rows(30))
    api.always = lambda request: (
        status(400)(request) if request.url.params["page_size"] == "1" else api.list_runs(dict(request.url.params))
    )
    listing, _ = read(api, page_size=10)
    assert (len(listing.frame()), listing.report.verified, listing.report.passes) == (30, True, 2)


def test_the_wait_that_a_server_asks_for_is_kept_by_every_request() -> None:
    api = FakeApi(run_rows(80), faults=[None, status(429, headers={"retry-after": "7.5"})])
    notes: list[str | None] = []
    with client_of(api, page_size=10) as (client, time):
        client.read(client.listing("org", "flow"), progress=lambda p: notes.append(p.note))
    assert 7.5 <= time.at < 8.5
    assert any(note and "asks to wait" in note for note in notes)


def test_a_wait_longer_than_the_deadline_is_told_at_once() -> None:
    api = FakeApi(always=status(429, headers={"retry-after": "9000"}))
    error = failure(api)
    assert isinstance(error, ServerTrouble)
    assert "9000 s" in str(error)
    assert len(api.requests) == 1


def test_the_deadline_ends_a_listing_that_never_ends() -> None:
    numbers = iter(range(10**9))

    def endless(_: httpx.Request) -> httpx.Response:
        time.at += 1
        return httpx.Response(200, json=[run_row(f"run-{next(numbers)}") for _ in range(5)])

    with client_of(FakeApi(always=endless), page_size=5, deadline_s=50) as (client, time):
        listing = client.listing("org", "flow")
        with pytest.raises(TooSlow, match="ANALYTICS_DASH_DEADLINE_S"):
            client.read(listing)
    assert len(listing.frame()) > 50
    assert not listing.report.complete
    assert "runs are missing" in listing.report.notes[-1]


def test_pages_read_before_trouble_stay_and_another_client_reads_on() -> None:
    api = FakeApi(run_rows(100), faults=[None] * 6, always=status(500))
    with client_of(api, page_size=10) as (client, _):
        listing = client.listing("org", "flow")
        with pytest.raises(ServerTrouble):
            client.read(listing)
    held = len(listing.frame())
    pages = listing.report.pages
    assert 0 < held < 100
    api.always = None
    with client_of(api, page_size=1000) as (other, _):
        other.read(listing)
    assert [*listing.frame()["run_id"]] == [row["run_id"] for row in api.rows]
    asked = [r.url.params["page"] for r in api.requests if r.url.params["page_size"] == "10"]
    assert asked.count("0") == 1
    assert listing.report.verified
    assert listing.report.pages > pages


def test_a_dead_token_stops_with_its_own_error() -> None:
    error = failure(FakeApi(valid=set()))
    assert type(error) is SignInExpired
    assert "API key" in str(error)


def test_progress_is_told_from_the_callers_thread_with_growing_numbers() -> None:
    told: list[Progress] = []
    threads: set[int] = set()

    def note(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    with client_of(FakeApi(run_rows(60)), page_size=10) as (client, _):
        client.read(client.listing("org", "flow"), progress=note)
    assert threads == {threading.get_ident()}
    assert told[-1].rows == 60
    assert [p.pages for p in told] == sorted(p.pages for p in told)


def test_an_error_in_the_progress_callback_ends_the_reading_and_keeps_the_pages() -> None:
    class OwnError(Exception):
        pass

    def fail(progress: Progress) -> None:
        if progress.pages >= 2:
            raise OwnError

    with client_of(FakeApi(run_rows(60)), page_size=10) as (client, _):
        listing = client.listing("org", "flow")
        with pytest.raises(OwnError):
            client.read(listing, progress=fail)
        assert len(listing.frame()) >= 20
        client.read(listing)
    assert listing.report.verified


def test_a_cancel_during_a_wait_is_noticed_and_what_was_read_stays() -> None:
    cancel = threading.Event()
    api = FakeApi(run_rows(60), faults=[None, None], always=status(503, headers={"retry-after": "600"}))
    with client_of(api, page_size=10) as (client, time):
        listing = client.listing("org", "flow")
        with pytest.raises(Cancelled):
            client.read(listing, cancel=cancel, progress=lambda p: cancel.set() if p.note else None)
    assert time.at < 2
    assert len(listing.frame()) >= 10


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + json.dumps(run_rows(2)).encode(),
        json.dumps(run_rows(2)).encode("utf-16"),
        json.dumps([run_row("run-00000", inputs="\ud800"), run_row("run-00001", latency=float("nan"))]).encode(),
        json.dumps([run_row("run-00000", inputs="caf\xe9"), run_row("run-00001")], ensure_ascii=False).encode(
            "latin-1"
        ),
        json.dumps(
            [run_row("run-00000", future={"x": 1}), run_row("run-00001", state="NEW") | {"date": "2026-11-20T12:00"}]
        ).encode(),
    ],
)
def test_rows_arrive_whatever_the_serializer_got_wrong(body: bytes) -> None:
    fault = text(body, headers={"content-type": "text/plain"})
    api = FakeApi(always=lambda r: fault(r) if r.url.params["page"] == "0" else text(b"[]")(r))
    listing, _ = read(api)
    assert set(listing.frame()["run_id"]) == {"run-00000", "run-00001"}
    assert listing.report.set_aside == ()


def test_a_page_without_end_is_not_taken_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from analytics_dash.api import transport

    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 1000)
    error = failure(FakeApi(run_rows(100)))
    assert isinstance(error, UnexpectedAnswer)
    assert "ANALYTICS_DASH_PAGE_SIZE" in str(error)


PROJECT = {"project_id": "p", "project_name": "Claims", "total_runs": 5, "total_tokens": "many", "project_owner": 3}


def test_the_organizations_summary_is_read_in_full_and_tolerantly() -> None:
    projects = [PROJECT | {"project_id": f"p{n}"} for n in range(250)] + [{"project_id": "nameless"}]

    def page(request: httpx.Request) -> httpx.Response:
        number, size = int(request.url.params["page"]), min(30, int(request.url.params["page_size"]))
        return httpx.Response(200, json=projects[number * size : (number + 1) * size])

    with client_of(FakeApi(summary=page)) as (client, _):
        summary = client.organization_summary(start=NOW - timedelta(days=1))
    assert summary is not None
    assert len(summary) == 250
    assert (summary[0].project_name, summary[0].total_runs, summary[0].total_tokens) == ("Claims", 5, None)


@pytest.mark.parametrize(
    "fault", [*(status(code) for code in (302, 400, 403, 404, 405, 422, 501)), HTML, text(b"{}"), text(b'[{"a": 1}]')]
)
def test_a_server_without_a_summary_is_none(fault: Fault) -> None:
    with client_of(FakeApi(summary=fault)) as (client, _):
        assert client.organization_summary() is None


def test_a_summary_whose_pages_are_left_out_while_its_totals_move_comes_to_an_end() -> None:
    asked: list[httpx.Request] = []

    def page(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=[{"project_id": "p", "project_name": "Claims", "total_runs": len(asked)}])

    with client_of(FakeApi(summary=page)) as (client, _):
        summary = client.organization_summary()
    assert [project.project_id for project in summary or ()] == ["p"]
    assert len(asked) < 10


@pytest.mark.parametrize(("fault", "kind"), [(status(500), ServerTrouble), (broken(httpx.ConnectError), Unreachable)])
def test_trouble_is_no_missing_summary(fault: Fault, kind: type[ApiError]) -> None:
    with client_of(FakeApi(summary=fault)) as (client, _), pytest.raises(kind):
        client.organization_summary()


@pytest.mark.parametrize(("days", "is_believed"), [(0.5, True), (-0.5, True), (3, False), (-400, False)])
def test_the_server_s_clock_is_believed_within_a_day(days: float, is_believed: bool) -> None:
    skew = timedelta(days=days)
    api = FakeApi(run_rows(5), headers={"date": format_datetime(NOW + skew, usegmt=True)})
    with client_of(api) as (client, _):
        client.probe("org", "flow")
        assert client.now() == (NOW + skew if is_believed else NOW)


def test_a_probe_has_as_much_patience_as_it_is_given() -> None:
    for policy, errors in ((SIGN_IN, 2), (LISTING, 5)):
        api = FakeApi(run_rows(5), faults=[status(503)] * errors)
        with client_of(api) as (client, _):
            if policy is LISTING:
                client.probe("org", "flow", policy=policy)
            else:
                with pytest.raises(ServerTrouble):
                    client.probe("org", "flow", policy=policy)


def test_a_probe_is_one_small_request_that_says_whether_a_flow_may_be_read() -> None:
    api = FakeApi(run_rows(5))
    with client_of(api) as (client, _):
        client.probe("org", "flow")
        assert [dict(r.url.params) for r in api.requests] == [{"page": "0", "page_size": "1"}]
        api.always = status(403)
        with pytest.raises(Forbidden):
            client.probe("org", "flow")


def test_a_proxy_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://x")
    with pytest.raises(SettingsError, match="HTTPS_PROXY"):
        Client(api_key(KEY), settings=settings())


def test_a_ca_bundle_that_cannot_be_read_is_named(tmp_path: Any) -> None:
    for content in (None, "no certificate"):
        path = tmp_path / f"ca-{content}.pem"
        if content:
            path.write_text(content)
        with pytest.raises(SettingsError, match="ANALYTICS_DASH_CA_BUNDLE"):
            Client(api_key(KEY), settings=settings(ca_bundle=path))


def test_no_cookie_of_the_server_is_sent_back() -> None:
    api = FakeApi(run_rows(3), headers={"set-cookie": "a=b"})
    read(api)
    assert all("cookie" not in request.headers for request in api.requests)
