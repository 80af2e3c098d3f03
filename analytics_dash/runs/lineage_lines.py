"""Owns which lines of a tree of runs are drawn, and how many of a parent's children are only counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics_dash.runs.lineage import Forest, Node

CHILDREN: Final = 50  # of one parent that are drawn; the rest is counted
ROWS: Final = 400  # of a tree that are drawn: a chart of more can't be read, nor a table


@dataclass(frozen=True)
class Line:
    """One line of a drawn tree: a node at its depth, or, with `more`, how many children of `node` are not drawn."""

    node: Node
    depth: int
    more: int = 0


def lines(
    tree: Forest, root: str, *, focus: str | None = None, children: int = CHILDREN, rows: int = ROWS
) -> list[Line]:
    """The tree below a root for drawing, parents first, at most `children` of a parent and about `rows` in all.

    Kept are first the way to the run in focus, then what failed, then what came first. What is left out is counted
    in a line of its own at the end of its parent's children.
    """
    way = set(tree.above(focus)) if focus in tree.nodes and focus is not None else set()
    drawn: list[Line] = []
    waiting = [Line(tree.nodes[root], 0)]
    while waiting:
        line = waiting.pop()
        drawn.append(line)
        if line.more:
            continue
        node = line.node
        room = rows - len(drawn) - len(waiting)
        kept = _kept(tree, node, way, most=max(0, min(children, room)))
        left = len(node.children) + node.more - len(kept)
        below = [Line(tree.nodes[child], line.depth + 1) for child in kept]
        waiting.extend(reversed([*below, *([Line(node, line.depth + 1, left)] if left else [])]))
    return drawn


def _kept(tree: Forest, node: Node, way: set[str], *, most: int) -> Sequence[str]:
    """The children that are drawn, in their order; the way to the run in focus always is."""
    if len(node.children) <= most:
        return node.children
    ranked = sorted(node.children, key=lambda child: (child not in way, not tree.nodes[child].has_failed))
    on_way = [child for child in node.children if child in way]
    kept = {*on_way, *ranked[: max(most, len(on_way))]}
    return [child for child in node.children if child in kept]
