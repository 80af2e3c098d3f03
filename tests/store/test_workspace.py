"""One sign-in's way to the shared store: what it may see, what is read for it, and who waits for whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics_dash.api.auth import api_key
from analytics_dash.demo.server import DEMO_API_KEY, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.errors import Forbidden, SignInExpired
from analytics_dash.runs.view import NO_USER, View
from analytics_dash.settings import Settings
from analytics_dash.store.access import ASK_AGAIN_S, LASTS_S, Access
from analytics_dash.store.dataset import FRESH, Dataset
from analytics_dash.store.library import Library
from analytics_dash.store.sync import Stage, Sync
from analytics_dash.store.workspace import Workspace
from tests.moments import NOW

PATIENCE_S = 20.0


@pytest.fixture
def shared(demo_settings: Settings) -> Iterator[Library]:
    opened = Library(demo_settings)
    yield opened
    opened.close()


@pytest.fixture
def workspace(demo_settings: Settings, shared: Library) -> Iterator[Workspace]:
    opened = Workspace(api_key(DEMO_API_KEY), settings=demo_settings, shared=shared)
    yield opened
    opened.close()


@pytest.fixture
def view(demo_world: World) -> View:
    return View(org=demo_world.organization_id, flow=demo_world.flows[0].id, range="30d", tests=True)


def read(workspace: Workspace, view: View, *, now: datetime = NOW, refresh: bool = False) -> Sync:
    sync = workspace.sync(view, now=now, refresh=refresh)
    assert sync is not None
    assert sync.wait(PATIENCE_S)
    return sync


def data(workspace: Workspace, view: View, *, now: datetime = NOW) -> AbstractContextManager[Dataset | None]:
    return workspace.data(view, now=now)


def asked_for_runs(api: DemoServer) -> int:
    return sum("/flows/" in request.path for request in api.requests)


def test_a_view_s_runs_are_the_server_s_of_the_range_each_once(
    workspace: Workspace, view: View, demo_world: World
) -> None:
    read(workspace, view)
    with data(workspace, view) as dataset:
        assert dataset is not None
        start, end = dataset.interval
        held = sorted(row[0] for row in dataset.runs(view).project("run_id").fetchall())
        there = demo_world.rows(view.flow or "", at=NOW, start=start, end=end - timedelta(microseconds=1))
        assert held == sorted(row["run_id"] for row in there)
        assert dataset.complete
        assert dataset.report.verified
        assert dataset.report.rows == len(held)


def test_a_narrower_view_needs_no_reading(workspace: Workspace, view: View, demo_api: DemoServer) -> None:
    first = read(workspace, view)
    asked = asked_for_runs(demo_api)
    for narrower in (
        replace(view, range="7d"),
        replace(view, state=("FAILED",)),
        view.narrowed(NOW - timedelta(days=3), NOW - timedelta(days=1)),
    ):
        assert read(workspace, narrower) is first
        with data(workspace, narrower) as dataset:
            assert dataset is not None
            assert dataset.complete
    assert asked_for_runs(demo_api) == asked


def test_a_wider_view_reads_only_what_is_missing(workspace: Workspace, view: View, demo_api: DemoServer) -> None:
    read(workspace, replace(view, range="7d"))
    before = len(demo_api.requests)
    read(workspace, view)
    starts = [request.query for request in demo_api.requests[before:] if "/flows/" in request.path]
    assert 0 < len(starts) <= 5  # the newest and the gap, each with its count, and one look after unfinished runs
    with data(workspace, view) as dataset:
        assert dataset is not None
        assert dataset.complete


def test_a_reading_with_nothing_new_takes_three_requests(
    workspace: Workspace, view: View, demo_api: DemoServer
) -> None:
    read(workspace, view)
    before = len(demo_api.requests)
    assert read(workspace, view, refresh=True).status.stage is Stage.DONE
    assert len(demo_api.requests) - before <= 3


def test_another_process_s_rows_are_there_at_once_but_only_after_the_api_has_answered_this_token(
    workspace: Workspace, view: View, demo_settings: Settings, shared: Library, demo_api: DemoServer
) -> None:
    read(workspace, view)
    other = Workspace(api_key(DEMO_API_KEY), settings=demo_settings, shared=shared)
    with data(other, view) as dataset:
        assert dataset is None
    other.access(view).begin()
    other.access(view).wait(PATIENCE_S)
    asked = len(demo_api.requests)
    with data(other, view) as dataset:
        assert dataset is not None
        assert dataset.complete
    assert len(demo_api.requests) == asked


def test_a_token_that_the_api_refuses_sees_nothing_of_what_others_have_read(
    workspace: Workspace, view: View, demo_settings: Settings, shared: Library
) -> None:
    read(workspace, view)
    stranger = Workspace(api_key("wrong"), settings=demo_settings, shared=shared)
    sync = stranger.sync(view, now=NOW)
    assert sync is not None
    assert sync.wait(PATIENCE_S)
    assert isinstance(stranger.refused(view, sync), SignInExpired)
    with data(stranger, view) as dataset:
        assert dataset is None


def test_closing_ends_the_right_and_leaves_the_rows_to_others(
    workspace: Workspace, view: View, demo_settings: Settings, shared: Library
) -> None:
    read(workspace, view)
    workspace.close()
    with data(workspace, view) as dataset:
        assert dataset is None
    again = Workspace(api_key(DEMO_API_KEY), settings=demo_settings, shared=shared)
    again.access(view).begin()
    again.access(view).wait(PATIENCE_S)
    with data(again, view) as dataset:
        assert dataset is not None


class TestAccess:
    """The right to see a flow's rows."""

    def test_it_is_asked_again_at_intervals_and_withdrawn_when_refused(self) -> None:
        now = [0.0]
        answers: list[Exception | None] = [None, Forbidden("no")]

        def ask() -> None:
            answer = answers.pop(0)
            if answer is not None:
                raise answer

        right = Access(ask, clock=lambda: now[0])
        seen = [right.is_granted]
        right.begin()
        right.wait(PATIENCE_S)
        seen.append(right.is_granted)
        now[0] = ASK_AGAIN_S + 1
        seen.append(right.is_granted)  # the answer of before still counts while it is asked again
        right.wait(PATIENCE_S)
        assert [*seen, right.is_granted] == [False, True, True, False]
        assert isinstance(right.refusal, Forbidden)

    def test_an_api_that_does_not_answer_for_long_ends_it(self) -> None:
        now = [0.0]

        def ask() -> None:
            raise OSError

        right = Access(lambda: None, clock=lambda: now[0])
        right.grant()
        now[0] = LASTS_S + 1
        assert not right.is_granted


