"""Owns what the page of waiting runs shows: how many wait, the oldest first, and which are stuck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.percentiles import P99_RUNS
from analytics_dash.metrics.waiting import AGE, AT_LEAST, PAUSED, STUCK, TIMES_USUAL, Waiting
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import places, run_opening, state
from analytics_dash.ui.cards import Card, draw_row
from analytics_dash.ui.words import NOTHING, age, count, moment, plain, seconds

LONGER: Final = "90d"
STUCK_HELP: Final = (
    f"Stuck: waiting for more than {TIMES_USUAL} times the p99 latency of this flow's finished runs in the range (the "
    f"filters above do not change it), and for {age(AT_LEAST)} at least. With fewer than {P99_RUNS} finished runs only "
    "the age is shown. Paused runs may be waiting for a person's approval."
)
HELPS: Final = {
    "Pending": "State PENDING: begun or queued, and not ended.",
    "Paused": "State PAUSED: a step may be waiting for a person's approval.",
    "Resumed": "State RESUMED: went on after a pause, and has not ended.",
    "Oldest": "How long the oldest waiting run in view has been waiting, when the states were read.",
    "Stuck": STUCK_HELP,
}
AGE_TEXT: Final = "age_text"
NOTE: Final = "note"
COLUMNS: Final = (
    AGE_TEXT, "state", NOTE, "date", "user_id", "ran_by_display_name", "run_type", "parent_project_name",
    "conversation_id", "run_id",
)  # fmt: skip
MOST_ROWS: Final = 14  # more are scrolled to
HEIGHT_PX: Final = 560


def draw_cards(found: Waiting) -> None:
    """How many wait in each state, the oldest, and how many are stuck."""
    after = found.usual.stuck_after
    of_them = f" · {found.stuck_paused:,} of them paused" if found.stuck_paused else ""
    limit = f"after {age(after)}{of_them}" if after else f"{count(found.usual.runs, 'finished run')}: too few to tell"
    paused = "may wait for approval" if found.by_state[PAUSED] else "none waits for approval"
    figures = [
        ("Pending", f"{found.by_state['PENDING']:,}", "not ended"),
        ("Paused", f"{found.by_state[PAUSED]:,}", paused),
        ("Resumed", f"{found.by_state['RESUMED']:,}", "not ended"),
        ("Oldest", age(found.oldest) if found.oldest is not None else NOTHING, f"of {found.of - found.gone:,} waiting"),
        ("Stuck", NOTHING if found.stuck is None else f"{found.stuck:,}", limit),
    ]
    draw_row([Card(label, value, note, HELPS[label]) for label, value, note in figures], key="card_waiting")


def say_how_current(dataset: Dataset, view: View) -> None:
    """When the states were read, and what is not looked at: runs that began before the range."""
    zone = state.zone(view)
    read = f"{moment(dataset.as_of, zone, now=state.now())} {plain(zone)}, {age(state.now() - dataset.as_of)} ago"
    st.markdown(
        f":small[States as they were read at {read}; a run may have ended since: “Refresh” in the sidebar asks again. "
        f"Only runs that began in the range are listed.]"
    )
    if view.is_custom or view.range != LONGER:
        places.link(
            "Look over the last 90 days", places.WAITING, view.with_preset(LONGER), icon=":material/date_range:"
        )


def draw(found: Waiting, *, view: View, zone: str) -> None:
    """The runs, the oldest first; a row opens the run."""
    st.subheader("The oldest first", anchor=False, help=STUCK_HELP)
    if not found.of:
        st.success("No run in view is waiting.", icon=":material/check:")
        return
    shown = f"the oldest {len(found.frame)} of {found.of:,}" if found.of > len(found.frame) else f"all {found.of:,}"
    st.markdown(f":small[{shown} · {_usual(found)} · select a row to open the run]")
    run_opening.draw_table(
        _written(found.frame),
        name="waiting",
        ids=found.frame["run_id"].tolist(),
        column_order=COLUMNS,
        column_config=_columns(zone),
        height="content" if len(found.frame) <= MOST_ROWS else HEIGHT_PX,
        alt=f"Table of {shown} waiting runs: age, state, who started them, run type, parent.",
    )
    if found.of > len(found.frame):
        every = replace(view, outcome=("unfinished",), sort="date")
        places.link(f"All {found.of:,} on the page Runs", places.RUNS, every, icon=":material/list:")


def _usual(found: Waiting) -> str:
    after, p99_s = found.usual.stuck_after, found.usual.p99_s
    if after is None:
        return "what is usual is not known, so none is called stuck"
    return f"usual: p99 {seconds(p99_s)} over {count(found.usual.runs, 'finished run')}, so stuck after {age(after)}"


def _written(frame: pd.DataFrame) -> pd.DataFrame:
    """Ages and marks in words."""
    ages = [age(value.to_pytimedelta()) for value in frame[AGE]]
    notes = [_note(row) for row in frame.to_dict("records")]
    parents = frame["parent_project_name"].fillna(frame["parent_project_id"])
    texts = {
        AGE_TEXT: pd.Series(ages, index=frame.index, dtype=object),
        NOTE: pd.Series(notes, index=frame.index, dtype=object),
    }
    return frame.drop(columns=AGE).assign(**texts, parent_project_name=parents)


def _note(row: dict[Any, Any]) -> str | None:
    """What a person should know of a run that waits."""
    if row["gone"]:
        return "no longer on the server"
    if row["state"] == PAUSED:
        return "▲ stuck, or waits for a person" if row[STUCK] else "may wait for a person"
    return "▲ stuck" if row[STUCK] else None


def _columns(zone: str) -> dict[str, ColumnConfig]:
    column = st.column_config
    return {
        AGE_TEXT: column.TextColumn("Waiting for", width=90, help="Since it began, when its state was read."),
        "state": column.TextColumn("State", width=90),
        NOTE: column.TextColumn("Note", width=190, help=STUCK_HELP),
        "date": column.DatetimeColumn(f"Began ({zone})", format="YYYY-MM-DD HH:mm:ss", timezone=zone, width=165),
        "user_id": column.TextColumn("User", width=120),
        "ran_by_display_name": column.TextColumn("Started by", width=170),
        "run_type": column.TextColumn("Run type", width=110),
        "parent_project_name": column.TextColumn("Parent workflow", width=150),
        "conversation_id": column.TextColumn("Conversation", width=160),
        "run_id": column.TextColumn("Run ID", width=290),
    }
