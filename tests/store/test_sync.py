"""Readings into the store: whatever happens to server and process, what counts as read is the server's, each once."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.api.auth import api_key
from analytics_dash.api.batch import Batch
from analytics_dash.api.body import SetAside
from analytics_dash.api.client import Client
from analytics_dash.api.slices import Stretch
from analytics_dash.errors import StoreError
from analytics_dash.runs.record import Run
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.asked import STATES_HOLD_FOR, Asked
from analytics_dash.store.coverage import Covered, covered
from analytics_dash.store.engine import memory_engine
from analytics_dash.store.flow import FlowStore, aside_of
from analytics_dash.store.intervals import Interval, minus
from analytics_dash.store.lane import Lane
from analytics_dash.store.sync import Scope, Stage, Sync
from tests.moments import NOW
from tests.store.shelf import KEY, empty_flow, stretch

PATIENCE_S = 30.0
SPAN = timedelta(days=3)
SIZE = 10


@dataclass
class FakeApi:
    """A flow's runs behind the documented parameters; may fail at random, cap pages, and change while it is read."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  test data
    failures: float = 0.0
    cap: int = 1000
    event: Callable[[], object] = lambda: None
    lock: Lock = field(default_factory=Lock)
    asked: list[dict[str, str]] = field(default_factory=list)

    def add(self, date: datetime, **fields: Any) -> str:
        run_id = f"run-{len(self.rows)}"
        self.rows[run_id] = {"run_id": run_id, "date": date.isoformat(), "state": "COMPLETED", **fields}
        return run_id

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.event()
            query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
            self.asked.append(query)
            if self.chance.random() < self.failures:
                return httpx.Response(self.chance.choice([500, 502, 503]), json={"detail": "trouble"})
            return httpx.Response(200, json=self.page(query))

    def page(self, query: dict[str, str]) -> list[dict[str, Any]]:
        size = min(int(query["page_size"]), self.cap)
        low, high = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        states = set(filter(None, query.get("state", "").split(",")))
        fitting = [
            row
            for row in self.rows.values()
            if low <= datetime.fromisoformat(row["date"]) <= high
            and (not states or row["state"] in states)
            and query.get("user_id") in {None, row.get("user_id")}
        ]
        fitting.sort(key=lambda row: (row["date"], row["run_id"]), reverse=True)
        first = int(query["page"]) * size
        return fitting[first : first + size]


def connected(api: Callable[[httpx.Request], httpx.Response], own: Settings, now: datetime) -> Callable[[Any], Client]:
    """Clients whose clock stands still, and who wait for nothing."""
    return lambda auth: Client(
        auth,
        settings=own,
        transport=httpx.MockTransport(api),
        now=lambda: now,
        sleep=lambda _: None,
        jitter=lambda: 0.0,
    )


def sync_of(
    api: FakeApi, flow: FlowStore, *, now: datetime = NOW, start: datetime | None = None, **options: Any
) -> Sync:
    own = load_settings(api_url=KEY.api, page_size=SIZE)
    scope = Scope(
        KEY.org,
        KEY.flow,
        start or now - SPAN,
        now,
        live=True,
        asked=Asked(options.pop("user_id", None), options.pop("states", ())),
    )
    return Sync(
        scope,
        settings=own,
        flow=lambda _: flow,
        lane=Lane(),
        connect=connected(api, own, now),
        summarize=False,
        watched=False,
        **options,
    )


def done(sync: Sync) -> Stage:
    sync.start(api_key("key"))
    assert sync.wait(PATIENCE_S)
    return sync.status.stage


def held(flow: FlowStore) -> dict[str, tuple[datetime, str | None, str | None]]:
    with flow.engine.reading() as cursor:
        rows = cursor.execute("SELECT run_id, date, state, feedback FROM stored_runs WHERE gone_at IS NULL").fetchall()
        assert len(rows) == len({row[0] for row in rows}), "a run is there twice"
        keys = cursor.execute("SELECT count(*), count(DISTINCT run_key) FROM texts").fetchone()
        assert keys == (len(_all(cursor)), len(_all(cursor))), "texts and runs do not match"
    return {run_id: (date.replace(tzinfo=UTC), state, feedback) for run_id, date, state, feedback in rows}


def _all(cursor: Any) -> list[Any]:
    found: list[Any] = cursor.execute("SELECT run_key FROM stored_runs SEMI JOIN texts USING (run_key)").fetchall()
    return found