def test_another_flow_is_never_answered_with_this_one_s_rows(workspace: Workspace, view: View) -> None:
    read(workspace, view)
    for other in (replace(view, flow="another"), replace(view, org="another")):
        with data(workspace, other) as dataset:
            assert dataset is None


def test_a_refresh_and_old_age_read_again_and_the_old_rows_stay_until_then(workspace: Workspace, view: View) -> None:
    first = read(workspace, view)
    again = read(workspace, view, refresh=True)
    assert again is not first
    later = NOW + FRESH + timedelta(seconds=1)
    assert workspace.sync(view, now=later) is not again
    with data(workspace, view, now=later) as dataset:
        assert dataset is not None


def test_a_range_that_goes_on_is_looked_at_up_to_the_reading_and_read_again_when_that_is_old(
    workspace: Workspace, view: View
) -> None:
    goes_on = view.narrowed(NOW - timedelta(days=3), NOW + timedelta(hours=1))
    first = read(workspace, goes_on)
    with data(workspace, goes_on) as dataset:
        assert dataset is not None
        assert dataset.complete
        assert not dataset.has_ended
        assert dataset.interval[0] == NOW - timedelta(days=3)
        assert timedelta() <= dataset.as_of - dataset.interval[1] <= timedelta(seconds=3)
    assert workspace.sync(goes_on, now=NOW + FRESH) is first
    for later in (NOW + FRESH + timedelta(seconds=1), NOW + timedelta(hours=2)):
        again = read(workspace, goes_on, now=later)
        assert again is not first
        first = again


