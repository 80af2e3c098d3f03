"""Owns the graph of workflows that call each other on a page: its runs, its clicks, and the table beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.calls import CALLED, CALLER, CALLER_RUNS, LIMIT, calls
from analytics_dash.metrics.columns import FAILED, FEW, HIGH, LOW, P95, RATE, RUNS, SUCCEEDED, TITLE
from analytics_dash.runs.drilldown import customdata_of
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.store.across import Across, across
from analytics_dash.store.standing import WORDS, Standing, standings
from analytics_dash.store.workspace import Workspace
from analytics_dash.ui import marks, places, row_choice, state
from analytics_dash.ui.words import count, percent, plain

if TYPE_CHECKING:
    from datetime import datetime

    from analytics_dash.ui.frame import Here

CHOSEN: Final = "call_chosen"  # session key: (flow, parent or None) that was just chosen
WAIT_S: Final = 0.4  # for the API's word on callers
BOUNDS, NOTE, FROM, TO = "bounds", "note", "from", "to"
HELP: Final = (
    "Which workflows call which, counted from the runs of the workflows read so far that you may see, over this range "
    "and with these filters. The number on an edge counts runs of the called workflow; beside it their failure rate. "
    "Edges with a failure rate of 10 % or more are in the colour of failures. Click a workflow to see its parents, or "
    "the mark on an edge to see the runs that the one called of the other."
)


class Picture(Protocol):
    """Draws CALL_COLUMNS, as `figures.call_graph.picture` does."""

    def __call__(
        self, edges: pd.DataFrame, *, names: Mapping[str, str], notes: Mapping[str, str], focus: str, mode: str
    ) -> tuple[Figure, str]: ...


def leave_if_chosen(view: View) -> None:
    """Open the Sub-workflows page of the workflow that was just chosen, narrowed to a parent where an edge was."""
    chosen = st.session_state.pop(CHOSEN, None)
    if not isinstance(chosen, tuple):
        return
    flow, parent = chosen
    own = View(
        org=view.org, flow=flow, range=view.range, start=view.start, end=view.end, tz=view.tz, tests=view.tests,
        parent=(exactly(parent),) if parent else (),
    )  # fmt: skip
    places.go(places.SUBWORKFLOWS, own)


def draw(here: Here, *, start: datetime, end: datetime, picture: Picture) -> None:
    """The graph and its table, with what it rests on."""
    st.subheader("Workflows that call workflows", anchor=False, help=HELP)
    workspace, view = here.entry.workspace, here.view
    with across(workspace, view, start=start, end=end) as held:
        edges = calls(held.runs, failed_in_latency=not view.latency_without_failed) if held.runs else None
    if edges is None or edges.empty:
        st.markdown("No workflow read so far was called by another one in this range.")
        return
    names = _names(here, edges)
    notes = _notes(workspace, view.org or "", edges)
    st.markdown(f":small[{_rests_on(held, names)}]")
    shown = edges.iloc[:LIMIT]
    if len(edges) > LIMIT:
        st.markdown(f":small[the {LIMIT} busiest of {len(edges):,} calls]")
    figure, alt = picture(shown, names=names, notes=notes, focus=view.flow or "", mode=state.theme())
    marks.draw(figure, name="call_graph", alt=alt, clicked=lambda selection: _take(selection, notes))
    _draw_table(shown, names, notes, alt=alt)


def clicked(event: object) -> tuple[str, str | None] | None:
    """The flow and, for an edge, the parent that a Plotly selection names; None where there is neither."""
    parts = next(iter(customdata_of(event)), [])
    match parts:
        case ["flow", str(flow)]:
            return flow, None
        case ["edge", str(caller), str(called)]:
            return called, caller
    return None


def _names(here: Here, edges: pd.DataFrame) -> Mapping[str, str]:
    """Names of the organization's list, else those that the called runs tell."""
    told = {
        str(caller): str(title)
        for caller, title in zip(edges[CALLER], edges[TITLE], strict=True)
        if isinstance(title, str)
    }
    return {**told, **{p.project_id: p.project_name for p in here.entry.workspace.projects()}}


