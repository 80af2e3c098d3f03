"""Owns lineage: runs of several flows become a forest by who called whom, with holes and circles told, not hidden.

Nothing here is recursive: what a server sends may be a chain of thousands, or a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics_dash.runs.outcome import Outcome


@dataclass(frozen=True)
class Kin:
    """A run as lineage needs it: `date` in UTC, `latency_s` in seconds; None is what is not told."""

    run_id: str
    flow: str
    date: datetime
    latency_s: float | None = None
    outcome: str = Outcome.UNKNOWN
    error: str | None = None
    tokens: int | None = None
    user: str | None = None
    parent_run: str | None = None
    parent_flow: str | None = None
    parent_name: str | None = None

    @property
    def has_failed(self) -> bool:
        """Whether it failed."""
        return self.outcome == Outcome.FAILED

    @property
    def end(self) -> datetime | None:
        """When it ended; None where it has not, or does not say how long it took."""
        if self.latency_s is None or self.outcome == Outcome.UNFINISHED:
            return None
        return self.date + timedelta(seconds=self.latency_s)


class Why(StrEnum):
    """Why a parent's run is not there."""

    NOT_READ = "not_read"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    TROUBLE = "trouble"
    UNTOLD = "untold"
    """The runs do not say of which workflow their parent's run is."""


WORDS: Final = {
    Why.NOT_READ: "Not read yet",
    Why.NOT_FOUND: "Not found within seven days of this run",
    Why.FORBIDDEN: "You may not see this workflow",
    Why.GONE: "This workflow no longer exists or is in another organization",
    Why.TROUBLE: "The API could not be asked",
    Why.UNTOLD: "The run does not say of which workflow its parent is",
}


@dataclass(frozen=True)
class Node:
    """A run or, without one, the place of a parent that is missing; `late`: it is dated after one of its children.

    `cut` says that its own parent is among its descendants: the circle is opened here. `more` counts children that
    are known of and not there.
    """

    id: str
    run: Kin | None
    why: Why | None = None
    flow: str | None = None
    name: str | None = None
    parent: str | None = None
    children: tuple[str, ...] = ()
    late: bool = False
    cut: bool = False
    more: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether it is a run that failed."""
        return self.run is not None and self.run.has_failed


@dataclass(frozen=True)
class Forest:
    """Every run once, under its parent; `roots` and children in the order of their dates."""

    nodes: Mapping[str, Node]
    roots: tuple[str, ...]

    def root_of(self, run_id: str) -> str:
        """The top of the tree that a run is in."""
        return self.above(run_id)[-1]

    def above(self, run_id: str) -> list[str]:
        """The run, its parent, and so on to the root."""
        path = [run_id]
        while (parent := self.nodes[path[-1]].parent) is not None:
            path.append(parent)
        return path

    def below(self, node_id: str) -> Iterator[tuple[str, int]]:
        """The node and everything under it with its depth, each parent before its children."""
        waiting = [(node_id, 0)]
        while waiting:
            found, depth = waiting.pop()
            yield found, depth
            waiting.extend((child, depth + 1) for child in reversed(self.nodes[found].children))


@dataclass
class _Links:
    """What is known while the forest is built."""

    runs: dict[str, Kin]
    parents: dict[str, str] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)


def forest(
    runs: Iterable[Kin], *, missing: Mapping[str, Why] | None = None, counts: Mapping[str, int] | None = None
) -> Forest:
    """The runs under their parents; of a run that comes twice, the first.

    `missing` says why a parent's run is not there, by its ID (else NOT_READ, or UNTOLD without a workflow); `counts`
    how many children a run has in all, where more are known of than are there.
    """
    links = _linked(runs)
    absent = {parent for parent in links.parents.values() if parent not in links.runs}
    nodes = {run_id: _node(run_id, links, counts or {}) for run_id in links.runs}
    nodes |= {parent: _hole(parent, links, missing or {}, counts or {}) for parent in absent}
    roots = sorted((node_id for node_id, node in nodes.items() if node.parent is None), key=lambda i: _place(i, links))
    return Forest(nodes, tuple(roots))


def _linked(runs: Iterable[Kin]) -> _Links:
    links = _Links({})
    for run in runs:
        links.runs.setdefault(run.run_id, run)
    links.parents = {run.run_id: run.parent_run for run in links.runs.values() if run.parent_run}
    for first in _circles(links):
        links.cut.add(first)
        del links.parents[first]
    for child, parent in links.parents.items():
        links.children.setdefault(parent, []).append(child)
    for held in links.children.values():
        held.sort(key=lambda run_id: _place(run_id, links))
    return links


def _circles(links: _Links) -> list[str]:
    """The earliest run of each circle of parents."""
    state: dict[str, int] = {}  # run -> number of the walk that came by first
    found = []
    for number, start in enumerate(links.parents):
        path: list[str] = []
        at: str | None = start
        while at is not None and at in links.parents and at not in state:
            state[at] = number
            path.append(at)
            at = links.parents[at]
        if at is not None and state.get(at) == number:
            circle = path[path.index(at) :]
            found.append(min(circle, key=lambda run_id: _place(run_id, links)))
    return found


def _node(run_id: str, links: _Links, counts: Mapping[str, int]) -> Node:
    run = links.runs[run_id]
    children = tuple(links.children.get(run_id, ()))
    return Node(
        id=run_id,
        run=run,
        flow=run.flow,
        parent=links.parents.get(run_id),
        children=children,
        late=any(links.runs[child].date < run.date for child in children),
        cut=run_id in links.cut,
        more=max(0, counts.get(run_id, 0) - len(children)),
    )


def _hole(run_id: str, links: _Links, missing: Mapping[str, Why], counts: Mapping[str, int]) -> Node:
    children = tuple(links.children[run_id])
    told = [links.runs[child] for child in children]
    flow = next((run.parent_flow for run in reversed(told) if run.parent_flow), None)
    name = next((run.parent_name for run in reversed(told) if run.parent_name), None)
    why = missing.get(run_id, Why.NOT_READ if flow else Why.UNTOLD)
    more = max(0, counts.get(run_id, 0) - len(children))
    return Node(run_id, None, why=why, flow=flow, name=name, children=children, more=more)


def _place(node_id: str, links: _Links) -> tuple[datetime, str]:
    """When a run began, for a missing parent when its first child did; its ID among equals."""
    run = links.runs.get(node_id)
    if run is not None:
        return run.date, node_id
    return min(links.runs[child].date for child in links.children[node_id]), node_id