def test_a_range_that_begins_later_gives_no_right_to_the_flow(
    demo_settings: Settings, shared: Library, workspace: Workspace, view: View
) -> None:
    read(workspace, view)
    stranger = Workspace(api_key("wrong"), settings=demo_settings, shared=shared)
    assert read(stranger, view.narrowed(NOW + timedelta(days=1), NOW + timedelta(days=2))).status.stage is Stage.DONE
    with data(stranger, view) as dataset:
        assert dataset is None


def test_a_flow_that_is_not_this_person_s_gives_the_reason_and_no_rows(
    workspace: Workspace, view: View, demo_world: World
) -> None:
    forbidden = replace(view, flow=next(flow.id for flow in demo_world.flows if flow.forbidden))
    sync = workspace.sync(forbidden, now=NOW)
    assert sync is not None
    assert sync.wait(PATIENCE_S)
    assert sync.status.stage is Stage.FAILED
    assert isinstance(workspace.refused(forbidden, sync), Forbidden)
    with data(workspace, forbidden) as dataset:
        assert dataset is None


def test_the_same_failed_reading_is_not_asked_for_again_by_itself(
    workspace: Workspace, view: View, demo_api: DemoServer
) -> None:
    missing = replace(view, flow="missing")
    sync = workspace.sync(missing, now=NOW)
    assert sync is not None
    assert sync.wait(PATIENCE_S)
    asked = len(demo_api.requests)
    assert workspace.sync(missing, now=NOW) is sync
    assert len(demo_api.requests) == asked


def test_without_a_flow_nothing_is_read(workspace: Workspace, demo_api: DemoServer) -> None:
    asked = len(demo_api.requests)
    assert workspace.sync(View(org="o"), now=NOW) is None
    assert len(demo_api.requests) == asked


def test_the_organization_s_own_count_is_held_against_ours(workspace: Workspace, view: View) -> None:
    read(workspace, view)
    with data(workspace, view) as dataset:
        assert dataset is not None
        assert dataset.summary is not None
        of = dataset.summary.interval
        assert dataset.summary.totals.total_runs == len(dataset.runs(view, start=of.low, end=of.high)) > 0


def test_a_count_that_is_older_than_the_data_is_known_to_be(
    workspace: Workspace, view: View, demo_api: DemoServer
) -> None:
    read(workspace, view)
    later = NOW + timedelta(minutes=4)
    read(workspace, view, now=later, refresh=True)
    with data(workspace, view, now=later) as dataset:
        assert dataset is not None
        assert dataset.summary is not None
        assert not dataset.is_summarized


def test_two_viewers_of_one_flow_are_served_by_one_reading_after_the_other_and_the_second_costs_little(
    demo_world: World, view: View, demo_settings: Settings, shared: Library
) -> None:
    with DemoServer(demo_world, clock=lambda: NOW, latency_s=0.05) as slow:
        settings = demo_settings.model_copy(update={"api_url": slow.url, "page_size": 100})
        one, two = (Workspace(api_key(DEMO_API_KEY), settings=settings, shared=shared) for _ in range(2))
        first, second = one.sync(view, now=NOW), two.sync(view, now=NOW)
        assert first is not None
        assert second is not None
        assert second.status.stage is Stage.READING
        assert first.wait(PATIENCE_S)
        cost = len(slow.requests)
        assert second.wait(PATIENCE_S)
        assert len(slow.requests) - cost < 12
        with data(two, view) as dataset:
            assert dataset is not None
            assert dataset.complete


