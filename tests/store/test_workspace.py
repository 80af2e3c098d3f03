"""One sign-in's data: read once, shared by its tabs, read again when asked or stale, and gone at sign-out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from analytics_dash.api.auth import api_key
from analytics_dash.demo.server import DEMO_API_KEY, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.errors import Forbidden
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.sync import Dataset, Stage, Sync
from analytics_dash.store.workspace import FRESH, Workspace
from tests.moments import NOW

PATIENCE_S = 20.0


@pytest.fixture
def workspace(demo_settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(api_key(DEMO_API_KEY), settings=demo_settings)
    yield opened
    opened.close()


@pytest.fixture
def view(demo_world: World) -> View:
    return View(org=demo_world.organization_id, flow=demo_world.flows[0].id, range="30d", tests=True)


def read(workspace: Workspace, view: View, *, now: datetime = NOW, refresh: bool = False) -> tuple[Sync, Dataset]:
    sync = workspace.sync(view, now=now, refresh=refresh)
    assert sync is not None
    assert sync.wait(PATIENCE_S)
    dataset = workspace.dataset(view)
    assert dataset is not None
    return sync, dataset


def test_a_view_s_runs_are_the_server_s_of_the_range_each_once(
    workspace: Workspace, view: View, demo_world: World
) -> None:
    _, dataset = read(workspace, view)
    start, end = dataset.interval(view)
    held = sorted(row[0] for row in dataset.store.runs(view, start=start, end=end).select("run_id").fetchall())
    there = demo_world.rows(view.flow or "", at=NOW, start=start, end=end - timedelta(microseconds=1))
    assert held == sorted(row["run_id"] for row in there)
    assert dataset.complete
    assert dataset.report.verified


def test_a_narrower_view_needs_no_reading(workspace: Workspace, view: View, demo_api: DemoServer) -> None:
    first, _ = read(workspace, view)
    asked = len(demo_api.requests)
    for narrower in (
        replace(view, range="7d"),
        replace(view, state=("FAILED",)),
        view.narrowed(NOW - timedelta(days=3), NOW),
    ):
        assert read(workspace, narrower)[0] is first
    assert len(demo_api.requests) == asked


def test_a_wider_view_is_read(workspace: Workspace, view: View) -> None:
    first, _ = read(workspace, replace(view, range="7d"))
    assert read(workspace, view)[0] is not first


def test_another_flow_is_never_answered_with_this_one_s_rows(workspace: Workspace, view: View) -> None:
    read(workspace, view)
    assert workspace.dataset(replace(view, flow="another")) is None
    assert workspace.dataset(replace(view, org="another")) is None


def test_a_refresh_and_old_age_read_again_and_the_old_rows_stay_until_then(workspace: Workspace, view: View) -> None:
    first, _ = read(workspace, view)
    again, _ = read(workspace, view, refresh=True)
    assert again is not first
    stale = workspace.sync(view, now=NOW + FRESH + timedelta(seconds=1))
    assert stale is not again
    assert workspace.dataset(view) is not None


def test_a_flow_that_is_not_this_person_s_gives_the_reason_and_no_rows(
    workspace: Workspace, view: View, demo_world: World
) -> None:
    forbidden = next(flow.id for flow in demo_world.flows if flow.forbidden)
    sync = workspace.sync(replace(view, flow=forbidden), now=NOW)
    assert sync is not None
    assert sync.wait(PATIENCE_S)
    assert sync.status.stage is Stage.FAILED
    assert isinstance(sync.status.error, Forbidden)
    assert workspace.dataset(replace(view, flow=forbidden)) is None


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
    _, dataset = read(workspace, view)
    assert dataset.summary is not None
    assert dataset.summary.total_runs == dataset.report.rows


def test_closing_lets_go_of_every_row(workspace: Workspace, view: View) -> None:
    read(workspace, view)
    workspace.close()
    assert workspace.dataset(view) is None


def test_the_flows_are_named_once_asked(workspace: Workspace, demo_world: World, demo_api: DemoServer) -> None:
    names = {project.project_name for project in workspace.projects()}
    asked = len(demo_api.requests)
    assert {flow.name for flow in demo_world.flows} == names
    workspace.projects()
    assert len(demo_api.requests) == asked
