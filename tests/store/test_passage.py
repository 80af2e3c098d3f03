"""Runs that pass through: what was asked for, each once, newest first, and nothing left behind."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.api.auth import api_key
from analytics_dash.api.client import Client
from analytics_dash.errors import AnalyticsDashError, StoreError
from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.record import API_COLUMNS
from analytics_dash.settings import load_settings
from analytics_dash.store.flow import FlowKey
from analytics_dash.store.passage import passing
from tests.moments import NOW

KEY = FlowKey("https://api.example.com", "o", "f")
HOUR = timedelta(hours=1)
RUNS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["ann", "bob", None]), st.sampled_from(["COMPLETED", "FAILED"])),
    max_size=60,
)
WISHES = st.builds(
    RunFilter,
    start=st.sampled_from([None, NOW - 40 * HOUR]),
    end=st.sampled_from([None, NOW - 20 * HOUR]),
    user_id=st.sampled_from([None, "ann"]),
    states=st.sampled_from([(), ("FAILED",)]),
)


LONG_TEXT = " ".join(format(n * 7919 % 65521, "x") for n in range(2200))  # ten kilobytes that do not pack to nothing


class Server:
    """A flow's runs, as many hours old as each says; a careless one minds neither the user nor the state."""

    def __init__(self, runs: list[tuple[int, str | None, str]], *, careless: bool, broken_from: int = 10**9) -> None:
        self.rows = [
            {"run_id": str(n), "date": (NOW - hours * HOUR).isoformat(), "user_id": user, "state": state}
            for n, (hours, user, state) in enumerate(runs)
        ]
        self.careless = careless
        self.left = broken_from

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left < 0:
            return httpx.Response(404, json={"detail": "gone"})
        query = dict(request.url.params)
        size, rows = int(query["page_size"]), [row for row in self.rows if self.fits(row, query)]
        rows.sort(key=lambda row: (str(row["date"]), str(row["run_id"])), reverse=True)
        return httpx.Response(200, json=rows[int(query["page"]) * size :][:size])

    def fits(self, row: dict[str, Any], query: dict[str, str]) -> bool:
        at = datetime.fromisoformat(row["date"])
        low, high = (query.get(name) for name in ("start_date", "end_date"))
        dated = (not low or datetime.fromisoformat(low) <= at) and (not high or at <= datetime.fromisoformat(high))
        states = query.get("state", row["state"]).split(",")
        return dated and (self.careless or (row["state"] in states and query.get("user_id") in {None, row["user_id"]}))


def client(server: Server) -> Client:
    own = load_settings(api_url=KEY.api, page_size=10, timeout_s=5.0)
    return Client(api_key("k"), settings=own, transport=httpx.MockTransport(server))


@given(runs=RUNS, wish=WISHES, careless=st.booleans())
@settings(max_examples=25, deadline=None)
def test_exactly_the_runs_asked_for_come_newest_first(
    runs: list[tuple[int, str | None, str]], wish: RunFilter, careless: bool
) -> None:
    server = Server(runs, careless=careless)
    with client(server) as reading, passing(reading, KEY, wish, settings=load_settings()) as passed:
        rows = list(passed.rows)
        told = passed.report.rows, passed.report.verified, passed.report.notes
    fitting = [
        row
        for row in server.rows
        if wish.matches(date=datetime.fromisoformat(str(row["date"])), user_id=row["user_id"], state=row["state"])
    ]
    ids, dates = (API_COLUMNS.index(name) for name in ("run_id", "date"))
    assert sorted(str(row[ids]) for row in rows) == sorted(str(row["run_id"]) for row in fitting)
    came = [str(row[dates]) for row in rows]
    assert came == sorted(came, reverse=True)
    assert told == (len(fitting), True, ())


def test_nothing_stays_on_the_disk_whether_it_goes_well_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runs: list[tuple[int, str | None, str]] = [(hours, "ann", "COMPLETED") for hours in range(50)]
    with client(Server(runs, careless=False)) as reading:
        with passing(reading, KEY, RunFilter(), settings=load_settings()) as passed:
            assert list(tmp_path.iterdir())
            assert len(list(passed.rows)) == 50
        assert not list(tmp_path.iterdir())
    with (
        client(Server(runs, careless=False, broken_from=3)) as reading,
        pytest.raises(AnalyticsDashError),
        passing(reading, KEY, RunFilter(), settings=load_settings()),
    ):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (duckdb.IOException("Could not write file: No space left on device"), "set TMPDIR to a folder"),
        (
            duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 256.0 KiB"),
            "ran out of memory.*ANALYTICS_DASH_STORE_MEMORY",
        ),
    ],
)
def test_what_stops_the_writing_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, fault: duckdb.Error, said: str
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("analytics_dash.store.flow.FlowStore._replace", stop)
    with (
        client(Server([(1, "ann", "COMPLETED")], careless=False)) as reading,
        pytest.raises(StoreError, match=said),
        passing(reading, KEY, RunFilter(), settings=load_settings()),
    ):
        pass


def test_long_texts_pass_through_in_the_memory_that_the_settings_allow() -> None:
    server = Server([(n % 60, "ann", "COMPLETED") for n in range(2500)], careless=False)
    for n, row in enumerate(server.rows):
        row["outputs"] = f"{n} " + LONG_TEXT
    own = load_settings(api_url=KEY.api, page_size=500, timeout_s=5.0)
    with (
        Client(api_key("k"), settings=own, transport=httpx.MockTransport(server)) as reading,
        passing(reading, KEY, RunFilter(), settings=own) as passed,
    ):
        sent = {row[API_COLUMNS.index("outputs")] for row in passed.rows}
    assert sent == {row["outputs"] for row in server.rows}


@pytest.mark.parametrize("trouble", ["first requests fail", "no single rows"])
def test_a_server_that_is_busy_at_first_or_gives_no_single_rows_is_read_all_the_same(trouble: str) -> None:
    server, busy = Server([(n, "ann", "COMPLETED") for n in range(30)], careless=False), [503] * 4

    def answer(request: httpx.Request) -> httpx.Response:
        if trouble == "no single rows" and int(request.url.params["page_size"]) < 2:
            return httpx.Response(422, json={"detail": [{"loc": ["query", "page_size"], "msg": "at least 2"}]})
        return httpx.Response(busy.pop()) if trouble == "first requests fail" and busy else server(request)

    own = load_settings(api_url=KEY.api, page_size=10, timeout_s=5.0)
    with (
        Client(
            api_key("k"), settings=own, transport=httpx.MockTransport(answer), sleep=lambda _: None, jitter=lambda: 0.0
        ) as reading,
        passing(reading, KEY, RunFilter(), settings=own) as passed,
    ):
        assert len(list(passed.rows)) == 30
