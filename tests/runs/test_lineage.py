"""Lineage: random forests with holes and circles keep every run once; where a failure and the time came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.lineage import Forest, Kin, Why, forest
from analytics_dash.runs.lineage_causes import failed_path, slowest_path, time_of
from analytics_dash.runs.lineage_lines import lines

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def kin(run_id: str, parent: str | None = None, *, at: float = 0.0, takes: float | None = 1.0, **more: Any) -> Kin:
    told = {"flow": "f", "outcome": "succeeded", "parent_flow": "p" if parent else None, **more}
    return Kin(run_id, date=NOON + timedelta(seconds=at), latency_s=takes, parent_run=parent, **told)


@st.composite
def worlds(draw: st.DrawFn) -> list[Kin]:
    """Runs whose parents are any of them, themselves, or nobody's run: holes and circles of every length."""
    names = [f"r{n}" for n in range(draw(st.integers(0, 25)))]
    parents = st.sampled_from([None, "gone1", "gone2", *names])
    instants, outcomes = st.integers(0, 9), st.sampled_from(["failed", "failed", "succeeded", "unfinished"])
    takes = st.none() | st.integers(0, 9)
    return [
        kin(name, draw(parents), at=draw(instants), takes=draw(takes), outcome=draw(outcomes))
        for name in draw(st.permutations(names))
    ]


def placed(tree: Forest) -> list[tuple[str, int]]:
    return [found for root in tree.roots for found in tree.below(root)]


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_every_run_stands_once_in_the_forest_whatever_circles_there_are(runs: list[Kin]) -> None:
    seen = Counter(node for node, _ in placed(forest(runs)))
    assert set(seen.values()) <= {1}
    assert {run.run_id for run in runs} <= set(seen)


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_placeholders_stand_for_exactly_the_parents_that_are_not_there(runs: list[Kin]) -> None:
    tree = forest(runs, missing={"gone1": Why.FORBIDDEN})
    held = {run.run_id for run in runs}
    holes = {node.id: node.why for node in tree.nodes.values() if node.run is None}
    absent = {run.parent_run for run in runs if run.parent_run} - held
    assert set(holes) == absent
    assert all(why is (Why.FORBIDDEN if hole == "gone1" else Why.NOT_READ) for hole, why in holes.items())


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_a_child_stands_one_below_its_own_parent_unless_a_circle_was_cut_there(runs: list[Kin]) -> None:
    tree = forest(runs)
    depth = dict(placed(tree))
    for run in runs:
        node = tree.nodes[run.run_id]
        if node.cut:
            assert node.parent is None
            assert run.parent_run is not None
            assert run.run_id in tree.above(run.parent_run)
        else:
            assert node.parent == run.parent_run
            assert depth[run.run_id] == (depth[run.parent_run] + 1 if run.parent_run else 0)
        assert node.late == any(c.date < run.date for c in runs if c.run_id in node.children)
        dates = [(tree.nodes[child].run or run).date for child in node.children]
        assert dates == sorted(dates)


