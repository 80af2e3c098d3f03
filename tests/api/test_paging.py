"""What is read equals what the server holds, however it pages, and whatever happens between two pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_dash.api.body import page_of
from analytics_dash.api.listing import Listing
from analytics_dash.api.paging import Ask, Pass, Role, smaller_size
from analytics_dash.api.part import Memory
from analytics_dash.api.reading import Reading
from analytics_dash.api.refusal import refused
from analytics_dash.api.retry import Tried
from analytics_dash.runs.filter import RunFilter
from tests.api.fake_api import NOW, FakeApi, Habits
from tests.factories import NOON, run_row, run_rows

MAX_STEPS: Final = 5_000  # far beyond what any listing below needs: reaching it is a loop


def drive(
    listing: Listing,
    api: FakeApi,
    *,
    size: int,
    width: int = 4,
    pick: Callable[[int], int] = lambda count: 0,
    between: Callable[[], None] = lambda: None,
    stop_after: int | None = None,
) -> Memory:
    """Read as the client does, without threads: `pick` chooses which request is answered next."""
    memory, reading, air = Memory(size), Reading(listing), list[Ask]()
    listing.begin(NOW, memory)
    for step in range(MAX_STEPS):
        asks = reading.asks(width)
        if not asks or step == stop_after:
            return memory
        air = [ask for ask in air if reading.wants(ask)]
        air += [ask for ask in asks if ask not in air][: max(0, width - len(air))]
        ask = air.pop(pick(len(air)) % len(air))
        answer(reading, ask, api.list_runs(listing.query(ask)))
        between()
    raise AssertionError("reading does not end")


def answer(reading: Reading, ask: Ask, response: httpx.Response) -> None:
    if response.status_code == 200:
        reading.landed(ask, page_of(response.content, number=ask.page))
        return
    trouble = refused(response.status_code, response.headers, response.content, now=NOW, secrets=())
    assert reading.sidesteps(ask, trouble, Tried().after(trouble)), "refused for good"


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["run_id"] for row in rows]


def read_ids(listing: Listing) -> set[str]:
    return {run.run_id for run in listing.runs()}


sane_habits = st.builds(
    Habits,
    cap=st.none() | st.integers(1, 12),
    offset_by_cap=st.booleans(),
    refuses_above=st.none() | st.integers(25, 40),
    names_bound=st.booleans(),
    ignores_start=st.booleans(),
    ignores_end=st.booleans(),
    inclusive_end=st.booleans(),
    exclusive_start=st.booleans(),
)
picks = st.lists(st.integers(0, 7), max_size=60)
fast = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def picker(choices: list[int]) -> Callable[[int], int]:
    remaining = list(choices)
    return lambda count: remaining.pop() if remaining else 0


@fast
@given(count=st.integers(0, 60), habits=sane_habits, size=st.integers(1, 60), width=st.integers(1, 8), order=picks)
def test_every_row_of_a_still_server_is_read_once_and_verified(
    count: int, habits: Habits, size: int, width: int, order: list[int]
) -> None:
    api = FakeApi(run_rows(count), habits)
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=size, width=width, pick=picker(order))
    report = listing.report
    assert [run.run_id for run in listing.runs()] == ids(api.rows)
    assert (report.verified, report.complete, report.notes) == (True, True, ())


@fast
@given(count=st.integers(0, 50), fixed=st.integers(1, 20), size=st.integers(1, 60), order=picks)
def test_a_server_that_leaves_the_page_size_out_is_verified_by_a_second_reading(
    count: int, fixed: int, size: int, order: list[int]
) -> None:
    api = FakeApi(run_rows(count), Habits(fixed_size=fixed))
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=size, pick=picker(order))
    assert read_ids(listing) == set(ids(api.rows))
    assert listing.report.verified


@fast
@given(
    count=st.integers(0, 40),
    habits=sane_habits,
    size=st.integers(1, 30),
    start=st.none() | st.integers(-5, 45),
    minutes=st.integers(1, 50),
    closed=st.booleans(),
)
def test_bounds_are_half_open_whatever_the_server_takes_them_for(
    count: int, habits: Habits, size: int, start: int | None, minutes: int, closed: bool
) -> None:
    api = FakeApi(run_rows(count), habits)
    begin = NOON - timedelta(minutes=start + minutes) if start is not None else None
    end = NOON - timedelta(minutes=start or 0) if closed else None
    wish = RunFilter(start=begin, end=end)
    listing = Listing("org", "flow", wish)
    drive(listing, api, size=size)
    dates = {row["run_id"]: datetime.fromisoformat(row["date"]) for row in api.rows}
    expected = {key for key, date in dates.items() if wish.matches(date=date, user_id=None, state=None)}
    assert read_ids(listing) == expected
    assert listing.report.verified


@fast
@given(
    count=st.integers(1, 40),
    habits=sane_habits,
    size=st.integers(1, 20),
    order=picks,
    is_adding=st.booleans(),
    changes=st.lists(st.none() | st.integers(0, 60), max_size=60),
)
def test_a_verified_listing_is_one_state_of_the_server_while_runs_only_come_or_only_go(
    count: int, habits: Habits, size: int, order: list[int], is_adding: bool, changes: list[int | None]
) -> None:
    api = FakeApi(run_rows(count), habits)
    states = [set(ids(api.rows))]
    todo = list(changes)

    def change() -> None:
        place = todo.pop() if todo else None
        if place is None:
            return
        if is_adding:
            api.rows.insert(place % (len(api.rows) + 1), run_row(f"new-{len(todo)}", date=NOON))
        elif api.rows:
            api.rows.pop(place % len(api.rows))
        states.append(set(ids(api.rows)))

    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=size, pick=picker(order), between=change)
    assert listing.report.complete
    assert len(listing.runs()) == len(read_ids(listing))
    if listing.report.verified:
        assert read_ids(listing) in states
    else:
        assert listing.report.notes
        lasting = set.intersection(*states)
        assert read_ids(listing) <= set.union(*states)
        assert lasting - read_ids(listing) == set() or listing.report.passes > 1


@fast
@given(count=st.integers(0, 40), habits=sane_habits, size=st.integers(1, 20), stop=st.integers(0, 30), order=picks)
def test_reading_on_after_any_interruption_gives_what_an_uninterrupted_reading_gives(
    count: int, habits: Habits, size: int, stop: int, order: list[int]
) -> None:
    api = FakeApi(run_rows(count), habits)
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=size, pick=picker(order), stop_after=stop)
    before, pages = read_ids(listing), listing.pages
    assert before <= set(ids(api.rows))
    drive(listing, api, size=size + 3)
    assert [run.run_id for run in listing.runs()] == ids(api.rows)
    assert listing.report.verified
    assert listing.pages >= pages


@fast
@given(count=st.integers(1, 60), limits=st.lists(st.integers(1, 12), min_size=1, max_size=30), size=st.integers(2, 20))
def test_no_row_is_lost_where_the_server_changes_how_many_it_serves(count: int, limits: list[int], size: int) -> None:
    api = FakeApi(run_rows(count), Habits(cap=12, offset_by_cap=False))
    todo = list(limits)

    def change() -> None:
        if todo:
            api.habits.cap = todo.pop()

    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=size, between=change)
    assert read_ids(listing) == set(ids(api.rows)) or not listing.report.verified
    drive(again := Listing("org", "flow", RunFilter()), api, size=size)
    assert read_ids(again) == set(ids(api.rows))


def test_a_last_page_cut_short_twice_is_not_taken_for_the_end() -> None:
    """Two readings agree, but the fence has seen a row that neither holds."""
    api = FakeApi(run_rows(5))
    whole = api.list_runs

    def cut(query: Mapping[str, str]) -> httpx.Response:
        response = whole(query)
        is_last = (query["page"], query["page_size"]) == ("1", "3") and "start_date" not in query
        return httpx.Response(200, json=response.json()[:1]) if is_last else response

    api.list_runs = cut  # type: ignore[method-assign]
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=3)
    assert read_ids(listing) == set(ids(api.rows))
    assert not listing.report.verified


def test_a_flow_with_few_runs_costs_four_requests() -> None:
    """The page, nothing behind it, its last row still in place, and the look at what came since."""
    api, asked = FakeApi(run_rows(10)), list[dict[str, str]]()
    listing = Listing("org", "flow", RunFilter())
    reading = Reading(listing)
    listing.begin(NOW, Memory(1000))
    while asks := reading.asks(8):
        assert len(asks) == 1
        asked.append(listing.query(asks[0]))
        answer(reading, asks[0], api.list_runs(asked[-1]))
    assert [(query["page"], query["page_size"]) for query in asked] == [
        ("0", "1000"),
        ("1", "10"),
        ("9", "1"),
        ("0", "1000"),
    ]
    assert asked[0]["end_date"] == "2026-11-24T12:00:00Z"
    assert asked[3]["start_date"] == "2026-11-24T11:59:55Z"
    assert "end_date" not in asked[3]
    assert listing.report.verified


def test_runs_dated_in_the_future_and_runs_that_came_meanwhile_are_read() -> None:
    future = run_row("future", date=NOW + timedelta(days=1))
    api = FakeApi([future, *run_rows(30)])

    def arrive() -> None:
        if len(api.rows) < 40:
            api.rows.insert(0, run_row(f"new-{len(api.rows)}", date=NOW + timedelta(seconds=len(api.rows))))

    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=10, between=arrive)
    assert {"future", *ids(run_rows(30)), "new-31"} <= read_ids(listing)


@pytest.mark.parametrize("count", [1, 3, 20, 25, 40])
def test_a_server_that_leaves_the_page_out_ends_with_a_note(count: int) -> None:
    api = FakeApi(run_rows(count), Habits(ignores_page=True))
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=20)
    report = listing.report
    assert report.complete
    assert not report.verified
    assert len(listing.runs()) == min(count, 20)
    assert "repeats" in report.notes[0]


@pytest.mark.parametrize("count", [5, 20, 40, 47])
def test_a_server_that_stays_on_its_last_page_ends_with_every_row_and_a_note(count: int) -> None:
    api = FakeApi(run_rows(count), Habits(clamps=True))
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=10)
    assert listing.report.complete
    assert read_ids(listing) == set(ids(api.rows))
    assert not listing.report.verified


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_a_server_that_truly_holds_a_run_twice_is_verified_by_two_readings_that_agree(size: int) -> None:
    rows = run_rows(30)
    api = FakeApi([*rows[:10], rows[3], *rows[10:], rows[20]])
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=size)
    assert [run.run_id for run in listing.runs()] == ids(rows)
    assert listing.report.verified
    assert listing.report.duplicates > 0


def test_runs_deleted_above_the_reading_are_noticed_and_read_again() -> None:
    """The row that slides over a page border would be lost; nothing comes twice, and the last row is in place."""
    api, steps = FakeApi(run_rows(40)), list[int]()

    def delete_once() -> None:
        steps.append(1)
        if len(steps) == 1:
            api.rows.pop(3)

    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=10, width=1, between=delete_once)
    assert read_ids(listing) == set(ids(api.rows))
    assert listing.report.verified
    assert listing.report.passes == 2


def test_a_listing_that_never_holds_still_keeps_all_that_was_seen_and_says_so() -> None:
    api, steps = FakeApi(run_rows(40)), list[int]()

    def churn() -> None:
        steps.append(1)
        api.rows.insert(0, run_row(f"new-{len(steps)}", date=NOON))

    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=10, width=1, between=churn)
    report = listing.report
    assert (report.complete, report.verified, report.passes) == (True, False, 4)
    assert set(ids(run_rows(40))) <= read_ids(listing)
    assert "changed while they were read" in report.notes[0]


def test_a_run_that_leaves_the_filter_while_it_is_read_is_not_kept() -> None:
    rows = [run_row(f"run-{n}", date=NOON - timedelta(minutes=n), state="PENDING") for n in range(20)]
    api, steps = FakeApi(rows), list[int]()

    def finish_one() -> None:
        steps.append(1)
        if len(steps) == 1:
            rows[2]["state"] = "COMPLETED"

    listing = Listing("org", "flow", RunFilter(states=("PENDING",)))
    drive(listing, api, size=5, between=finish_one)
    assert read_ids(listing) == {f"run-{n}" for n in range(20)} - {"run-2"}
    assert listing.report.verified


def test_a_finished_run_is_never_replaced_by_an_unfinished_version_of_it() -> None:
    api = FakeApi(
        [run_row("a", state="COMPLETED"), run_row("b"), run_row("a", state="RESUMED", is_flow_successful=None)]
    )
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=10)
    assert {run.run_id: run.state for run in listing.runs()} == {"a": "COMPLETED", "b": "COMPLETED"}


def test_the_later_of_two_finished_versions_wins() -> None:
    api = FakeApi([run_row("a", feedback=None), run_row("b"), run_row("a", feedback="good")])
    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=10)
    assert {run.run_id: run.feedback for run in listing.runs()}["a"] == "good"


def test_malformed_rows_are_set_aside_once_with_the_reason_and_without_the_value() -> None:
    bad: list[Any] = [{"run_id": "bad-date", "date": "SENTINEL"}, {"date": NOON.isoformat()}, 7, None]
    api = FakeApi([*run_rows(5), *bad, *run_rows(5, newest=NOON - timedelta(days=1))[:0]])
    api.rows += [run_row("last", date=NOON - timedelta(days=2))]
    listing = Listing("org", "flow", RunFilter())
    for row in bad:
        assert row in api.rows
    FakeApiOfAnything.serve(api)
    drive(listing, api, size=4)
    report = listing.report
    assert len(listing.runs()) == 6
    assert [aside.run_id for aside in report.set_aside] == ["bad-date", None, None, None]
    assert "SENTINEL" not in repr(report)
    assert report.set_aside[0].reason.startswith("date: ")
    assert report.set_aside[0].page == 1
    assert report.verified


class FakeApiOfAnything:
    """Lets a server hold rows that are not objects."""

    @staticmethod
    def serve(api: FakeApi) -> None:
        api.matching = lambda query: list(api.rows)  # type: ignore[method-assign]


def test_a_later_good_version_clears_a_row_set_aside() -> None:
    api, steps = FakeApi([run_row("a", date=NOON), *run_rows(9)]), list[int]()
    api.rows[0]["date"] = "broken"
    FakeApiOfAnything.serve(api)

    def mend() -> None:
        steps.append(1)
        if len(steps) == 1:
            api.rows[0]["date"] = NOON.isoformat()
            api.rows.append(run_row("more"))

    listing = Listing("org", "flow", RunFilter())
    drive(listing, api, size=4, width=1, between=mend)
    listing2 = Listing("org", "flow", RunFilter())
    drive(listing2, api, size=4)
    assert listing2.report.set_aside == ()
    assert "a" in read_ids(listing2)


def test_a_long_range_is_read_in_slices_of_time() -> None:
    """Deep offsets cost the server: the deepest one asked for stays far below the number of rows."""
    step = timedelta(seconds=1)
    rows = run_rows(20, newest=NOON, step=step)
    rows += [run_row(f"old-{n}", date=NOON - timedelta(hours=n + 1)) for n in range(600)]
    api, deepest = FakeApi(rows), list[int]()
    wish = RunFilter(start=NOON - timedelta(days=30), end=NOON + timedelta(minutes=1))
    listing = Listing("org", "flow", wish)
    listing.begin(NOW, Memory(10))
    reading = Reading(listing)
    while asks := reading.asks(4):
        deepest.append(asks[0].page * asks[0].size)
        answer(reading, asks[0], api.list_runs(listing.query(asks[0])))
    assert read_ids(listing) == set(ids(rows))
    assert listing.report.verified
    assert max(deepest) < len(rows)


@pytest.mark.parametrize("no_start", [False, True])
@pytest.mark.parametrize("no_end", [False, True])
def test_slices_are_right_on_servers_that_leave_bounds_out(no_start: bool, no_end: bool) -> None:
    """The newest runs are dense, so that the range is sliced; the servers then send more than a slice."""
    rows = run_rows(20, newest=NOON, step=timedelta(seconds=1))
    rows += [run_row(f"old-{n}", date=NOON - timedelta(hours=n + 1)) for n in range(300)]
    wish = RunFilter(start=NOON - timedelta(days=9), end=NOON + timedelta(minutes=1))
    listing = Listing("org", "flow", wish)
    drive(listing, FakeApi(rows, Habits(ignores_start=no_start, ignores_end=no_end)), size=10)
    dates = {row["run_id"]: datetime.fromisoformat(row["date"]) for row in rows}
    assert read_ids(listing) == {k for k, d in dates.items() if wish.matches(date=d, user_id=None, state=None)}
    assert listing.report.verified


def test_a_clock_that_is_ahead_pins_at_the_servers_time() -> None:
    listing = Listing("org", "flow", RunFilter())
    listing.begin(NOW, Memory(10))
    reading = Reading(listing)
    served_at = datetime(2026, 11, 24, 11, tzinfo=UTC)
    content = json.dumps(run_rows(10)).encode()
    reading.landed(reading.asks(1)[0], page_of(content, number=0, served_at=served_at))
    assert listing.query(reading.asks(1)[0])["end_date"] == "2026-11-24T11:00:00Z"
    assert listing.report.as_of == served_at


def test_a_refused_size_falls_to_the_bound_it_names_or_down_the_ladder() -> None:
    assert smaller_size(1000, 200) == 200
    assert smaller_size(1000, 5000) == 500
    assert smaller_size(1000, None) == 500
    assert smaller_size(60, None) == 50
    assert smaller_size(25, None) is None


def test_no_more_than_the_window_is_asked_for_past_the_end() -> None:
    one = Pass(10)
    one.landed(Ask(0, 10), tuple(map(str, range(10))))
    assert [ask.page for ask in one.asks(3)] == [1, 2, 3]
    one.landed(Ask(2, 10), ())
    assert [ask.page for ask in one.asks(3)] == [1]
    one.landed(Ask(1, 10), ("a", "b"))
    assert {(ask.page, ask.role) for ask in one.asks(9)} == {(9, Role.FENCE), (11, Role.FENCE), (12, Role.FENCE)}
