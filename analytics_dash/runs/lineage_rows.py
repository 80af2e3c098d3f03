"""Owns the rows that a waterfall and the table beside it show: for each run, missing parent, or rest of children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from analytics_dash.runs.lineage import WORDS, Forest, Node
from analytics_dash.runs.lineage_causes import time_of
from analytics_dash.runs.lineage_lines import Line

RUN_ID: Final = "run_id"
FLOW: Final = "flow"
NAME: Final = "name"
DEPTH: Final = "depth"
DATE: Final = "date"
LATENCY_S: Final = "latency_s"
OWN_S: Final = "own_s"
CHILDREN_S: Final = "children_s"
OUTCOME: Final = "outcome"
TOKENS: Final = "tokens"
USER: Final = "user_id"
ERROR: Final = "error"
NOTE: Final = "note"
IS_FOCUS: Final = "is_focus"
IS_ON_PATH: Final = "is_on_path"
IS_CAUSE: Final = "is_cause"
COLUMNS: Final = (
    RUN_ID, FLOW, NAME, DEPTH, DATE, LATENCY_S, OWN_S, CHILDREN_S, OUTCOME, TOKENS, USER, ERROR, NOTE, IS_FOCUS,
    IS_ON_PATH, IS_CAUSE,
)  # fmt: skip
CUT: Final = "Its parent is among its own sub-workflow runs: the circle is opened here"
LATE: Final = "Dated after one of its sub-workflow runs: clocks differ"


def rows(
    drawn: Sequence[Line],
    tree: Forest,
    *,
    names: Mapping[str, str],
    focus: str,
    path: Sequence[str] = (),
    trouble: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """COLUMNS in the order drawn: DATE in UTC, times in seconds; RUN_ID only of runs, so that what has one can open."""
    found = [
        _rest(line) if line.more else _row(line, tree, names=names, focus=focus, path=path, trouble=trouble or {})
        for line in drawn
    ]
    frame = pd.DataFrame(found, columns=list(COLUMNS))
    numbers = {name: pd.to_numeric(frame[name]).astype("float64") for name in (LATENCY_S, OWN_S, CHILDREN_S, TOKENS)}
    return frame.assign(**numbers, **{DATE: pd.to_datetime(frame[DATE], utc=True)})


def name_of(node: Node, names: Mapping[str, str]) -> str:
    """What a node's workflow is called: the organization's name for it, else the one its children tell, else its ID."""
    return names.get(node.flow or "") or node.name or node.flow or "(workflow not told)"


def _row(
    line: Line,
    tree: Forest,
    *,
    names: Mapping[str, str],
    focus: str,
    path: Sequence[str],
    trouble: Mapping[str, str],
) -> dict[str, object]:
    node, run = line.node, line.node.run
    held: dict[str, object] = {FLOW: node.flow, NAME: name_of(node, names), DEPTH: line.depth}
    marks = {IS_FOCUS: node.id == focus, IS_ON_PATH: node.id in path, IS_CAUSE: bool(path) and node.id == path[-1]}
    if run is None:
        return {**held, **marks, NOTE: _why(node, trouble)}
    time = time_of(tree, node.id)
    return {
        **held, **marks, RUN_ID: node.id, DATE: run.date, LATENCY_S: run.latency_s if run.end else None,
        OWN_S: time.own_s, CHILDREN_S: time.children_s if node.children else None, OUTCOME: run.outcome,
        TOKENS: run.tokens, USER: run.user, ERROR: run.error,
        NOTE: "; ".join([*([CUT] if node.cut else []), *([LATE] if node.late else [])]) or None,
    }  # fmt: skip


def _why(node: Node, trouble: Mapping[str, str]) -> str:
    words = WORDS[node.why] if node.why is not None else ""
    more = trouble.get(node.id, "")
    return f"{words}: {more}" if more and words and node.why == "trouble" else words


def _rest(line: Line) -> dict[str, object]:
    return {
        NAME: f"and {line.more:,} more", DEPTH: line.depth, NOTE: "Sub-workflow runs that are not drawn",
        IS_FOCUS: False, IS_ON_PATH: False, IS_CAUSE: False,
    }  # fmt: skip