def there(api: FakeApi, within: Interval) -> dict[str, tuple[datetime, str | None, str | None]]:
    rows = {
        row["run_id"]: (datetime.fromisoformat(row["date"]), row["state"], row.get("feedback"))
        for row in api.rows.values()
    }
    return {run_id: row for run_id, row in rows.items() if within.low <= row[0] < within.high}


class Killed(Exception):
    """The process dies here."""


class DyingFlow(FlowStore):
    """A store whose process may die before or within any transaction."""

    dies: Callable[[], bool] = staticmethod(lambda: False)

    def keep(self, *stretches: Stretch, **options: Any) -> int:
        if self.dies():
            raise Killed
        return super().keep(*stretches, **options)

    def _cover(self, *arguments: Any) -> None:
        super()._cover(*arguments)
        if self.dies():
            raise Killed


@settings(max_examples=14, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(0, 120),
    rounds=st.integers(1, 4),
    cap=st.sampled_from([4, 7, 1000]),
    failures=st.sampled_from([0.0, 0.1]),
    deaths=st.sampled_from([0.0, 0.2]),
)
def test_after_a_quiet_sync_the_store_equals_the_server_whatever_happened_before(
    seed: int, count: int, rounds: int, cap: int, failures: float, deaths: float
) -> None:
    chance = random.Random(seed)  # noqa: S311  test data
    api = FakeApi(chance=random.Random(seed + 1), cap=cap)  # noqa: S311  test data
    flow = DyingFlow(memory_engine(load_settings()), KEY)
    now = NOW
    for _ in range(count):
        api.add(now - chance.random() * SPAN, state=chance.choice(["COMPLETED", "FAILED", "PENDING", "PAUSED"]))

    def change() -> None:
        if chance.random() < 0.3:
            api.add(now - chance.random() * timedelta(minutes=10), state="PENDING")
        for row in api.rows.values():
            if row["state"] in {"PENDING", "PAUSED"} and chance.random() < 0.05:
                row["state"] = "COMPLETED"

    for _ in range(rounds):
        api.event, api.failures = change, failures
        flow.dies = lambda: chance.random() < deaths
        done(sync_of(api, flow, now=now))
        now += timedelta(minutes=chance.randrange(1, 600))
    api.event, api.failures = (lambda: None), 0.0
    flow.dies = lambda: False
    assert done(sync_of(api, flow, now=now)) is Stage.DONE
    claimed = [i.cut(Interval(now - SPAN, now)) for i in covered(flow.coverage())]
    assert minus([Interval(now - SPAN, now - timedelta(seconds=2))], claimed) == []
    whole = Interval(now - SPAN, now - timedelta(seconds=2))
    stored = {run_id: row for run_id, row in held(flow).items() if whole.low <= row[0] < whole.high}
    assert stored == there(api, whole)


def filled(count: int = 50) -> FakeApi:
    api = FakeApi()
    for number in range(count):
        api.add(NOW - timedelta(hours=1 + number), user_id="ann" if number % 5 == 0 else "bob")
    return api


def test_a_run_that_was_unfinished_is_looked_after_however_old_it_is() -> None:
    api, flow = filled(), empty_flow()
    old = api.add(NOW - timedelta(days=2, hours=20), state="PAUSED")
    assert done(sync_of(api, flow)) is Stage.DONE
    api.rows[old]["state"] = "COMPLETED"
    asked = len(api.asked)
    assert done(sync_of(api, flow, now=NOW + timedelta(minutes=1))) is Stage.DONE
    assert held(flow)[old][1] == "COMPLETED"
    assert len(api.asked) - asked < 8


def test_runs_that_still_wait_cost_one_request() -> None:
    api, flow = filled(), empty_flow()
    for day in (1.2, 1.9, 2.8):
        api.add(NOW - timedelta(days=day), state="PENDING")
    done(sync_of(api, flow))
    asked = len(api.asked)
    assert done(sync_of(api, flow, now=NOW + timedelta(minutes=1))) is Stage.DONE
    assert len(api.asked) - asked <= 3 + 2  # the newest day is more than one of these small pages


def test_a_run_that_the_server_no_longer_has_is_marked_and_kept() -> None:
    api, flow = filled(), empty_flow()
    done(sync_of(api, flow))
    del api.rows["run-3"]
    done(sync_of(api, flow, now=NOW + timedelta(minutes=1), everything=True))
    assert "run-3" not in held(flow)
    with flow.engine.reading() as cursor:
        assert cursor.execute("SELECT run_id FROM stored_runs WHERE gone_at IS NOT NULL").fetchall() == [("run-3",)]


