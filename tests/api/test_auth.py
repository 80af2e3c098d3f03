"""The ways in: what signing in says when it fails, how tokens renew, and that no secret ever shows."""

from __future__ import annotations

import copy
import gc
import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote, unquote_plus

import httpx
import pytest
from pydantic import SecretStr

from analytics_dash.api.auth import Auth, api_key, sign_in
from analytics_dash.api.client import Client
from analytics_dash.errors import (
    AnalyticsDashError,
    CredentialsRefused,
    NotFound,
    RequestRefused,
    ServerTrouble,
    SettingsError,
    SignInExpired,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
)
from tests.api.fake_api import URL, Canned, FakeApi, FakeTime, Fault, broken, settings, status, text
from tests.factories import run_rows

PASSWORD, TOKEN, REFRESH, KEY = "pass-Sentinel!%", "token-Sentinel", "refresh-Sentinel", "key-Sentinel"
SECRETS = ("Sentinel",)


class TokenServer:
    """Gives out tokens token-1, token-2 ... and knows which grants it takes."""

    def __init__(self, api: FakeApi, *, refreshes: bool = True, expires_in: object = None) -> None:
        self.api = api
        self.takes = {"password", "refresh_token"}
        self.fault: Fault | None = None
        self._refreshes = refreshes
        self._expires_in = expires_in
        self.count = 0
        api.token = self
        api.valid = set()

    def __call__(self, form: dict[str, str]) -> httpx.Response:
        if self.fault is not None:
            return self.fault(httpx.Request("POST", URL))
        if form["grant_type"] not in self.takes:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.count += 1
        token = f"token-{self.count}"
        self.api.valid = {token}
        body: dict[str, object] = {"access_token": token, "token_type": "bearer"}
        if self._refreshes and form["grant_type"] == "password":
            body["refresh_token"] = "refresh"
        return httpx.Response(200, json=body | ({"expires_in": self._expires_in} if self._expires_in else {}))


def enter(api: FakeApi, time: FakeTime | None = None, *, keep_password: bool = False, **fields: Any) -> Auth:
    tempo = (time or FakeTime()).tempo
    return sign_in(
        "me@example.com",
        SecretStr(PASSWORD),
        settings=settings(**fields),
        keep_password=keep_password,
        transport=api.transport,
        tempo=tempo,
    )


def client_of(api: FakeApi, auth: Auth, time: FakeTime | None = None, **fields: Any) -> Client:
    at = time or FakeTime()
    return Client(
        auth,
        settings=settings(**fields),
        transport=api.transport,
        clock=at.clock,
        now=at.now,
        sleep=at.sleep,
        jitter=at.jitter,
    )


def refusal(fault: Fault) -> AnalyticsDashError:
    with pytest.raises(AnalyticsDashError) as caught:
        enter(FakeApi(token=lambda _: fault(httpx.Request("POST", f"{URL}/token"))))
    return caught.value


def test_the_password_grant_is_a_form_with_the_clients_own_fields_where_they_are_set() -> None:
    api = FakeApi()
    enter(api)
    enter(api, client_id="me", client_secret=SecretStr("shh"), scope="runs")
    plain = {"grant_type": "password", "username": "me@example.com", "password": PASSWORD}
    assert api.forms == [plain, plain | {"client_id": "me", "client_secret": "shh", "scope": "runs"}]


