"""Owns what a tree of runs says: where a failure came from, and where the time went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics_dash.runs.lineage import Forest, Kin, Node


@dataclass(frozen=True)
class Time:
    """Where the time of a run went, in seconds: its own, and while at least one child ran; None where not told."""

    total_s: float | None
    own_s: float | None
    children_s: float | None
    open_children: int = 0
    """Children without an end, whose time is not in it."""


def failed_path(tree: Forest, run_id: str) -> tuple[str, ...]:
    """From the highest failed run above a failed one (or itself) down to the deepest failed one: where it came from.

    Of several failed children the one with the deepest failure, then the one that failed first. Empty for a run that
    has not failed.
    """
    if run_id not in tree.nodes or not tree.nodes[run_id].has_failed:
        return ()
    top = run_id
    for above in tree.above(run_id)[1:]:
        if not tree.nodes[above].has_failed:
            break
        top = above
    deepest = _depths_of_failure(tree, top)
    path = [top]
    while candidates := [child for child in tree.nodes[path[-1]].children if child in deepest]:
        path.append(min(candidates, key=lambda child: (-deepest[child], _ended(tree.nodes[child]), child)))
    return tuple(path)


def time_of(tree: Forest, run_id: str) -> Time:
    """How a run's time is divided between itself and its children, who may run side by side."""
    node = tree.nodes[run_id]
    if node.run is None or node.run.end is None:
        return Time(None, None, None, _open(tree, node))
    low, high = node.run.date, node.run.end
    spans = [span for child in node.children if (span := _span(tree.nodes[child].run, low, high)) is not None]
    covered = _covered(spans).total_seconds()
    total = (high - low).total_seconds()
    return Time(total, max(0.0, total - covered), covered, _open(tree, node))


def slowest_path(tree: Forest, root: str) -> tuple[str, ...]:
    """From the root down to the child that ran longest, and so on, while it took more than its parent took itself."""
    path = [root]
    while children := [child for child in tree.nodes[path[-1]].children if _latency(tree.nodes[child]) is not None]:
        longest = max(children, key=lambda child: (_latency(tree.nodes[child]) or 0.0, child))
        own = time_of(tree, path[-1]).own_s
        if own is not None and (_latency(tree.nodes[longest]) or 0.0) <= own:
            break
        path.append(longest)
    return tuple(path)


def _depths_of_failure(tree: Forest, top: str) -> dict[str, int]:
    """How many failed runs follow each other from a failed one down, for all reached from the top by failed ones."""
    order, waiting = [], [top]
    while waiting:
        found = waiting.pop()
        order.append(found)
        waiting.extend(child for child in tree.nodes[found].children if tree.nodes[child].has_failed)
    depths: dict[str, int] = {}
    for found in reversed(order):
        depths[found] = 1 + max((depths.get(child, 0) for child in tree.nodes[found].children), default=0)
    return depths


def _ended(node: Node) -> datetime:
    """When a run ended, or began where that is not told."""
    if node.run is None:
        raise ValueError("only runs end")
    return node.run.end or node.run.date


def _latency(node: Node) -> float | None:
    return node.run.latency_s if node.run is not None and node.run.end is not None else None


def _open(tree: Forest, node: Node) -> int:
    children = (tree.nodes[child].run for child in node.children)
    return sum(run is not None and run.end is None for run in children)


def _span(run: Kin | None, low: datetime, high: datetime) -> tuple[datetime, datetime] | None:
    """The part of a run within [low, high]; None where there is none."""
    if run is None or run.end is None:
        return None
    first, last = max(run.date, low), min(run.end, high)
    return (first, last) if first < last else None


def _covered(spans: list[tuple[datetime, datetime]]) -> timedelta:
    """How long at least one of the spans lasts."""
    total, until = timedelta(), None
    for low, high in sorted(spans):
        first = low if until is None else max(low, until)
        if high > first:
            total += high - first
            until = high
    return total
