"""Owns the sentences beside a run's family: where the failure came from, where the time went, what is odd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import streamlit as st

from analytics_dash.runs.lineage import Forest, Kin
from analytics_dash.runs.lineage_causes import slowest_path, time_of
from analytics_dash.store.standing import WORDS, Standing
from analytics_dash.ui.words import count, plain, seconds

TOKENS_NOTE: Final = (
    "Tokens of a parent and of its sub-workflow runs stand side by side and are never added up: whether a parent's "
    "include those of its sub-workflows is not documented."
)
REFUSED: Final[Mapping[Standing, str]] = {standing: words.lower() for standing, words in WORDS.items()}
ERROR_CHARS: Final = 300


def draw(tree: Forest, run: Kin, path: Sequence[str], *, names: Mapping[str, str]) -> None:
    """One line each, only what there is to say."""
    for line in _lines(tree, run, path, names):
        st.markdown(line)


def _lines(tree: Forest, run: Kin, path: Sequence[str], names: Mapping[str, str]) -> Iterator[str]:
    node = tree.nodes[run.run_id]
    if node.parent is None and not node.children and not node.cut:
        yield "Nothing is known to have called this run, and no sub-workflow run of it is among the workflows read."
        return
    if path:
        yield _failure(tree, run, path, names)
    if node.children:
        yield from _time(tree, run, names)
    above = len(tree.above(run.run_id)) - 1
    under = sum(1 for _ in tree.below(run.run_id)) - 1
    siblings = len(tree.nodes[node.parent].children) - 1 + tree.nodes[node.parent].more if node.parent else 0
    yield (
        f":small[{count(above, 'run')} above it · {count(siblings, 'other sub-workflow run')} of the same parent · "
        f"{count(under, 'run')} below it. Test runs and runs outside the filters are here too. {TOKENS_NOTE}]"
    )


def _failure(tree: Forest, run: Kin, path: Sequence[str], names: Mapping[str, str]) -> str:
    cause = tree.nodes[path[-1]].run
    if cause is None or cause.run_id == run.run_id:
        carried = "; the runs above failed with it" if path[0] != run.run_id else ""
        return f"The failure began in this run: none of its sub-workflow runs known here failed{carried}."
    name = plain(names.get(cause.flow, cause.flow))
    error = f": {plain(cause.error, limit=ERROR_CHARS)}" if cause.error else ""
    return f"The failure came from **{name}**, {count(len(path) - 1, 'level')} below the highest failed run{error}"


def _time(tree: Forest, run: Kin, names: Mapping[str, str]) -> Iterator[str]:
    time = time_of(tree, run.run_id)
    if time.total_s is None or time.own_s is None or time.children_s is None:
        return
    slowest = tree.nodes[slowest_path(tree, run.run_id)[-1]].run
    where = f"; longest in **{plain(names.get(slowest.flow, slowest.flow))}**" if slowest and slowest != run else ""
    unknown = (
        f" {count(time.open_children, 'sub-workflow run')} without an end not counted." if time.open_children else ""
    )
    yield (
        f"Of {seconds(time.total_s)}, {seconds(time.own_s)} were its own and {seconds(time.children_s)} passed while "
        f"sub-workflows ran{where}.{unknown}"
    )