def _notes(workspace: Workspace, org: str, edges: pd.DataFrame) -> Mapping[str, str]:
    """What keeps a workflow from being opened, by its ID."""
    flows = [str(flow) for flow in [*edges[CALLER], *edges[CALLED]]]
    known = standings(workspace, org, flows, wait_s=WAIT_S)
    return {flow: WORDS[held] for flow, held in known.items() if held in {Standing.FORBIDDEN, Standing.GONE}}


def _rests_on(held: Across, names: Mapping[str, str]) -> str:
    whole = ", ".join(plain(names.get(flow, flow)) for flow in held.whole)
    partly = ", ".join(plain(names.get(flow, flow)) for flow in held.partly)
    parts = [f"runs of {count(len(held.whole), 'workflow')}: {whole}" if whole else ""]
    parts += [f"read only in part, so counted too low: {partly}" if partly else ""]
    return " · ".join([*filter(None, parts), "workflows not read here are missing as called ones"])


def _draw_table(edges: pd.DataFrame, names: Mapping[str, str], notes: Mapping[str, str], *, alt: str) -> None:
    pairs = [(str(called), str(caller)) for called, caller in zip(edges[CALLED], edges[CALLER], strict=True)]
    texts = pd.DataFrame(
        {
            FROM: [names.get(caller, caller) for _, caller in pairs],
            TO: [names.get(called, called) for called, _ in pairs],
            BOUNDS: [_interval(low, high) for low, high in zip(edges[LOW], edges[HIGH], strict=True)],
            NOTE: [_note(notes.get(caller), few) for (_, caller), few in zip(pairs, edges[FEW], strict=True)],
        },
        index=edges.index,
        dtype=object,
    )
    row_choice.draw(
        edges.assign(**{RATE: edges[RATE] * 100}).join(texts),
        name="calls",
        chosen=None,
        on_choice=lambda row: None if row is None else st.session_state.update({CHOSEN: pairs[row]}),
        column_order=[
            FROM,
            TO,
            RUNS,
            CALLER_RUNS,
            FAILED,
            SUCCEEDED,
            RATE,
            BOUNDS,
            P95,
            *([NOTE] if texts[NOTE].notna().any() else []),
        ],
        column_config=_columns(),
        height="content" if len(edges) <= 12 else 440,
        placeholder="–",
        alt=f"Table: {alt}",
    )


def _note(of_caller: str | None, few: bool) -> str | None:  # noqa: FBT001  a row's two values
    """What keeps the caller from being opened, and whether the percentile rests on few runs."""
    parts = [f"The caller: {of_caller}"] if of_caller else []
    return " · ".join([*parts, *(["p95 of few runs"] if few else [])]) or None


def _interval(low: float, high: float) -> str | None:
    return f"{percent(low).removesuffix(' %')}–{percent(high)}" if low == low else None


def _columns() -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        FROM: column.TextColumn("Calling", width=170),
        TO: column.TextColumn("Called", width=170),
        RUNS: column.NumberColumn("Runs", format="localized", width=66, help="Runs of the called workflow."),
        CALLER_RUNS: column.NumberColumn("By runs", format="localized", width=70, help="Distinct runs of the caller."),
        FAILED: column.NumberColumn("Failed", format="localized", width=62),
        SUCCEEDED: column.NumberColumn("Succeeded", format="localized", width=80),
        RATE: column.NumberColumn("Rate", format="%.1f %%", width=66, help="Failed / (failed + succeeded)."),
        BOUNDS: column.TextColumn("95 % interval", width=98, help="Of the failure rate, by Wilson."),
        P95: column.NumberColumn("p95 (s)", format="%.2f", width=66),
        NOTE: column.TextColumn("Note", width=280),
    }


def _take(selection: object, notes: Mapping[str, str]) -> bool:
    """Whether anything was clicked; a workflow that cannot be seen has no page to go to."""
    chosen = clicked(selection)
    if chosen is not None and chosen[0] not in notes:
        st.session_state[CHOSEN] = chosen
    return chosen is not None