VALIDATION = {"detail": [{"loc": ["body", "username"], "msg": "too short", "type": "x", "input": PASSWORD}]}
OTHER_FIELD = {"detail": [{"loc": ["body", "grant"], "msg": "Field required", "type": "missing"}]}


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (
            status(400, body={"detail": "Bad login"}),
            CredentialsRefused,
            "username and password.*“Bad login”.*try again",
        ),
        (status(401, body={"detail": "no"}), CredentialsRefused, "does not accept this username"),
        (status(400, body={"error": "invalid_grant"}), CredentialsRefused, "does not accept this username"),
        (
            status(400, body={"error": "invalid_grant", "error_description": "Locked"}),
            CredentialsRefused,
            "“Locked”",
        ),
        (status(401, body={"error": "invalid_client"}), SettingsError, "ANALYTICS_DASH_CLIENT_ID"),
        (status(400, body={"error": "unsupported_grant_type"}), RequestRefused, "API key"),
        (status(403, body={"detail": "SSO only"}), CredentialsRefused, "does not let this account in.*“SSO only”"),
        (status(422, body=VALIDATION), CredentialsRefused, "“username: too short”"),
        (status(422, body=OTHER_FIELD), RequestRefused, "grant: Field required"),
        (status(404), NotFound, r"no sign-in at https://api\.test/token\..*ANALYTICS_DASH_TOKEN_URL"),
        (
            status(308, headers={"location": f"https://user:{quote(PASSWORD)}@id.test/token?password={PASSWORD}#x"}),
            SettingsError,
            r"redirects to https://id\.test/token\..*ANALYTICS_DASH_TOKEN_URL",
        ),
        (status(429, headers={"retry-after": "20"}), ServerTrouble, "wait for 20 s"),
        (status(502), ServerTrouble, "502.*few minutes"),
        (text(b"<html>"), UnexpectedAnswer, "a web page"),
        (text(b"{}"), UnexpectedAnswer, "no usable access token"),
        (text(b'{"access_token": "a\\nb"}'), UnexpectedAnswer, "no usable access token"),
        (text(b"[]"), UnexpectedAnswer, "another shape"),
        (broken(httpx.ConnectError), Unreachable, "does not accept connections"),
        (broken(httpx.ReadTimeout), TooSlow, "did not answer in time"),
    ],
)
def test_a_failed_sign_in_says_what_to_do_next(fault: Fault, kind: type[AnalyticsDashError], words: str) -> None:
    error = refusal(fault)
    assert type(error) is kind
    assert re.search(words, str(error)), str(error)


def test_credentials_are_never_sent_on_to_where_a_redirect_points() -> None:
    api = FakeApi(token=lambda _: httpx.Response(307, headers={"location": "https://elsewhere.test/token"}))
    with pytest.raises(SettingsError):
        enter(api)
    assert len(api.forms) == 1


def test_signing_in_has_little_patience() -> None:
    api, time = FakeApi(token=lambda _: httpx.Response(503)), FakeTime()
    with pytest.raises(ServerTrouble):
        enter(api, time)
    assert len(api.forms) == 2
    assert time.at < 2


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "clé", "\ud800"])
def test_what_cannot_be_a_key_is_refused_without_a_request(key: str) -> None:
    with pytest.raises(CredentialsRefused, match="not an API key"):
        api_key(key)


def test_half_a_character_in_a_password_is_refused_in_words() -> None:
    with pytest.raises(CredentialsRefused, match="half a character") as caught:
        sign_in("me", "x\ud800", settings=settings(), transport=FakeApi().transport)
    assert caught.value.__context__ is None


def test_a_token_that_dies_in_the_middle_is_renewed_once_for_all_threads() -> None:
    api = FakeApi(run_rows(200))
    server = TokenServer(api)
    auth = enter(api)
    api.before = lambda count: api.valid.clear() if count == 5 and api.valid else None
    with client_of(api, auth, page_size=10) as client:
        listing = client.read(client.listing("org", "flow"))
    assert len(listing.frame()) == 200
    assert server.count == 2
    assert [form["grant_type"] for form in api.forms] == ["password", "refresh_token"]


def test_a_refresh_token_stays_in_use_where_the_answer_brings_no_other() -> None:
    api = FakeApi(run_rows(100))
    TokenServer(api)
    auth = enter(api)
    api.before = lambda count: api.valid.clear() if count in {4, 12} and api.valid else None
    with client_of(api, auth, page_size=10) as client:
        client.read(client.listing("org", "flow"))
    assert [form.get("refresh_token") for form in api.forms] == [None, "refresh", "refresh"]


@pytest.mark.parametrize("life", [100, "100.0"])
def test_a_token_is_renewed_shortly_before_its_end(life: object) -> None:
    api, time = FakeApi(), FakeTime()
    server = TokenServer(api, expires_in=life)
    with client_of(api, enter(api, time), time) as client:
        time.at = 85
        client.probe("org", "flow")
        assert server.count == 1
        time.at = 95
        client.probe("org", "flow")
    assert server.count == 2
    assert api.seen["Bearer token-2"] == 1


