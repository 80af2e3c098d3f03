"""Owns how a run's family is put on a page: the chart, the table with the same rows, and leaving for a chosen run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.runs.lineage import Forest, Kin
from analytics_dash.runs.lineage_rows import (
    CHILDREN_S,
    DATE,
    DEPTH,
    ERROR,
    IS_CAUSE,
    IS_FOCUS,
    LATENCY_S,
    NAME,
    NOTE,
    OUTCOME,
    OWN_S,
    RUN_ID,
    TOKENS,
    USER,
)
from analytics_dash.runs.view import View
from analytics_dash.ui import places, row_choice, run_opening
from analytics_dash.ui.tables import MARKS

CHOSEN: Final = "family_run_chosen"  # session key: the run whose bar or row was just chosen
CHART_ROWS: Final = 80  # more can be read only in the table
INDENT: Final = "\u2003"  # wide, and not cut at the beginning of a cell as plain spaces are
HELP: Final = (
    "The run with what called it, up to the root, and all that these runs called, on one time axis that begins with "
    "the first of them. Bars are latencies; a bar without an end runs still, or does not say how long it took. Itself: "
    "the part of the latency in which none of its sub-workflow runs known here ran. Click a bar, or select a row of "
    "the table, to open that run."
)
COLUMNS: Final = (NAME, OUTCOME, DATE, LATENCY_S, OWN_S, CHILDREN_S, TOKENS, NOTE, ERROR, USER, RUN_ID)


class Picture(Protocol):
    """Draws the rows of `runs.lineage_rows`: a figure and the words in its place."""

    def __call__(self, rows: pd.DataFrame, *, zone: str, mode: str) -> tuple[Figure, str]: ...


def leave_if_chosen(view_of: Callable[[Kin], View]) -> None:
    """Open the page of the run that was just chosen, if one was."""
    run = st.session_state.pop(CHOSEN, None)
    if isinstance(run, Kin):
        places.go(places.RUN, view_of(run))


def draw(rows: pd.DataFrame, tree: Forest, *, zone: str, picture: Picture) -> None:
    """The waterfall and the table beside it."""
    st.markdown("**Who waited for whom**", help=HELP)
    mode = "dark" if st.context.theme.type == "dark" else "light"
    figure, alt = picture(rows.iloc[:CHART_ROWS], zone=zone, mode=mode)
    if len(rows) > CHART_ROWS:
        st.markdown(f":small[the first {CHART_ROWS} of {len(rows)} lines; the table has all of them]")
    run_opening.draw_marks(figure, name="waterfall", alt=alt, on_run=lambda run_id: _choose(tree, run_id))
    _draw_table(rows, tree, zone=zone, alt=alt)


def _draw_table(rows: pd.DataFrame, tree: Forest, *, zone: str, alt: str) -> None:
    ids = rows[RUN_ID].tolist()
    focus = rows.index[rows[IS_FOCUS]].tolist()
    row_choice.draw(
        _written(rows),
        name="family",
        chosen=None,
        on_choice=lambda row: None if row is None or row in focus else _choose(tree, ids[row]),
        column_order=[name for name in COLUMNS if name in {NAME, RUN_ID} or rows[name].notna().any()],
        column_config=_columns(zone),
        height="content" if len(rows) <= 12 else 440,
        placeholder="–",
        alt=f"Table: {alt}",
    )


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """Names indented by depth, the run itself and the cause of the failure marked in words."""
    marks = [
        "".join([" (this run)" if is_focus else "", " ← failure began here" if is_cause else ""])
        for is_focus, is_cause in zip(rows[IS_FOCUS], rows[IS_CAUSE], strict=True)
    ]
    names = [
        f"{INDENT * min(int(depth), 8)}{'└ ' if depth else ''}{name}{mark}"
        for depth, name, mark in zip(rows[DEPTH], rows[NAME], marks, strict=True)
    ]
    return rows.assign(**{NAME: names, OUTCOME: [MARKS.get(value, value) for value in rows[OUTCOME]]})


def _columns(zone: str) -> dict[str, ColumnConfig]:
    column = st.column_config
    own_help = "Latency in which none of its sub-workflow runs known here ran."
    return {
        NAME: column.TextColumn("Workflow", width=290, pinned=True),
        OUTCOME: column.TextColumn("Outcome", width=104),
        DATE: column.DatetimeColumn(f"Time ({zone})", format="YYYY-MM-DD HH:mm:ss.SSS", timezone=zone, width=184),
        LATENCY_S: column.NumberColumn("Latency (s)", format="%.2f", width=86),
        OWN_S: column.NumberColumn("Itself (s)", format="%.2f", width=76, help=own_help),
        CHILDREN_S: column.NumberColumn("Below (s)", format="%.2f", width=76, help="While sub-workflows ran."),
        TOKENS: column.NumberColumn("Tokens", format="localized", width=72, help="Its own count; never added up."),
        NOTE: column.TextColumn("Note", width=280),
        ERROR: column.TextColumn("Error", width=280),
        USER: column.TextColumn("User", width=120),
        RUN_ID: column.TextColumn("Run ID", width=290),
    }


def _choose(tree: Forest, run_id: object) -> None:
    """Note the run; one that stands for a missing parent cannot be opened."""
    node = tree.nodes.get(run_id) if isinstance(run_id, str) else None
    if node is not None and node.run is not None:
        st.session_state[CHOSEN] = node.run
