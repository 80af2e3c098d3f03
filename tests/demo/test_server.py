"""Every answer of the simulated API has the documented shape, and says what the world says."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

import pytest

from analytics_dash.demo.cast import RETIRED_FLOW
from analytics_dash.demo.server import DEMO_API_KEY, DEMO_PASSWORD, DEMO_USERNAME, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.errors import SettingsError
from tests.demo.caller import SUMMARY, Caller
from tests.demo.conftest import NOW, MovableClock
from tests.demo.contract import RUNS_PATH, faults

CLAIMS, FRAUD = 0, 7


def test_the_right_credentials_give_a_token_that_opens_the_runs(still_caller: Caller) -> None:
    body = still_caller.signed_in()
    assert faults(body, "/token", "post", 200) == []
    assert body["expires_in"] == 3600
    assert still_caller.runs(CLAIMS, token=body["access_token"]).status == 200


def test_wrong_credentials_are_an_invalid_grant(still_caller: Caller) -> None:
    for username, password in ((DEMO_USERNAME, "wrong"), ("ünknown@example.com", DEMO_PASSWORD)):
        answer = still_caller.token(grant_type="password", username=username, password=password)
        assert (answer.status, answer.body["error"]) == (400, "invalid_grant")


def test_an_unknown_grant_is_refused(still_caller: Caller) -> None:
    answer = still_caller.token(grant_type="client_credentials")
    assert (answer.status, answer.body["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ({}, ["username", "password"]),
        ({"username": "x"}, ["password"]),
        ({"grant_type": "refresh_token"}, ["refresh_token"]),
    ],
)
def test_missing_fields_are_named(still_caller: Caller, form: dict[str, str], missing: list[str]) -> None:
    answer = still_caller.token(**form)
    assert answer.status == 422
    assert faults(answer.body, "/token", "post", 422) == []
    assert [fault["loc"] for fault in answer.body["detail"]] == [["body", name] for name in missing]


def test_a_token_dies_and_the_refresh_token_gives_another(caller: Caller, clock: MovableClock) -> None:
    body = caller.signed_in()
    clock.instant += timedelta(seconds=3600)
    dead = caller.runs(CLAIMS, token=body["access_token"])
    fresh = caller.token(grant_type="refresh_token", refresh_token=body["refresh_token"])
    assert (dead.status, dead.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert faults(fresh.body, "/token", "post", 200) == []
    assert caller.runs(CLAIMS, token=fresh.body["access_token"]).status == 200
    assert caller.token(grant_type="refresh_token", refresh_token="made-up").status == 400


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_without_a_good_token_the_answer_is_401_and_says_how(still_caller: Caller, token: str | None) -> None:
    for answer in (still_caller.runs(CLAIMS, token=token), still_caller.get(SUMMARY, token=token)):
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert isinstance(answer.body["detail"], str)


def test_pages_of_every_visible_flow_fit_the_contract(still_caller: Caller) -> None:
    for position, flow in enumerate(still_caller.server.world.flows):
        if not flow.forbidden:
            answer = still_caller.runs(position, page_size=100)
            assert answer.status == 200
            assert faults(answer.body, RUNS_PATH, "get", 200) == [], flow.name


@pytest.mark.parametrize("state", ["PENDING", "PAUSED", "RESUMED", "FAILED", "CANCELLED"])
def test_runs_of_every_state_fit_the_contract(still_caller: Caller, state: str) -> None:
    rows = still_caller.runs(CLAIMS, page_size=50, state=state).body
    assert {row["state"] for row in rows} == {state}
    assert faults(rows, RUNS_PATH, "get", 200) == []


def test_pages_partition_the_listing_and_pages_beyond_it_are_empty(still_caller: Caller, small_world: World) -> None:
    truth = small_world.rows(small_world.flows[CLAIMS].id, at=NOW)
    pages = [still_caller.runs(CLAIMS, page=page, page_size=400).body for page in range(len(truth) // 400 + 2)]
    assert [row for page in pages for row in page] == truth
    assert pages[-1] == []
    assert still_caller.runs(CLAIMS, page=10**17, page_size=1000).body == []


def test_a_page_has_twenty_five_rows_unless_told(still_caller: Caller) -> None:
    assert len(still_caller.runs(CLAIMS).body) == 25


def test_a_second_reading_says_the_same(still_caller: Caller) -> None:
    assert still_caller.runs(CLAIMS, page_size=300).body == still_caller.runs(CLAIMS, page_size=300).body


def test_filters_reach_the_world(still_caller: Caller, small_world: World) -> None:
    flow_id = small_world.flows[CLAIMS].id
    user = next(row["user_id"] for row in small_world.rows(flow_id, at=NOW) if row["user_id"])
    start, end = NOW - timedelta(days=20), NOW - timedelta(days=3)
    answer = still_caller.runs(
        CLAIMS,
        page_size=1000,
        start_date=start.isoformat(),
        end_date=end.replace(tzinfo=None).isoformat(),
        user_id=user,
        state="COMPLETED,FAILED",
    )
    states = ("COMPLETED", "FAILED")
    assert answer.body == small_world.rows(flow_id, at=NOW, start=start, end=end, user_id=user, states=states)
    assert answer.body


@pytest.mark.parametrize(
    ("name", "value", "kind", "context"),
    [
        ("page", "-1", "greater_than_equal", {"ge": 0}),
        ("page", "two", "int_parsing", None),
        ("page", "9" * 5000, "int_parsing", None),
        ("page_size", "0", "greater_than_equal", {"ge": 1}),
        ("page_size", "1001", "less_than_equal", {"le": 1000}),
        ("start_date", "yesterday", "datetime_from_date_parsing", {"error": "invalid character in year"}),
        ("end_date", "0001-01-01T00:00:00+14:00", "datetime_from_date_parsing", {"error": "invalid character in year"}),
    ],
)
def test_a_wrong_parameter_is_named_with_its_limit(
    still_caller: Caller, name: str, value: str, kind: str, context: dict[str, object] | None
) -> None:
    paths = (still_caller.runs_path(still_caller.server.world.flows[CLAIMS].id), RUNS_PATH), (SUMMARY, SUMMARY)
    for path, documented in paths:
        answer = still_caller.get(path, query={name: value})
        assert answer.status == 422
        assert faults(answer.body, documented, "get", 422) == []
        (fault,) = answer.body["detail"]
        assert (fault["loc"], fault["type"], fault.get("ctx")) == (["query", name], kind, context)


def test_every_wrong_parameter_is_named_at_once(still_caller: Caller) -> None:
    answer = still_caller.runs(CLAIMS, page=-1, page_size="x", state="COMPLETED,DONE,STUCK")
    assert [fault["loc"][1] for fault in answer.body["detail"]] == ["page", "page_size", "state", "state"]
    assert faults(answer.body, RUNS_PATH, "get", 422) == []


def test_other_organizations_and_one_flow_are_forbidden_and_a_deleted_flow_is_not_found(still_caller: Caller) -> None:
    flow_id = still_caller.server.world.flows[CLAIMS].id
    answers = [
        still_caller.get(f"/analytics/org/another/flows/{flow_id}"),
        still_caller.runs(FRAUD),
        still_caller.get(still_caller.runs_path(RETIRED_FLOW.id)),
        still_caller.get("/no/such/path"),
    ]
    assert [answer.status for answer in answers] == [403, 403, 404, 404]
    assert all(isinstance(answer.body["detail"], str) for answer in answers)


def test_the_summary_fits_the_contract_pages_and_honours_the_interval(still_caller: Caller, small_world: World) -> None:
    start, end = NOW - timedelta(days=9), NOW - timedelta(days=2)
    everything = still_caller.get(SUMMARY)
    assert faults(everything.body, SUMMARY, "get", 200) == []
    assert everything.body == small_world.summary(at=NOW)
    assert still_caller.get(SUMMARY, query={"page": 1, "page_size": 3}).body == everything.body[3:6]
    within = still_caller.get(SUMMARY, query={"start_date": start.isoformat(), "end_date": end.isoformat()}).body
    assert within == small_world.summary(at=NOW, start=start, end=end)
    assert 0 < within[CLAIMS]["total_runs"] < everything.body[CLAIMS]["total_runs"]


def test_the_summary_lists_the_forbidden_flow_and_not_the_deleted_one(still_caller: Caller) -> None:
    listed = {row["project_id"] for row in still_caller.get(SUMMARY).body}
    assert still_caller.server.world.flows[FRAUD].id in listed
    assert RETIRED_FLOW.id not in listed


def test_new_runs_appear_and_pending_ones_end_while_the_clock_goes_on(caller: Caller, clock: MovableClock) -> None:
    start = NOW.isoformat()
    assert caller.runs(CLAIMS, start_date=start).body == []
    appeared = caller.server.world.rows(caller.server.world.flows[CLAIMS].id, at=NOW + timedelta(hours=5), start=NOW)
    run = next(row for row in reversed(appeared) if row["latency"] and row["state"] == "COMPLETED")
    found = []
    for later_s in (run["latency"] / 2, run["latency"]):
        clock.instant = datetime.fromisoformat(run["date"]) + timedelta(seconds=later_s)
        found += [
            row for row in caller.runs(CLAIMS, start_date=start, page_size=500).body if row["run_id"] == run["run_id"]
        ]
    assert [row["state"] for row in found] == ["PENDING", "COMPLETED"]


def test_requests_are_noted_without_headers_or_bodies(caller: Caller) -> None:
    caller.signed_in()
    caller.runs(CLAIMS, page_size=1)
    path = caller.runs_path(caller.server.world.flows[CLAIMS].id)
    assert caller.server.requests == [("POST", "/token", ""), ("GET", path, "page_size=1")]
    noted = repr(caller.server.requests)
    assert DEMO_PASSWORD not in noted
    assert DEMO_API_KEY not in noted


def test_a_server_can_be_told_a_smaller_largest_page(small_world: World) -> None:
    with DemoServer(small_world, max_page_size=10, clock=lambda: NOW) as server:
        assert Caller(server).runs(CLAIMS, page_size=11).body["detail"][0]["ctx"] == {"le": 10}
        assert len(Caller(server).runs(CLAIMS).body) == 10


def test_a_server_starts_and_stops_twice_on_the_same_port(small_world: World) -> None:
    with DemoServer(small_world, clock=lambda: NOW) as first:
        port = int(first.url.rpartition(":")[2])
        assert Caller(first).get(SUMMARY).status == 200
    with DemoServer(small_world, port=port, clock=lambda: NOW) as second:
        assert second.url == first.url
        assert Caller(second).get(SUMMARY).status == 200
    second.stop()


def test_a_taken_port_is_told_in_a_sentence(small_world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(SettingsError, match=f"Port {port} on 127.0.0.1 cannot be used"),
            DemoServer(small_world, port=port),
        ):
            pass