def test_a_living_token_is_used_where_the_early_renewal_fails() -> None:
    api, time = FakeApi(), FakeTime()
    server = TokenServer(api, expires_in=100)
    with client_of(api, enter(api, time), time) as client:
        server.fault = status(503)
        time.at = 95
        client.probe("org", "flow")
    assert api.seen["Bearer token-1"] == 1


@pytest.mark.parametrize("life", ["soon", -5, 0, True, None, [], 1e400])
def test_a_lifetime_that_makes_no_sense_is_none(life: object) -> None:
    body = json.dumps({"access_token": "t", "expires_in": life})
    api = FakeApi(token=lambda _: httpx.Response(200, content=body))
    with client_of(api, enter(api)) as client:
        client.probe("org", "flow")
    assert len(api.forms) == 1


def test_a_dead_token_that_cannot_be_renewed_asks_to_sign_in_again_and_the_listing_goes_on_with_another() -> None:
    api = FakeApi(run_rows(100))
    TokenServer(api, refreshes=False)
    auth = enter(api)
    api.before = lambda count: api.valid.clear() if count == 6 and api.valid else None
    with client_of(api, auth, page_size=10) as client:
        listing = client.listing("org", "flow")
        with pytest.raises(SignInExpired, match="Sign in again"):
            client.read(listing)
    held = len(listing.frame())
    assert held >= 10
    with client_of(api, enter(api), page_size=10) as other:
        other.read(listing)
    assert len(listing.frame()) == 100
    assert listing.report.verified
    assert sum(r.url.params["page"] == "0" and r.url.params["page_size"] == "10" for r in api.requests) == 2


def test_a_kept_password_signs_in_again_by_itself() -> None:
    api = FakeApi(run_rows(100))
    server = TokenServer(api)
    auth = enter(api, keep_password=True)
    server.takes = {"password"}
    api.before = lambda count: api.valid.clear() if count == 6 and api.valid else None
    with client_of(api, auth, page_size=10) as client:
        assert client.read(client.listing("org", "flow")).report.verified
    assert [form["grant_type"] for form in api.forms] == ["password", "refresh_token", "password"]


@pytest.mark.parametrize("keep", [False, True])
def test_a_server_that_refuses_every_fresh_token_is_not_asked_forever(keep: bool) -> None:
    api = FakeApi()
    server = TokenServer(api)
    auth = enter(api, keep_password=keep)
    api.before = lambda _: api.valid.clear() if api.valid else None
    with client_of(api, auth) as client, pytest.raises(SignInExpired):
        client.read(client.listing("org", "flow"))
    assert server.count <= 3


def test_trouble_while_renewing_is_told_as_trouble_and_not_as_an_expired_sign_in() -> None:
    api = FakeApi()
    server = TokenServer(api)
    auth = enter(api)
    api.valid = set()
    server.fault = status(503)
    with client_of(api, auth) as client:
        with pytest.raises(ServerTrouble):
            client.probe("org", "flow")
        server.fault = None
        client.probe("org", "flow")


def test_a_reading_sits_out_trouble_of_the_token_endpoint() -> None:
    api, time = FakeApi(run_rows(100)), FakeTime()
    server = TokenServer(api)
    auth = enter(api, time)
    api.before = lambda count: api.valid.clear() if count == 5 and api.valid else None
    normal = api.token
    assert normal is not None
    api.token = lambda form: httpx.Response(503) if len(api.forms) < 5 else normal(form)
    with client_of(api, auth, time, page_size=10) as client:
        listing = client.read(client.listing("org", "flow"))
    assert len(listing.frame()) == 100
    assert (server.count, len(api.forms)) == (2, 5)


def test_the_password_is_not_kept_unless_asked_for() -> None:
    api = FakeApi()
    TokenServer(api)
    for keep in (False, True):
        held = reachable(enter(api, keep_password=keep))
        assert (PASSWORD in held) is keep


def test_a_way_in_is_never_written_out() -> None:
    for auth in (api_key(KEY), enter(FakeApi())):
        for write in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="holds tokens"):
                write(auth)


def reachable(root: object) -> set[str]:
    """Every text that can be reached from an object's own state, modules and classes aside."""
    seen: dict[int, object] = {}
    todo, texts = [root], set[str]()
    while todo:
        item = todo.pop()
        if id(item) in seen or isinstance(item, (type, type(re), Callable)):  # type: ignore[arg-type]
            continue
        seen[id(item)] = item
        if isinstance(item, (str, bytes)):
            texts.add(item if isinstance(item, str) else item.decode("utf-8", "replace"))
        else:
            todo += gc.get_referents(item)
    return texts


