"""Slices: whatever a server does with order, caps, bounds and time, what is handed on as verified is complete."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any
from zlib import crc32

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics_dash.api.batch import Batch
from analytics_dash.api.part import Memory
from analytics_dash.api.retry import Kind, Tried, Trouble
from analytics_dash.api.slices import MAX_PASSES, Ask, BoundsIgnoredError, Order, Role, Slices, Stretch
from analytics_dash.runs.arrow import table_of
from analytics_dash.runs.record import Run

LOW = datetime(2026, 11, 1, tzinfo=UTC)
HIGH = LOW + timedelta(days=2)
PIN = HIGH + timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass
class Server:
    """Runs by id, and the habits that its documents do not state."""

    runs: dict[str, Run]
    order: str = "falling"
    cap: int = 10_000
    includes_start: bool = True
    includes_end: bool = True
    cuts_to_seconds: bool = False
    clamps: bool = False
    sizes: tuple[int, ...] = ()
    page_bytes: int = 10**9
    refuses_single: bool = False
    ignores_page: bool = False
    doubles: frozenset[str] = frozenset()
    ties: random.Random | None = None
    stray: int | None = None  # the answer that is empty for no reason
    ignores_bounds: bool = False
    asked: list[Ask] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)

    def answer(self, ask: Ask) -> Batch | Trouble:
        self.asked.append(ask)
        if ask.size == 1 and self.refuses_single:
            return Trouble(Kind.STATUS, status=422)
        size = self.served(ask.size)
        fitting = self.fitting(ask) if len(self.asked) != self.stray else []
        page = 0 if self.ignores_page else ask.page
        if self.clamps and fitting:
            page = min(page, (len(fitting) - 1) // size)
        rows = self.cut(fitting[page * size : (page + 1) * size])
        self.sent.update(run.run_id for run in rows)
        return Batch(tuple(run.run_id for run in rows), table_of(rows), ())

    def served(self, size: int) -> int:
        """As many as asked for, or the next of its own sizes; quietly no more than it can."""
        if self.sizes and self.page_bytes >= 10**9:  # rows cut from pages of another size can't be reached at all
            size = next((own for own in self.sizes if own >= size), self.sizes[-1])
        return min(size, self.cap)

    def cut(self, rows: list[Run]) -> list[Run]:
        """As many as fit into a body, at least one."""
        lengths = list(accumulate(len(run.outputs or "") for run in rows))
        return rows[: max(1, sum(length <= self.page_bytes for length in lengths))]

    def fitting(self, ask: Ask) -> list[Run]:
        low, high = ask.low, ask.high
        if self.cuts_to_seconds:
            low, high = low.replace(microsecond=0), high.replace(microsecond=0)
        rows = [r for r in self.runs.values() if self.ignores_bounds or self.is_within(r.date, low, high)]
        rows.sort(key=lambda r: (r.date, r.run_id), reverse=self.order == "falling")
        if self.order == "shuffled":
            rows.sort(key=lambda r: crc32(r.run_id.encode()))
        if self.doubles:
            rows = [row for row in rows for _ in range(1 + (row.run_id in self.doubles))]
        if self.ties is not None:
            self.ties.shuffle(rows)
            rows.sort(key=lambda r: r.date, reverse=True)
        return rows

    def is_within(self, date: datetime, low: datetime, high: datetime) -> bool:
        after = date >= low if self.includes_start else date > low
        return after and (date <= high if self.includes_end else date < high)


def run(number: int, date: datetime, **fields: Any) -> Run:
    return Run.model_validate({"run_id": f"r{number}", "date": date, **fields})


def read(
    server: Server,
    *,
    size: int = 10,
    rate: float | None = None,
    chance: random.Random | None = None,
    event: Callable[[], object] = lambda: None,
    is_single_honoured: bool = False,
) -> list[Stretch]:
    """Everything that is handed on, the answers coming in any order, `event` happening before each."""
    chance = chance or random.Random(1)  # noqa: S311  test data
    handed: list[Stretch] = []
    work = Slices(
        Order(LOW, HIGH, rate=rate),
        pin=PIN,
        memory=Memory(size),
        sink=handed.append,
        now=lambda: PIN,
        is_single_honoured=is_single_honoured,
    )
    for _ in range(20_000):
        asks = work.asks(8)
        if not asks:
            return handed
        event()
        ask = chance.choice(asks)
        result = server.answer(ask)
        if isinstance(result, Trouble):
            assert work.sidesteps(ask, result, Tried())
        else:
            work.landed(ask, result)
    raise AssertionError("it does not come to an end")


def held(stretches: list[Stretch]) -> list[str]:
    ids = {
        run_id
        for stretch in stretches
        for batch in stretch.batches
        for run_id, date in zip(batch.table["run_id"].to_pylist(), batch.table["date"].to_pylist(), strict=True)
        if stretch.low <= date < stretch.high
    }
    return sorted(ids)


def tiles(stretches: list[Stretch]) -> bool:
    """Whether the stretches cover the order without gap or overlap."""
    edges = sorted((s.low, s.high) for s in stretches)
    return edges[0][0] == LOW and edges[-1][1] == HIGH and all(a[1] == b[0] for a, b in pairwise(edges))


def crowd(count: int, *, seed: int, bunched: bool) -> dict[str, Run]:
    chance = random.Random(seed)  # noqa: S311  test data
    span = (HIGH - LOW).total_seconds()
    runs = {}
    for number in range(count):
        offset = chance.random() ** 4 * span if bunched else chance.random() * span
        if bunched and chance.random() < 0.3:
            offset = 3600.0 * chance.randrange(40)
        if chance.random() < 0.5:
            offset = float(int(offset))
        text = "x" * (1 + number % 4)
        item = run(number, LOW + timedelta(seconds=min(offset, span - 1)), outputs=text)
        runs[item.run_id] = item
    return runs


HABITS = st.fixed_dictionaries(
    {
        "order": st.sampled_from(["falling", "rising", "shuffled"]),
        "cap": st.sampled_from([3, 7, 10_000]),
        "page_bytes": st.sampled_from([8, 40, 10**9]),
        "sizes": st.sampled_from([(), (25,), (4, 10, 25), (10, 50)]),
        "includes_start": st.booleans(),
        "includes_end": st.booleans(),
        "cuts_to_seconds": st.booleans(),
        "clamps": st.booleans(),
        "refuses_single": st.booleans(),
    }
)


CAPPED = {"order": "rising", "cap": 3, "page_bytes": 10**9, "sizes": (), "includes_start": False, "includes_end": False}


@example(habits=CAPPED, count=84, seed=901, bunched=True, rate=1.0, stray=None, doubles=frozenset())
@settings(max_examples=100, deadline=None)
@given(
    habits=HABITS,
    count=st.integers(0, 120),
    seed=st.integers(0, 10**6),
    bunched=st.booleans(),
    rate=st.sampled_from([None, 1e-9, 1e-4, 1.0]),
    stray=st.none() | st.integers(1, 30),
    doubles=st.frozensets(st.integers(0, 20), max_size=2),
)
def test_a_quiet_server_s_rows_come_each_once_whatever_its_habits(
    habits: dict[str, Any],
    count: int,
    seed: int,
    bunched: bool,
    rate: float | None,
    stray: int | None,
    doubles: frozenset[int],
) -> None:
    server = Server(crowd(count, seed=seed, bunched=bunched), **habits)
    is_cut = server.cap < 10 or server.page_bytes < 50 or server.sizes
    server.doubles = frozenset(f"r{number}" for number in doubles)
    server.stray = None if is_cut else stray  # not where the answer that would show the cut might be the lost one
    handed = read(server, rate=rate, chance=random.Random(seed))  # noqa: S311  test data
    assert tiles(handed)
    if not server.doubles or all(stretch.verified for stretch in handed):
        assert held(handed) == sorted(server.runs)
    assert server.doubles or all(stretch.verified for stretch in handed)


@settings(max_examples=100, deadline=None)
@given(habits=HABITS, count=st.integers(1, 80), seed=st.integers(0, 10**6), frequency=st.sampled_from([0.02, 0.2, 0.9]))
def test_what_was_there_from_the_start_is_never_lost_however_many_runs_come_in_meanwhile(
    habits: dict[str, Any], count: int, seed: int, frequency: float
) -> None:
    server = Server(crowd(count, seed=seed, bunched=False), **habits)
    chance = random.Random(seed)  # noqa: S311  test data
    before = set(server.runs)

    def insert() -> None:
        if chance.random() < frequency and len(server.runs) < 2 * count + 50:
            new = run(10_000 + len(server.runs), LOW + chance.random() * (HIGH - LOW))
            server.runs[new.run_id] = new

    handed = read(server, chance=chance, event=insert)
    assert tiles(handed)
    if all(stretch.verified for stretch in handed):
        assert before <= set(held(handed)) <= set(server.runs)


def even(count: int) -> dict[str, Run]:
    step = (HIGH - LOW) / (count + 1)
    return {f"r{n}": run(n, LOW + step * (n + 1)) for n in range(count)}


def test_a_small_flow_takes_two_requests() -> None:
    server = Server(even(9))
    assert held(read(server)) == sorted(server.runs)
    assert [ask.role for ask in server.asked] == [Role.ROWS, Role.CHECK]


def newest(server: Server, *, rate: float | None) -> list[Stretch]:
    """What is handed on of the last half of a day before the moment of reading."""
    handed: list[Stretch] = []
    order = Order(HIGH - timedelta(hours=12), HIGH, rate=rate)
    work = Slices(order, pin=HIGH, memory=Memory(10), sink=handed.append, now=lambda: HIGH)
    while asks := work.asks(8):
        answer = server.answer(asks[0])
        assert isinstance(answer, Batch)
        work.landed(asks[0], answer)
    return handed


@pytest.mark.parametrize("rate", [None, 1e-6])
def test_the_newest_hours_take_one_request_where_they_are_empty_and_no_run_is_expected(rate: float | None) -> None:
    server = Server({})
    handed = newest(server, rate=rate)
    assert (len(server.asked), [s.verified for s in handed], held(handed)) == (1, [True], [])


def test_an_empty_answer_is_believed_once_it_comes_twice_where_runs_are_expected_or_nobody_will_ask_again() -> None:
    past, busy = Server({}), Server({})
    for server, handed in ((past, read(past)), (busy, newest(busy, rate=1e-4))):
        assert [(ask.role, ask.size) for ask in server.asked] == [(Role.ROWS, 10), (Role.CHECK, 1)]
        assert [stretch.verified for stretch in handed] == [True]


def test_the_cost_grows_with_the_rows_and_not_with_rows_times_pages() -> None:
    server = Server(even(2000))
    read(server)
    assert len(server.asked) < 2000 / 10 * 1.5
    assert all(ask.page == 0 for ask in server.asked if ask.role is Role.ROWS)


def test_the_newest_stretch_is_handed_on_first() -> None:
    handed = read(Server(even(500)), chance=type("First", (), {"choice": lambda _, items: items[0]})())
    assert handed[0].high == HIGH
    assert len(handed[0].batches) <= 2
    assert [s.high for s in handed] == sorted((s.high for s in handed), reverse=True)


def test_more_runs_in_one_moment_than_fit_a_page_are_read_page_by_page() -> None:
    moment = LOW + timedelta(hours=5)
    server = Server({f"r{n}": run(n, moment) for n in range(95)} | {"x": run(999, moment - timedelta(hours=1))})
    assert len(held(read(server))) == 96


def test_a_quiet_cap_never_looks_like_the_end() -> None:
    server = Server(even(200), cap=4)
    handed = read(server)
    assert held(handed) == sorted(server.runs)
    assert all(stretch.verified for stretch in handed)


@pytest.mark.parametrize("sizes", [(25,), (50,), (10, 25, 50, 100)])
@pytest.mark.parametrize("count", [24, 25, 26, 60, 500])
@pytest.mark.parametrize("order", ["falling", "rising", "shuffled"])
def test_small_pages_that_are_not_honoured_never_look_like_the_end(
    sizes: tuple[int, ...], count: int, order: str
) -> None:
    server = Server(even(count), sizes=sizes, order=order)
    handed = read(server, size=1000)
    assert held(handed) == sorted(server.runs)
    assert all(stretch.verified for stretch in handed)


def test_that_small_pages_are_honoured_is_looked_at_once_in_a_reading() -> None:
    server = Server(even(2000))
    read(server)
    assert [ask.role for ask in server.asked].count(Role.FIRST) == 1


def test_a_server_that_gave_one_row_of_the_flow_need_not_be_asked_whether_it_honours_small_pages() -> None:
    server = Server(even(2000))
    handed = read(server, is_single_honoured=True)
    assert held(handed) == sorted(server.runs)
    assert Role.FIRST not in [ask.role for ask in server.asked]


def test_a_server_that_leaves_the_page_out_is_never_said_to_be_complete() -> None:
    server = Server(even(60), cap=20, ignores_page=True)
    assert [stretch.verified for stretch in read(server, size=1000)] == [False]


@pytest.mark.parametrize("order", ["falling", "rising", "shuffled"])
@pytest.mark.parametrize("count", [9, 50, 500])
def test_a_row_that_the_server_lists_twice_is_handed_on_once_and_verified(count: int, order: str) -> None:
    server = Server(even(count), doubles=frozenset({"r3", "r8"}), order=order)
    handed = read(server, size=20)
    assert held(handed) == sorted(server.runs)
    assert all(stretch.verified for stretch in handed)
    assert len(server.asked) < 4 + count / 5


@pytest.mark.parametrize("order", ["falling", "rising", "shuffled"])
def test_pages_that_end_once_a_body_is_full_are_made_smaller_until_all_of_them_comes(order: str) -> None:
    runs = even(400)
    for number, item in enumerate(runs.values()):
        runs[item.run_id] = item.model_copy(update={"outputs": "x" * (100 if number % 300 < 100 else 4000)})
    server = Server(runs, page_bytes=60_000, order=order)
    handed = read(server, size=1000)
    assert held(handed) == sorted(server.runs)
    assert all(stretch.verified for stretch in handed)


def test_a_cap_that_changes_in_the_midst_is_learned_again() -> None:
    server = Server(even(300))

    def tighten() -> None:
        server.cap = 40 if len(server.asked) < 10 else 7

    handed = read(server, size=1000, event=tighten)
    assert held(handed) == sorted(server.runs)
    assert all(stretch.verified for stretch in handed)


def test_a_server_that_never_holds_still_is_told() -> None:
    server = Server(even(5))

    def insert() -> None:
        new = run(1000 + len(server.runs), LOW + timedelta(minutes=len(server.runs)))
        server.runs[new.run_id] = new

    handed = read(server, size=1000, event=insert)
    assert [stretch.verified for stretch in handed] == [False]
    assert "changed while they were read" in (handed[0].note or "")
    assert sum(ask.role is Role.ROWS for ask in server.asked) == MAX_PASSES


def test_whatever_came_in_any_reading_of_a_part_that_never_holds_still_is_handed_on() -> None:
    moment = LOW + timedelta(hours=5)
    runs = {f"r{n}": run(n, moment) for n in range(200)}
    server = Server(runs, ties=random.Random(3))  # noqa: S311  test data
    handed = read(server, size=25)
    assert [stretch.verified for stretch in handed] == [False]
    assert held(handed) == sorted(server.sent)


def test_a_server_that_leaves_bounds_out_is_noticed() -> None:
    runs = even(50) | {"old": run(999, LOW - timedelta(days=30))}
    with pytest.raises(BoundsIgnoredError):
        read(Server(runs, ignores_bounds=True))


def test_a_refused_page_size_is_made_smaller() -> None:
    handed: list[Stretch] = []
    memory = Memory(1000)
    work = Slices(Order(LOW, HIGH), pin=PIN, memory=memory, sink=handed.append, now=lambda: PIN)
    ask = work.asks(1)[0]
    assert work.sidesteps(ask, Trouble(Kind.STATUS, status=422, about_size=True, bound=100), Tried())
    assert [a.size for a in work.asks(1)] == [100]
    assert not work.wants(ask)


def test_nothing_is_claimed_beyond_the_instant_of_reading() -> None:
    handed: list[Stretch] = []
    pin = LOW + timedelta(hours=1)
    work = Slices(Order(LOW, HIGH), pin=pin, memory=Memory(10), sink=handed.append, now=lambda: pin)
    ask = work.asks(1)[0]
    assert ask.high == pin
    work.landed(ask, Batch((), table_of([]), (), served_at=pin - timedelta(minutes=10)))
    assert [(s.low, s.high) for s in handed] == [(LOW, pin - timedelta(minutes=10))]