def test_a_run_that_comes_back_is_no_longer_marked() -> None:
    api, flow = filled(), empty_flow()
    done(sync_of(api, flow))
    row = api.rows.pop("run-3")
    done(sync_of(api, flow, now=NOW + timedelta(minutes=1), everything=True))
    api.rows["run-3"] = row
    done(sync_of(api, flow, now=NOW + timedelta(minutes=2), everything=True))
    assert "run-3" in held(flow)


def test_reading_one_user_says_nothing_about_the_others() -> None:
    api, flow = filled(), empty_flow()
    sync = sync_of(api, flow, user_id="ann")
    done(sync)
    first = api.asked[0]
    assert first["user_id"] == "ann"
    assert covered(flow.coverage(Asked("ann")))
    assert held(flow) == there(api, Interval(NOW - SPAN, NOW))


def test_runs_in_the_states_that_are_asked_about_come_first() -> None:
    api, flow = filled(), empty_flow()
    done(sync_of(api, flow, states=("FAILED", "CANCELLED")))
    assert api.asked[0]["state"] == "FAILED,CANCELLED"
    assert covered(flow.coverage(Asked(None, ("CANCELLED", "FAILED"))))
    assert held(flow) == there(api, Interval(NOW - SPAN, NOW))


def test_a_run_that_is_no_longer_in_a_state_is_not_taken_for_gone() -> None:
    flow, low, high = empty_flow(), NOW - SPAN, NOW
    once_failed = Run.model_validate({"run_id": "once-failed", "date": low, "state": "FAILED"})
    flow.keep(stretch([once_failed], low, high), read_at=NOW)
    flow.keep(stretch([], low, high), read_at=NOW + timedelta(minutes=1), asked=Asked(states=("FAILED",)))
    assert set(held(flow)) == {"once-failed"}


def test_which_runs_are_in_a_state_is_known_for_some_minutes_only() -> None:
    piece, asked = Covered(NOW - SPAN, NOW, NOW), Asked(states=("FAILED",))
    assert asked.good([piece], now=NOW + STATES_HOLD_FOR) == [piece]
    assert asked.good([piece], now=NOW + STATES_HOLD_FOR + timedelta(seconds=1)) == []
    assert Asked("ann").good([piece], now=NOW + STATES_HOLD_FOR * 2) == [piece]


def test_rows_that_cannot_be_read_are_counted_once_and_go_when_the_server_mends_them() -> None:
    api, flow = filled(20), empty_flow()
    api.rows["run-2"]["total_tokens"] = "many"
    done(sync_of(api, flow))
    done(sync_of(api, flow, now=NOW + timedelta(minutes=1), everything=True))
    assert "run-2" not in held(flow)
    with flow.engine.reading() as cursor:
        assert cursor.execute("SELECT run_id FROM set_aside").fetchall() == [("run-2",)]
    api.rows["run-2"]["total_tokens"] = 5
    done(sync_of(api, flow, now=NOW + timedelta(minutes=2), everything=True))
    assert "run-2" in held(flow)
    with flow.engine.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM set_aside").fetchone() == (0,)


def aside(flow: FlowStore) -> set[str]:
    with flow.engine.reading() as cursor:
        return {str(row[0]) for row in cursor.execute("SELECT DISTINCT identity FROM set_aside").fetchall()}


def test_rows_that_cannot_be_read_stay_known_over_many_readings_of_other_times() -> None:
    api, flow = filled(), empty_flow()
    for hours, run_id in ((40, "old"), (60, "mended"), (62, "removed")):
        api.rows[run_id] = {"run_id": run_id, "date": (NOW - timedelta(hours=hours)).isoformat(), "total_tokens": "x"}
    paused = api.add(NOW - timedelta(hours=41), state="PAUSED")
    start = NOW - SPAN
    for minutes in range(0, 60, 12):
        assert done(sync_of(api, flow, now=NOW + timedelta(minutes=minutes), start=start)) is Stage.DONE
        assert aside(flow) == {"old", "mended", "removed"}
        api.rows[paused]["state"] = "COMPLETED"
    api.rows["mended"]["total_tokens"] = 1
    del api.rows["removed"]
    later = NOW + timedelta(hours=1)
    done(sync_of(api, flow, now=later, start=start))
    assert "old" in aside(flow)
    done(sync_of(api, flow, now=later, start=start, everything=True))
    assert aside(flow) == {"old"}
    assert "mended" in held(flow)


