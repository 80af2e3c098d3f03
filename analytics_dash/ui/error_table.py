"""Owns the table of errors by group, and what the chosen one looks like in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.columns import (
    EXAMPLE,
    EXAMPLE_RUN,
    FIRST_SEEN,
    GROUP,
    IS_BACK,
    IS_NEW,
    LAST_SEEN,
    PER_BUCKET,
    RUNS,
    SHARE,
    TEMPLATE,
    USERS,
)
from analytics_dash.metrics.errors import EXAMPLE_LENGTH, ErrorGroups
from analytics_dash.runs.view import View
from analytics_dash.ui import choices, places, row_choice, state
from analytics_dash.ui.words import count, moment, plain

SORTS: Final = {RUNS: "Most runs", USERS: "Most users", FIRST_SEEN: "Newest", LAST_SEEN: "Last seen"}
HELP: Final = (
    "Failed runs grouped by their error's text, with IDs, numbers, quoted texts and the like put aside. Share: of all "
    "failed runs in view. Users: distinct user_id. First seen: in all that is read without a gap, also before the "
    "range; the line above the table says how far back that is. Last seen: within the range. Back again: seen before "
    "the range, and then not for seven days or more. New: not seen before, with seven days or more read before it; "
    "where fewer are, an error that was not seen has no mark. Select a row to count only that error everywhere."
)
HISTORY: Final = "first seen, new and back again: in what is read since {}"
TOO_LITTLE: Final = ", which is too little to call an error new"
NO_HISTORY: Final = "first seen: in this range; new and back again: not told, nothing before it is read"
MARK: Final = "mark"
SPARK_HOURS_UP_TO: Final = timedelta(hours=48)
SPARK_DAYS_UP_TO: Final = timedelta(days=45)
"""So that a chart in a cell of the table has bars that can be seen."""
PREVIEW_CHARS: Final = 200


def spark_buckets(start: datetime, end: datetime, *, zone: str, now: datetime) -> Buckets:
    """Coarser buckets than a chart's: hours for two days, days for six weeks, weeks beyond."""
    fine = Granularity.HOUR if end - start <= SPARK_HOURS_UP_TO else Granularity.DAY
    return buckets_for(
        start, end, zone=zone, now=now, granularity=fine if end - start <= SPARK_DAYS_UP_TO else Granularity.WEEK
    )


def sort() -> str:
    """The column to sort by, which also decides which errors are shown where there are too many; draws the choice."""
    return choices.buttons("errors_sort", "Sort errors by", SORTS, is_labelled=False)


def draw(groups: ErrorGroups, *, spark: Buckets, since: datetime | None, view: View, zone: str) -> None:
    """The table, titled with how many groups it shows; marks and first seen rest on what is read `since` then.

    None where nothing before the range is.
    """
    shown = len(groups.frame)
    of = f"{shown} of {groups.groups:,} errors" if shown < groups.groups else count(groups.groups, "error")
    left = f", {count(groups.other_runs, 'run')} in the others" if groups.other_runs else ""
    st.markdown(f":small[{of} in {count(groups.failed, 'failed run')}{left} · {_history(groups, since, zone)}]")
    frame = groups.frame
    row_choice.draw(
        _table(frame),
        name="error_groups",
        chosen=_place(frame, view.error_group),
        on_choice=lambda row: _filter(view, None if row is None else str(frame[GROUP].iloc[row])),
        column_order=(RUNS, USERS, TEMPLATE, SHARE, PER_BUCKET, MARK, FIRST_SEEN, LAST_SEEN, EXAMPLE),
        column_config=_columns(spark.granularity, zone),
        placeholder="–",
        alt=f"Table of {of}: text, runs, users, when first and last seen.",
    )


def draw_chosen(groups: ErrorGroups, *, view: View, zone: str) -> View | None:
    """The one error that the view is narrowed to: its template, numbers, and its newest text in full, as plain text.

    Returns the view on which its newest run is read, where it has one with an ID.
    """
    with st.container(border=True, key="chosen_error"):
        if groups.frame.empty:
            st.markdown("The chosen error does not occur in this range with these filters.")
        else:
            _tell(groups.frame.iloc[0].to_dict(), zone)
        st.button("Show all errors", key="all_errors", icon=":material/close:", on_click=_filter, args=(view, None))
    newest = None if groups.frame.empty else groups.frame[EXAMPLE_RUN].iloc[0]
    return places.of_run(view, str(newest)) if newest else None


def _history(groups: ErrorGroups, since: datetime | None, zone: str) -> str:
    if since is None:
        return NO_HISTORY
    return f"{HISTORY.format(moment(since, zone))}{TOO_LITTLE if groups.frame[IS_NEW].isna().any() else ''}"


def _tell(row: dict[Any, Any], zone: str) -> None:
    seen = f"first seen {moment(row[FIRST_SEEN], zone)}, last {moment(row[LAST_SEEN], zone)}"
    st.markdown(f"**{plain(row[TEMPLATE], limit=300)}**")
    st.markdown(
        f"{count(row[RUNS], 'run')}, {count(row[USERS], 'user')}, {seen}. "
        f"The newest run is {plain(str(row[EXAMPLE_RUN] or 'one without an ID'))}, and its error reads:"
    )
    text = row[EXAMPLE] if isinstance(row[EXAMPLE], str) and row[EXAMPLE].strip() else "(no error text)"
    st.code(text, language=None, wrap_lines=True)
    if len(text) >= EXAMPLE_LENGTH:
        st.markdown(f":small[These are its first {EXAMPLE_LENGTH:,} characters.]")


def _filter(view: View, group: str | None) -> None:
    state.show(replace(view, error_group=group))


def _place(frame: pd.DataFrame, group: str | None) -> int | None:
    places = [place for place, held in enumerate(frame[GROUP]) if held == group]
    return places[0] if places else None


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    marks = [
        "new" if new is True else "back again" if back is True else ""
        for new, back in zip(frame[IS_NEW].tolist(), frame[IS_BACK].tolist(), strict=True)
    ]
    examples = [text[:PREVIEW_CHARS] if isinstance(text, str) else None for text in frame[EXAMPLE]]
    texts = {MARK: pd.Series(marks, index=frame.index, dtype="str")}
    shares = {SHARE: frame[SHARE] * 100}
    return frame.assign(**texts, **shares, **{EXAMPLE: pd.Series(examples, index=frame.index, dtype="str")})


def _columns(per: str, zone: str) -> dict[str, ColumnConfig]:
    column, time = st.column_config, "YYYY-MM-DD HH:mm"
    return {
        TEMPLATE: column.TextColumn("Error", width=330),
        RUNS: column.NumberColumn("Runs", format="localized", width=60),
        SHARE: column.NumberColumn("Share", format="%.1f %%", width=65),
        USERS: column.NumberColumn("Users", format="localized", width=60),
        PER_BUCKET: column.BarChartColumn(f"Runs by {per}", width=120, y_min=0),
        MARK: column.TextColumn("Mark", width=85),
        FIRST_SEEN: column.DatetimeColumn("First seen", format=time, timezone=zone, width=130),
        LAST_SEEN: column.DatetimeColumn("Last seen", format=time, timezone=zone, width=130),
        EXAMPLE: column.TextColumn("Newest example", width=400),
    }
