"""Owns the table of all runs in view: its columns as they were chosen, and a row that opens its run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store.listing import MATCH
from analytics_dash.ui import run_opening, runs_controls, state
from analytics_dash.ui.run_columns import run_columns
from analytics_dash.ui.tables import MARKS

HEIGHT: Final = 640  # some eighteen rows: the buttons below still on a laptop's screen
MATCH_HELP: Final = "Where the first word of the search is first found, in «», and in which of the texts."


def draw(rows: pd.DataFrame, *, view: View, words: str) -> None:
    """The rows of `store.listing.page`; `words` says which of how many they are."""
    zone = state.zone(view)
    local = rows.assign(
        date=rows["date"].dt.tz_convert(zone), outcome=rows["outcome"].map(lambda value: MARKS.get(value, value))
    )
    run_opening.draw_table(
        local,
        ids=rows["run_id"].tolist(),
        keeps_place=True,
        name="runs",
        column_order=_order(runs_controls.columns_of(view), has_match=MATCH in rows),
        column_config={**run_columns(zone), MATCH: st.column_config.TextColumn("Match", width=420, help=MATCH_HELP)},
        height=HEIGHT if len(rows) > HEIGHT // 36 else "auto",
        alt=f"Table of runs: {words}.",
    )


def _order(columns: Sequence[str], *, has_match: bool) -> list[str]:
    """The chosen columns; what a search matched stands after the time."""
    if not has_match:
        return list(columns)
    first = 1 if columns[:1] == ("date",) else 0
    return [*columns[:first], MATCH, *columns[first:]]