def carried(request: httpx.Request) -> str:
    """All that a request carries, in clear and as it went."""
    body = request.content.decode()
    return f"{request.headers.get('authorization', '')} {body} {unquote_plus(body)}"


def echo(code: int, build: Callable[[str], dict[str, Any]]) -> Canned:
    """A fault: an answer that repeats what was sent."""
    return Canned(lambda request: httpx.Response(code, **build(carried(request))))


FAULTS: list[Fault] = [
    *(echo(code, lambda sent: {"json": {"detail": sent}}) for code in (400, 401, 403, 404, 422, 429, 500)),
    echo(400, lambda sent: {"json": {"error": sent, "error_description": sent}}),
    echo(422, lambda sent: {"json": {"detail": [{"loc": ["body", sent], "msg": sent, "type": "x", "input": sent}]}}),
    echo(302, lambda sent: {"headers": {"location": f"https://x.test/{quote(sent)}?{quote(sent)}#{quote(sent)}"}}),
    echo(500, lambda sent: {"content": sent.encode()}),
    echo(200, lambda sent: {"content": f"<html>{sent}".encode()}),
    echo(200, lambda sent: {"json": {"access_token": None, "x": sent}}),
    echo(200, lambda sent: {"json": [{"run_id": 5, "date": sent}, sent]}),
    *(broken(e) for e in (httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ProxyError)),
]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield caplog
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def attempts(fault: Fault) -> Iterator[Callable[[], object]]:
    """Every path on which a secret travels, each meeting the fault."""
    answer = httpx.Response(200, json={"access_token": TOKEN, "refresh_token": REFRESH})

    def refuse(form: dict[str, str]) -> httpx.Response:
        return fault(httpx.Request("POST", URL, data=form))

    yield lambda: enter(FakeApi(token=refuse))
    for auth in (api_key(KEY), enter(FakeApi(token=lambda _: answer), keep_password=True)):
        client = client_of(FakeApi(always=fault), auth)
        yield partial(client.read, client.listing("org", "flow"))
        yield partial(client.probe, "org", "flow")
        yield client.organization_summary
        renewing = client_of(FakeApi(valid=set(), token=refuse), auth)
        yield partial(renewing.probe, "org", "flow")


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_shows_in_any_error_or_log(fault: Fault, everything_logged: pytest.LogCaptureFixture) -> None:
    for attempt in attempts(fault):
        try:
            attempt()
        except AnalyticsDashError as error:
            shown = ["".join(traceback.format_exception(error)), repr(error), str(error), *texts_of(error)]
            assert not [secret for secret in SECRETS for text_ in shown if secret in text_]
    logged = [record.getMessage() + repr(record.args) + str(record.exc_text) for record in everything_logged.records]
    assert not [secret for secret in SECRETS for line in logged if secret in line]


def texts_of(error: BaseException) -> set[str]:
    """Every text that an error or what caused it holds, its traceback's frames aside."""
    texts, chain, todo = set[str](), list[BaseException](), [error]
    while todo:
        each = todo.pop()
        chain.append(each)
        todo += [cause for cause in (each.__cause__, each.__context__) if cause is not None and cause not in chain]
        texts |= reachable([each.args, each.__dict__])
    return texts


def test_no_representation_shows_a_secret() -> None:
    answer = httpx.Response(200, json={"access_token": TOKEN, "refresh_token": REFRESH})
    for auth in (api_key(KEY), enter(FakeApi(token=lambda _: answer), keep_password=True)):
        with client_of(FakeApi(), auth) as client:
            held = [repr(auth), str(auth), repr(client), repr(auth._token), repr(auth._grant), repr(client.__dict__)]
        assert not [secret for secret in SECRETS for text_ in held if secret in text_]


def test_no_secret_travels_in_an_address() -> None:
    api = FakeApi(run_rows(3))
    with client_of(api, enter(api)) as client:
        client.read(client.listing("org", "flow"))
    assert not [r for r in api.requests if "token-1" in str(r.url) or PASSWORD in str(r.url)]
