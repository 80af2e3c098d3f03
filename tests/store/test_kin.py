"""A run's kin over flows: found through the API, each flow only after the API has granted it to this very sign-in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics_dash.api.auth import api_key
from analytics_dash.demo.server import DEMO_API_KEY, DemoServer
from analytics_dash.demo.world import World
from analytics_dash.errors import Forbidden
from analytics_dash.runs.lineage import Kin, Why, forest
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.across import across
from analytics_dash.store.kin import KinSearch, Stage, run_in_view
from analytics_dash.store.library import Library
from analytics_dash.store.relatives import children_of, stored_flows
from analytics_dash.store.standing import Standing, standings
from analytics_dash.store.workspace import Workspace
from tests.moments import NOW

PATIENCE_S = 30.0
Row = dict[str, Any]


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


@pytest.fixture(scope="module")
def every(demo_world: World) -> list[Row]:
    return [{**row, "flow": flow.id} for flow in demo_world.flows for row in demo_world.rows(flow.id, at=NOW)]


@pytest.fixture(scope="module")
def by_id(every: list[Row]) -> dict[str, Row]:
    return {row["run_id"]: row for row in every}


def kin(row: Row) -> Kin:
    return Kin(
        run_id=row["run_id"],
        flow=row["flow"],
        date=datetime.fromisoformat(row["date"]).astimezone(UTC),
        parent_run=row["parent_run_id"],
        parent_flow=row["parent_project_id"],
        parent_name=row["parent_project_name"],
    )


def searched(workspace: Workspace, world: World, row: Row, *, everywhere: bool = False) -> KinSearch:
    org = world.organization_id
    standings(workspace, org, [row["flow"]], wait_s=PATIENCE_S)  # the page on which a run is has been granted
    search = KinSearch(workspace, org, kin(row), clock=lambda: NOW)
    search.start(everywhere=everywhere)
    assert search.wait(PATIENCE_S)
    return search


def ancestors(row: Row, by_id: dict[str, Row]) -> list[str]:
    path = [row["run_id"]]
    while (parent := by_id.get(by_id[path[-1]]["parent_run_id"] or "")) is not None:
        path.append(parent["run_id"])
    return path


def seen_by(world: World, every: list[Row]) -> list[Row]:
    hidden = {flow.id for flow in world.flows if flow.forbidden}
    return [row for row in every if row["flow"] not in hidden and row["parent_project_id"] not in hidden]


def deepest(world: World, every: list[Row], by_id: dict[str, Row]) -> Row:
    hidden = {flow.id for flow in world.flows if flow.forbidden}
    good = (row for row in every if not {by_id[one]["flow"] for one in ancestors(row, by_id)} & hidden)
    return max(good, key=lambda row: (len(ancestors(row, by_id)), row["run_id"]))


def test_a_grandchild_finds_its_parents_up_to_the_root(
    workspace: Workspace, demo_world: World, every: list[Row], by_id: dict[str, Row]
) -> None:
    row = deepest(demo_world, every, by_id)
    search = searched(workspace, demo_world, row)
    tree = forest(search.found().runs)
    assert search.stage is Stage.DONE
    assert len(ancestors(row, by_id)) >= 3
    assert tree.above(row["run_id"]) == ancestors(row, by_id)


def test_everywhere_means_all_that_the_root_s_runs_called(
    workspace: Workspace, demo_world: World, every: list[Row], by_id: dict[str, Row]
) -> None:
    row = deepest(demo_world, every, by_id)
    family = [one["run_id"] for one in every if ancestors(one, by_id)[-1] == ancestors(row, by_id)[-1]]
    search = searched(workspace, demo_world, row, everywhere=True)
    tree = forest(search.found().runs, missing=search.found().missing)
    found = {node for node, _ in tree.below(tree.root_of(row["run_id"]))}
    assert found == set(family)
    assert not search.found().unread
    assert set(search.found().refused.values()) == {Standing.FORBIDDEN}


def of_parent(every: list[Row], by_id: dict[str, Row], parent: str) -> Row:
    return next(row for row in every if row["parent_project_id"] == parent and row["parent_run_id"] in by_id)


def test_a_parent_s_workflow_that_may_not_be_seen_is_told_and_asked_for_once(
    workspace: Workspace, demo_world: World, demo_api: DemoServer, every: list[Row], by_id: dict[str, Row]
) -> None:
    secret = next(flow.id for flow in demo_world.flows if flow.forbidden)
    row = of_parent(every, by_id, secret)
    found = searched(workspace, demo_world, row).found()
    assert found.missing[row["parent_run_id"]] is Why.FORBIDDEN
    before = sum(secret in request.path for request in demo_api.requests)
    searched(workspace, demo_world, row)
    assert sum(secret in request.path for request in demo_api.requests) == before


def test_a_parent_s_workflow_that_is_gone_is_told(workspace: Workspace, demo_world: World, every: list[Row]) -> None:
    known = {flow.id for flow in demo_world.flows}
    row = next(row for row in every if row["parent_project_id"] and row["parent_project_id"] not in known)
    found = searched(workspace, demo_world, row).found()
    assert found.missing[row["parent_run_id"]] is Why.GONE


def test_a_parent_s_run_that_is_nowhere_is_told_after_the_widest_look(
    workspace: Workspace, demo_world: World, every: list[Row], by_id: dict[str, Row]
) -> None:
    rows = [row for row in seen_by(demo_world, every) if row["parent_project_id"] == demo_world.flows[1].id]
    row = next((row for row in rows if row["parent_run_id"] not in by_id), rows[0])
    row = {**row, "parent_run_id": "00000000-0000-4000-8000-000000000000"}
    found = searched(workspace, demo_world, row).found()
    assert found.missing == {row["parent_run_id"]: Why.NOT_FOUND}


def test_another_sign_in_s_rows_of_a_flow_are_not_shown_to_one_who_may_not_see_it(
    workspace: Workspace, demo_world: World, demo_settings: Settings, shared: Library, every: list[Row],
    by_id: dict[str, Row],
) -> None:  # fmt: skip
    row = deepest(demo_world, every, by_id)
    parent = by_id[row["parent_run_id"]]["flow"]
    searched(workspace, demo_world, row, everywhere=True)
    assert parent in stored_flows(shared.engine, demo_settings.api_url, demo_world.organization_id)
    other = Workspace(api_key(DEMO_API_KEY), settings=demo_settings, shared=shared)
    other.access(View(org=demo_world.organization_id, flow=parent)).withdraw(Forbidden("not yours"))
    found = searched(other, demo_world, row).found()
    assert parent not in {run.flow for run in found.runs}
    assert found.missing[row["parent_run_id"]] is Why.FORBIDDEN
    other.close()


def test_a_right_that_is_withdrawn_takes_the_rows_from_what_was_found(
    workspace: Workspace, demo_world: World, every: list[Row], by_id: dict[str, Row]
) -> None:
    row = deepest(demo_world, every, by_id)
    search = searched(workspace, demo_world, row)
    parent = by_id[row["parent_run_id"]]
    assert parent["run_id"] in {run.run_id for run in search.found().runs}
    workspace.access(View(org=demo_world.organization_id, flow=parent["flow"])).withdraw(Forbidden("no more"))
    found = search.found()
    assert parent["run_id"] not in {run.run_id for run in found.runs}
    assert found.missing[parent["run_id"]] is Why.FORBIDDEN


def test_a_run_of_a_flow_that_was_not_granted_is_not_handed_out(workspace: Workspace, demo_world: World) -> None:
    view = View(org=demo_world.organization_id, flow=demo_world.flows[0].id)
    assert run_in_view(workspace, view, "whatever") is None


def test_an_api_that_cannot_be_reached_is_told_in_its_own_words(
    demo_settings: Settings, shared: Library, demo_world: World, every: list[Row], by_id: dict[str, Row]
) -> None:
    dead = demo_settings.model_copy(update={"api_url": "http://127.0.0.1:9"})
    workspace = Workspace(api_key(DEMO_API_KEY), settings=dead, shared=shared)
    row = deepest(demo_world, every, by_id)
    search = KinSearch(workspace, demo_world.organization_id, kin(row), clock=lambda: NOW)
    search.start()
    assert search.wait(PATIENCE_S)
    assert search.found().missing[row["parent_run_id"]] in {Why.TROUBLE, Why.NOT_READ}
    workspace.close()


def test_a_search_that_is_stopped_says_so(
    workspace: Workspace, demo_world: World, every: list[Row], by_id: dict[str, Row]
) -> None:
    row = deepest(demo_world, every, by_id)
    search = KinSearch(workspace, demo_world.organization_id, kin(row), clock=lambda: NOW)
    search.cancel()
    search.start()
    search.cancel()
    assert search.wait(PATIENCE_S)
    assert search.stage in {Stage.STOPPED, Stage.DONE}


def test_many_children_are_cut_in_the_engine_and_counted(
    workspace: Workspace, demo_world: World, every: list[Row], shared: Library, demo_settings: Settings
) -> None:
    called: dict[str, list[Row]] = defaultdict(list)
    for row in every:
        if row["parent_run_id"]:
            called[row["parent_run_id"]].append(row)
    parent, children = max(called.items(), key=lambda item: len(item[1]))
    searched(workspace, demo_world, {**children[0], "parent_run_id": None}, everywhere=True)
    numbers = stored_flows(shared.engine, demo_settings.api_url, demo_world.organization_id).values()
    held, counts = children_of(shared.engine, numbers, [parent], most=2)
    assert len(held) == 2
    assert counts[parent] == len(children)
    assert timedelta() <= held[1].date - held[0].date


def test_runs_across_flows_are_those_of_granted_flows_only_and_tell_what_is_read_in_part(
    workspace: Workspace, demo_world: World, every: list[Row], by_id: dict[str, Row], shared: Library,
    demo_settings: Settings,
) -> None:  # fmt: skip
    row = deepest(demo_world, every, by_id)
    searched(workspace, demo_world, row, everywhere=True)
    hidden = demo_world.flows[0].id
    other = Workspace(api_key(DEMO_API_KEY), settings=demo_settings, shared=shared)
    other.access(View(org=demo_world.organization_id, flow=hidden)).withdraw(Forbidden("not yours"))
    view = View(org=demo_world.organization_id, flow=row["flow"], tests=True)
    for who, sees in ((workspace, True), (other, False)):
        with across(who, view, start=NOW - timedelta(days=60), end=NOW) as held:
            assert held.runs is not None
            flows = {flow for (flow,) in held.runs.project("flow").distinct().fetchall()}
        assert (hidden in flows) == sees
        assert hidden not in held.whole
        assert (hidden in held.partly) == sees
    other.close()
