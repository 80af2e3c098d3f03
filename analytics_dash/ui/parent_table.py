"""Owns the table of parents: which suffer most, sorted as chosen, a row's click narrows the view to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.columns import (
    FAILED,
    FEW,
    FIRST_SEEN,
    HIGH,
    LAST_SEEN,
    LOW,
    P95,
    RATE,
    RUNS,
    SUCCEEDED,
    TITLE,
    TOKENS,
)
from analytics_dash.metrics.parents import KIND, PARENT_RUNS, Kind, Parents
from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.pattern import exactly, only_value
from analytics_dash.runs.view import View
from analytics_dash.store.standing import WORDS, Standing
from analytics_dash.ui import choices, row_choice, state
from analytics_dash.ui.words import count, percent

SORTS: Final = {FAILED: "Failures", RATE: "Failure rate", P95: "p95", RUNS: "Runs", TOKENS: "Tokens", LAST_SEEN: "Last"}
SORT: Final = "parents_sort"
UNNAMED: Final = "(workflow not told)"
NO_PARENT: Final = "(no parent)"
BOUNDS, NOTE, NAME = "bounds", "note", "name"
TOKENS_NOTE: Final = (
    "Tokens are those of this flow's runs. A parent's own are not added to them: whether they include these is not "
    "documented."
)
HELP: Final = (
    "The workflows whose runs called this flow (parent_project_id, with its latest name), and how those runs of this "
    "flow went: failed / (failed + succeeded) with its 95 % Wilson interval, exact p95 of the latency, tokens, and how "
    f"many different runs of the parent they belong to. {NO_PARENT}: runs that nothing called. {UNNAMED}: runs that "
    f"name a parent's run but not its workflow; they are filtered together with {NO_PARENT}. Sorted by failure rate, "
    f"the lower end of the interval counts, so that one failed run is not the worst parent. {TOKENS_NOTE} Select a "
    "row to see only its runs everywhere."
)


def sort() -> None:
    """Draw the choice of the column to sort by."""
    choices.buttons(SORT, "Which suffers most, by", SORTS)


def sort_held() -> str:
    """The column that is chosen, before the choice is drawn."""
    return choices.held(SORT, SORTS)


def draw(found: Parents, standings: Mapping[str, Standing], *, view: View, zone: str) -> None:
    """The parents; the row of the one parent in view is marked, and choosing it again opens the view."""
    shown = int((found.frame[KIND] != Kind.NONE).sum())
    of = f"{shown} of {count(found.parents, 'parent')}" if shown < found.parents else count(found.parents, "parent")
    st.markdown(f":small[{of} · {found.called:,} of {count(found.runs, 'run')} were called by another workflow]")
    rows = _with_rest(found)
    values, only = rows[VALUE].tolist(), only_value(view.parent)
    row_choice.draw(
        _written(rows, standings, others=found.parents - shown),
        name="parents",
        chosen=values.index(only) if only is not None and only in values else None,
        on_choice=lambda row: _pick(None if row is None else values[row], row, view),
        column_order=_order(rows, standings),
        column_config=_columns(zone),
        height="content",
        placeholder="–",
        alt=f"Table of {of} that call this flow: runs, failures, latency, tokens, first and last seen.",
    )


def _with_rest(found: Parents) -> pd.DataFrame:
    """The parents shown, the others together, and the runs without one."""
    if found.rest.empty:
        return found.frame
    is_alone = found.frame[KIND] == Kind.NONE
    parts = [found.frame[~is_alone], found.rest, found.frame[is_alone]]
    return pd.concat([part.astype(object) for part in parts], ignore_index=True).infer_objects()


def _pick(value: str | None, row: int | None, view: View) -> None:
    """Narrow to the row's parent, or open the view where its mark is taken away; the others are no parent."""
    if row is None or value is not None:
        state.show(replace(view, parent=() if value is None else (exactly(value),)))


def name_of(row: Mapping[str, object], *, others: int = 0) -> str:
    """What a parent is called: its latest name, else its ID, else in words that it is none, not told or `others`."""
    if row[KIND] == Kind.OTHER:
        return f"({others:,} others)"
    if row[KIND] != Kind.NAMED:
        return UNNAMED if row[KIND] == Kind.UNNAMED else NO_PARENT
    return str(row[TITLE]) if isinstance(row[TITLE], str) and row[TITLE] else str(row[VALUE])


def _written(frame: pd.DataFrame, standings: Mapping[str, Standing], *, others: int) -> pd.DataFrame:
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    texts = pd.DataFrame(
        {
            NAME: [name_of(row, others=others) for row in rows],
            BOUNDS: [_interval(row[LOW], row[HIGH]) for row in rows],
            NOTE: ["; ".join(filter(None, [_state(row, standings), _few(row)])) or None for row in rows],
        },
        index=frame.index,
        dtype=object,
    )
    return frame.assign(**{RATE: frame[RATE] * 100}).join(texts)


def _state(row: Mapping[str, object], standings: Mapping[str, Standing]) -> str:
    return WORDS[standings.get(str(row[VALUE]), Standing.UNKNOWN)] if row[KIND] == Kind.NAMED else ""


def _few(row: Mapping[str, object]) -> str:
    return "p95 of few runs" if row[FEW] else ""


def _interval(low: float, high: float) -> str | None:
    return f"{percent(low).removesuffix(' %')}–{percent(high)}" if low == low else None


def _order(frame: pd.DataFrame, standings: Mapping[str, Standing]) -> list[str]:
    noted = bool(frame[FEW].any()) or any(WORDS[held] for held in standings.values())
    order = [NAME, RUNS, FAILED, SUCCEEDED, RATE, BOUNDS, P95, TOKENS, PARENT_RUNS]
    return [*order, *([NOTE] if noted else []), FIRST_SEEN, LAST_SEEN, VALUE]


def _columns(zone: str) -> dict[str, ColumnConfig]:
    column, time = st.column_config, "YYYY-MM-DD HH:mm"
    return {
        NAME: column.TextColumn("Parent workflow", width=170, pinned=True),
        RUNS: column.NumberColumn("Runs", format="localized", width=60, help="Runs of this flow that it called."),
        FAILED: column.NumberColumn("Failed", format="localized", width=60),
        SUCCEEDED: column.NumberColumn("Succeeded", format="localized", width=78),
        RATE: column.NumberColumn("Rate", format="%.1f %%", width=64, help="Failed / (failed + succeeded)."),
        BOUNDS: column.TextColumn("95 % interval", width=98, help="Of the failure rate, by Wilson."),
        P95: column.NumberColumn("p95 (s)", format="%.2f", width=62),
        TOKENS: column.NumberColumn("Tokens", format="compact", width=62, help=TOKENS_NOTE),
        PARENT_RUNS: column.NumberColumn("Its runs", format="localized", width=66, help="Distinct runs of the parent."),
        FIRST_SEEN: column.DatetimeColumn("First seen", format=time, timezone=zone, width=128),
        LAST_SEEN: column.DatetimeColumn("Last seen", format=time, timezone=zone, width=128),
        NOTE: column.TextColumn("Note", width=250),
        VALUE: column.TextColumn("ID", width=230),
    }