def test_a_viewer_who_leaves_does_not_break_the_reading_of_the_others(
    demo_world: World, view: View, demo_settings: Settings, shared: Library
) -> None:
    with DemoServer(demo_world, clock=lambda: NOW, latency_s=0.05) as slow:
        settings = demo_settings.model_copy(update={"api_url": slow.url, "page_size": 50})
        one, two = (Workspace(api_key(DEMO_API_KEY), settings=settings, shared=shared) for _ in range(2))
        first, second = one.sync(view, now=NOW), two.sync(view, now=NOW)
        assert first is not None
        assert second is not None
        one.close()
        assert first.wait(PATIENCE_S)
        assert first.status.stage is Stage.CANCELLED
        assert second.wait(PATIENCE_S)
        assert second.status.stage is Stage.DONE
        with data(two, view) as dataset:
            assert dataset is not None
            assert dataset.complete


def test_one_user_of_a_flow_that_is_not_read_comes_first_by_the_server_s_own_filter(
    demo_world: World, view: View, demo_settings: Settings, shared: Library
) -> None:
    rows = demo_world.rows(view.flow or "", at=NOW, start=NOW - timedelta(days=30), end=NOW)
    user = next(row["user_id"] for row in rows if row["user_id"])
    with DemoServer(demo_world, clock=lambda: NOW, latency_s=0.1) as slow:
        settings = demo_settings.model_copy(update={"api_url": slow.url, "page_size": 20})
        opened = Workspace(api_key(DEMO_API_KEY), settings=settings, shared=shared)
        asked = replace(view, user=(user,))
        sync = opened.sync(asked, now=NOW)
        assert sync is not None
        for _ in range(200):
            with data(opened, asked) as dataset:
                if dataset is not None and dataset.complete:
                    break
            sync.wait(0.05)
        else:
            raise AssertionError("the user's runs did not come")
        assert sync.status.stage is Stage.READING
        first = next(request.query for request in slow.requests if "/flows/" in request.path)
        assert "user_id" in first
        with data(opened, asked) as dataset:
            assert dataset is not None
            assert dataset.only_user
            held = {row[0] for row in dataset.runs(asked).project("run_id").fetchall()}
            start, end = dataset.interval
        assert held == {r["run_id"] for r in rows if r["user_id"] == user and str(start) <= _day(r["date"]) < str(end)}
        opened.close()
        assert sync.wait(PATIENCE_S)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (("u-1",), "u-1"),
        (("\\*u-1*",), "*u-1*"),
        (("*u-1*",), None),
        ((NO_USER,), None),
        (("u-1", "*u-2*"), None),
        ((), None),
    ],
)
def test_the_api_is_asked_for_one_user_only_where_the_view_names_just_one(
    workspace: Workspace, view: View, written: tuple[str, ...], asked: str | None
) -> None:
    scope = workspace.scope(replace(view, user=written), now=NOW)
    assert scope is not None
    assert scope.asked.user_id == asked
    assert scope.asked.is_narrow is (asked is not None)


def _day(text: str) -> str:
    return str(datetime.fromisoformat(text).astimezone(UTC))


def test_forgetting_a_flow_leaves_nothing_of_it(workspace: Workspace, view: View, shared: Library) -> None:
    read(workspace, view)
    workspace.forget(view)
    with data(workspace, view) as dataset:
        assert dataset is None
    with shared.engine.reading() as cursor:
        for table in ("stored_runs", "texts", "coverage", "set_aside"):
            assert cursor.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608  names of ours


def test_runs_past_their_retention_leave_the_store_and_are_not_read_again(
    view: View, demo_settings: Settings, workspace: Workspace, shared: Library
) -> None:
    read(workspace, view)
    brief = demo_settings.model_copy(update={"retention_days": 10})
    kept = Library(brief, shared.engine)
    short = Workspace(api_key(DEMO_API_KEY), settings=brief, shared=kept)
    read(short, view)
    with data(short, view) as dataset:
        assert dataset is not None
        assert dataset.report.oldest is not None
        assert dataset.report.oldest >= NOW - timedelta(days=10, minutes=10)
        assert dataset.report.rows > 0


def test_the_flows_are_named_once_asked(workspace: Workspace, demo_world: World, demo_api: DemoServer) -> None:
    names = {project.project_name for project in workspace.projects()}
    asked = len(demo_api.requests)
    assert {flow.name for flow in demo_world.flows} == names
    workspace.projects()
    assert len(demo_api.requests) == asked