@given(readings=st.lists(st.tuples(st.integers(0, 19), st.integers(1, 20)), max_size=12), at=st.integers(0, 19))
@settings(max_examples=40, deadline=None)
def test_a_row_set_aside_is_known_until_its_own_time_is_read_without_it(
    readings: list[tuple[int, int]], at: int
) -> None:
    flow, hour = empty_flow(), timedelta(hours=1)
    odd = Batch(("odd",), stretch([], NOW, NOW).batches[0].table, (("odd", SetAside("odd", "why", 0)),))
    flow.keep(replace(stretch([], NOW, NOW + 20 * hour), batches=(odd,)), read_at=NOW)
    is_there = True
    for low, length in readings:
        is_there = is_there and not low <= at < low + length
        flow.keep(stretch([], NOW + low * hour, NOW + (low + length) * hour), read_at=NOW)
        with flow.engine.reading() as cursor:
            moment = Interval(NOW + at * hour, NOW + (at + 1) * hour)
            assert bool(aside_of(cursor, flow.number, moment)) is is_there


def test_reading_one_user_without_a_row_set_aside_says_nothing_of_it() -> None:
    flow, low = empty_flow(), NOW - SPAN
    odd = Batch(("odd",), stretch([], NOW, NOW).batches[0].table, (("odd", SetAside("odd", "why", 0)),))
    flow.keep(replace(stretch([], low, NOW), batches=(odd,)), read_at=NOW)
    flow.keep(stretch([], low, NOW), read_at=NOW, asked=Asked("ann"))
    assert aside(flow) == {"odd"}


@pytest.mark.parametrize("ends", ["refused", "gave up", "stopped"])
def test_every_row_that_came_is_kept_when_a_reading_stops_and_what_is_not_whole_is_read_again(ends: str) -> None:
    api, flow, came = filled(), empty_flow(), set[str]()
    page, own = api.page, load_settings(api_url=KEY.api, page_size=SIZE, max_concurrency=1)
    sync = sync_of(api, flow)

    def answer(request: httpx.Request) -> httpx.Response:
        with api.lock:
            if len(came) < 25:
                rows = page(dict(request.url.params))
                came.update(row["run_id"] for row in rows)
                return httpx.Response(200, json=rows)
        if ends == "stopped":
            sync.cancel()
        return httpx.Response(401 if ends == "refused" else 500, json={"detail": "no"})

    sync._connect = connected(answer, own, NOW)
    assert done(sync) is {"refused": Stage.EXPIRED, "gave up": Stage.FAILED, "stopped": Stage.CANCELLED}[ends]
    assert set(held(flow)) == came
    assert done(sync_of(api, flow, now=NOW + timedelta(seconds=5))) is Stage.DONE
    assert held(flow) == there(api, Interval(NOW - SPAN, NOW))


def test_runs_written_down_late_are_found_though_this_machine_s_clock_goes_an_hour_ahead() -> None:
    api, flow, ahead = FakeApi(), empty_flow(), timedelta(hours=1)
    for number in range(1, 200):
        api.add(NOW - number * timedelta(minutes=1.5))
    for now in (NOW, NOW + timedelta(minutes=3)):
        date = now.strftime("%a, %d %b %Y %H:%M:%S GMT")

        def answer(request: httpx.Request, date: str = date) -> httpx.Response:
            return httpx.Response(200, json=api.page(dict(request.url.params)), headers={"Date": date})

        sync = sync_of(api, flow, now=now + ahead, start=NOW - timedelta(hours=5))
        sync._connect = connected(answer, load_settings(api_url=KEY.api, page_size=SIZE), now + ahead)
        assert done(sync) is Stage.DONE
        api.rows["late"] = {"run_id": "late", "date": (NOW - timedelta(minutes=5)).isoformat(), "state": "COMPLETED"}
    assert "late" in held(flow)