@settings(max_examples=25, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_in_which_runs_come_changes_nothing(runs: list[Kin], random: Any) -> None:
    shuffled = list(runs)
    random.shuffle(shuffled)
    one, other = forest(runs), forest(shuffled)
    assert one.roots == other.roots
    assert {i: replace(n, flow=None) for i, n in one.nodes.items()} == {
        i: replace(n, flow=None) for i, n in other.nodes.items()
    }


@settings(max_examples=25, deadline=None)
@given(worlds(), st.integers(0, 4), st.integers(1, 12), st.data())
def test_lines_drawn_and_counted_are_all_there_is_and_the_run_in_focus_is_drawn(
    runs: list[Kin], children: int, rows: int, data: st.DataObject
) -> None:
    tree = forest(runs)
    for root in tree.roots:
        inside = [node for node, _ in tree.below(root)]
        focus = data.draw(st.sampled_from(inside))
        drawn = lines(tree, root, focus=focus, children=children, rows=rows)
        ids = [line.node.id for line in drawn if not line.more]
        assert focus in ids
        assert len(set(ids)) == len(ids)
        below = {line.node.id: line.more for line in drawn if line.more}
        for node_id in ids:
            assert len([c for c in tree.nodes[node_id].children if c in ids]) + below.get(node_id, 0) == len(
                tree.nodes[node_id].children
            )


@settings(max_examples=25, deadline=None)
@given(worlds(), st.data())
def test_the_failed_path_is_a_chain_of_failures_that_no_other_one_outreaches(
    runs: list[Kin], data: st.DataObject
) -> None:
    tree = forest(runs)
    for run in runs[:5]:
        path = failed_path(tree, run.run_id)
        assert bool(path) == run.has_failed
        assert all(tree.nodes[one].has_failed for one in path)
        assert all(tree.nodes[child].parent == parent for parent, child in pairwise(path))
        if path:
            assert not any(tree.nodes[child].has_failed for child in tree.nodes[path[-1]].children)
            above = tree.nodes[path[0]].parent
            assert above is None or not tree.nodes[above].has_failed


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_own_time_and_the_children_s_make_up_the_whole(runs: list[Kin]) -> None:
    tree = forest(runs)
    for run in runs:
        time = time_of(tree, run.run_id)
        if run.end is None:
            assert time.total_s is None
            continue
        seconds = range(int((run.date - NOON).total_seconds()), int((run.end - NOON).total_seconds()))
        ended = [c for child in tree.nodes[run.run_id].children if (c := tree.nodes[child].run) and c.end]
        busy = [s for s in seconds if any(c.date <= NOON + timedelta(seconds=s) < (c.end or c.date) for c in ended)]
        assert (time.total_s, time.children_s, time.own_s) == (len(seconds), len(busy), len(seconds) - len(busy))


def test_a_failure_is_followed_to_the_deepest_run_also_from_the_middle() -> None:
    failed: dict[str, Any] = {"outcome": "failed"}
    tree = forest(
        [
            kin("root", takes=10, **failed),
            kin("carried on", "root", at=1),
            kin("side", "root", at=1, **failed),
            kin("middle", "root", at=2, **failed),
            kin("cause", "middle", at=3, **failed),
            kin("under success", "carried on", at=1, **failed),
        ]
    )
    assert failed_path(tree, "middle") == ("root", "middle", "cause")
    assert failed_path(tree, "root") == ("root", "middle", "cause")
    assert failed_path(tree, "under success") == ("under success",)
    assert failed_path(tree, "carried on") == failed_path(tree, "nobody") == ()


def test_time_is_followed_to_the_child_that_took_it() -> None:
    tree = forest([kin("root", takes=10), kin("a", "root", at=1, takes=2), kin("b", "root", at=3, takes=6)])
    assert slowest_path(tree, "root") == ("root", "b")
    assert slowest_path(forest([kin("root", takes=10), kin("a", "root", takes=2)]), "root") == ("root",)


def test_a_circle_is_opened_at_its_earliest_run_and_told() -> None:
    tree = forest([kin("b", "a", at=2), kin("c", "b", at=3), kin("a", "c", at=1), kin("own", "own"), kin("d", "c")])
    assert [node.id for node in tree.nodes.values() if node.cut] == ["a", "own"]
    assert tree.root_of("d") == "a"


def test_a_parent_later_than_its_child_is_kept_above_it_and_marked() -> None:
    tree = forest([kin("child", "parent", at=0), kin("parent", at=5)])
    assert tree.above("child") == ["child", "parent"]
    assert tree.nodes["parent"].late


def test_thousands_of_children_are_counted_and_the_failed_ones_are_drawn() -> None:
    many = [kin(f"c{n}", "root", at=n, outcome="failed" if n == 900 else "succeeded") for n in range(1290)]
    drawn = lines(forest([kin("root"), *many], counts={"root": 1300}), "root", children=60)
    assert (len(drawn), drawn[-1].more) == (62, 1240)
    assert "c900" in [line.node.id for line in drawn]
    assert drawn[-1].depth == 1


def test_a_chain_of_thousands_is_walked_without_recursion() -> None:
    chain = [kin(f"r{n}", f"r{n - 1}" if n else None, at=n, outcome="failed") for n in range(5000)]
    tree = forest(chain)
    assert len(failed_path(tree, "r2500")) == 5000
    assert tree.root_of("r4999") == "r0"


def test_a_parent_of_which_no_workflow_is_told_says_so() -> None:
    tree = forest([kin("child", "gone", parent_flow=None)])
    assert tree.nodes["gone"].why is Why.UNTOLD


def test_of_a_run_that_comes_twice_the_first_is_taken() -> None:
    tree = forest([kin("a", takes=1), kin("a", takes=2)])
    run = tree.nodes["a"].run
    assert run is not None
    assert run.latency_s == 1