@pytest.mark.parametrize("states", [(), ("FAILED", "CANCELLED")])
def test_a_server_that_takes_no_list_of_states_is_read_and_unfinished_runs_are_looked_after(
    states: tuple[str, ...],
) -> None:
    api, flow, page = filled(), empty_flow(), FakeApi.page
    old = api.add(NOW - timedelta(days=2, hours=20), state="PAUSED")
    refusal = {"detail": [{"loc": ["query", "state"], "msg": "one value only", "type": "value_error"}]}

    def answer(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        return httpx.Response(422, json=refusal) if "state" in query else httpx.Response(200, json=page(api, query))

    for now in (NOW, NOW + timedelta(minutes=1)):
        sync = sync_of(api, flow, now=now, states=states)
        sync._connect = connected(answer, load_settings(api_url=KEY.api, page_size=SIZE), now)
        assert done(sync) is Stage.DONE
        api.rows[old]["state"] = "COMPLETED"
    assert held(flow)[old][1] == "COMPLETED"


@pytest.mark.parametrize(
    ("before", "after", "later", "held_then"),
    [
        ("COMPLETED", "PENDING", timedelta(minutes=5), "COMPLETED"),
        ("FAILED", "PAUSED", timedelta(minutes=5), "FAILED"),
        ("COMPLETED", "RESUMED", timedelta(minutes=5), "COMPLETED"),
        ("FAILED", "RESUMED", timedelta(minutes=5), "RESUMED"),
        ("CANCELLED", "RESUMED", timedelta(minutes=5), "RESUMED"),
        ("COMPLETED", "PENDING", timedelta(hours=2), "PENDING"),
        ("PENDING", "PAUSED", timedelta(minutes=5), "PAUSED"),
        ("FAILED", "COMPLETED", timedelta(minutes=5), "COMPLETED"),
    ],
)
def test_an_ended_run_is_not_turned_back_by_a_server_that_lags_nor_taken_for_gone(
    before: str, after: str, later: timedelta, held_then: str
) -> None:
    flow, low = empty_flow(), NOW - SPAN
    for state, at in ((before, NOW), (after, NOW + later)):
        run = Run.model_validate({"run_id": "run", "date": low, "state": state})
        flow.keep(stretch([run], low, NOW), read_at=at)
    assert held(flow)["run"][1] == held_then


def test_inputs_and_outputs_can_be_kept_out_of_the_store() -> None:
    api, flow = FakeApi(), empty_flow(texts=False)
    api.add(NOW - timedelta(hours=1), inputs="secret", outputs="secret", error="E1")
    done(sync_of(api, flow))
    with flow.engine.reading() as cursor:
        assert cursor.execute("SELECT inputs, outputs FROM texts").fetchall() == [(None, None)]
        assert cursor.execute("SELECT error FROM stored_runs").fetchall() == [("E1",)]


def test_a_store_that_gives_way_in_the_midst_is_mended_and_the_reading_begins_anew() -> None:
    api, broken, sound = filled(), empty_flow(), empty_flow()
    flows = [broken]

    def keep(*_: Any, **__: Any) -> int:
        raise StoreError("The disk is full.")

    broken.keep = keep  # type: ignore[method-assign]

    def mend(error: StoreError) -> bool:
        flows.append(sound)
        return str(error) == "The disk is full."

    own = load_settings(api_url=KEY.api, page_size=SIZE)
    sync = Sync(
        Scope(KEY.org, KEY.flow, NOW - SPAN, NOW, live=True),
        settings=own,
        flow=lambda _: flows[-1],
        lane=Lane(),
        mend=mend,
        connect=connected(api, own, NOW),
        summarize=False,
    )
    assert done(sync) is Stage.DONE
    assert held(sound) == there(api, Interval(NOW - SPAN, NOW))


def test_a_server_that_leaves_bounds_out_is_read_as_one_listing() -> None:
    api, flow = filled(30), empty_flow()
    page = api.page
    api.add(NOW - timedelta(days=40))

    def unbounded(query: dict[str, str]) -> list[dict[str, Any]]:
        everything = {"start_date": "2000-01-01T00:00:00Z", "end_date": "2100-01-01T00:00:00Z"}
        return page({**query, **everything})

    api.page = unbounded  # type: ignore[method-assign]
    assert done(sync_of(api, flow)) is Stage.DONE
    assert held(flow) == there(api, Interval(NOW - SPAN, NOW))


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[1,2"])
def test_an_answer_that_is_no_list_fails_with_a_sentence_and_keeps_what_is_there(body: bytes) -> None:
    api, flow = filled(), empty_flow()
    done(sync_of(api, flow))
    before = held(flow)
    own = load_settings(api_url=KEY.api, page_size=SIZE)
    sync = Sync(
        Scope(KEY.org, KEY.flow, NOW - SPAN, NOW, live=True),
        settings=own,
        flow=lambda _: flow,
        lane=Lane(),
        connect=connected(lambda _: httpx.Response(200, content=body), own, NOW),
        everything=True,
        summarize=False,
    )
    assert done(sync) is Stage.FAILED
    assert str(sync.status.error).endswith(".")
    assert held(flow) == before
    assert json.dumps(str(sync.status.error))
