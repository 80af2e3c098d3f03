"""Owns the list of streaks: runs that failed one after another, each to narrow the range to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pandas as pd
import streamlit as st

from analytics_dash.metrics.streaks import Streak, Streaks
from analytics_dash.runs.view import View
from analytics_dash.ui import row_choice, state
from analytics_dash.ui.words import age, count

HELP: Final = (
    "Runs that failed one after another, in the order of their start, without a success in between; unfinished and "
    "cancelled runs neither end a streak nor count. Select a row to narrow the range to it."
)
NONE_FOUND: Final = "No two runs failed one after another."
AFTER_LAST: Final = timedelta(seconds=1)  # a range leaves out its end, and the last run belongs to the streak


def draw(streaks: Streaks, *, view: View, zone: str) -> None:
    """The longest streaks; a chosen row narrows the range to it."""
    if not streaks.longest:
        st.markdown(NONE_FOUND)
        return
    shown = len(streaks.longest)
    of = f"the {shown} longest of {streaks.of:,}" if shown < streaks.of else count(shown, "streak")
    st.markdown(f":small[{of}]")
    row_choice.draw(
        _table(streaks),
        name="streaks",
        chosen=None,
        on_choice=lambda row: None if row is None else _narrow(view, streaks.longest[row]),
        column_config={
            "first": st.column_config.DatetimeColumn("From", format="YYYY-MM-DD HH:mm", timezone=zone, width=130),
            "runs": st.column_config.NumberColumn("In a row", format="localized", width=70),
            "lasted": st.column_config.TextColumn("Lasted", width=70),
            "ended": st.column_config.TextColumn("Ended by a success", width=130),
        },
        alt=f"Table of {of}: failed runs in a row, since when, for how long.",
    )


def _table(streaks: Streaks) -> pd.DataFrame:
    rows = streaks.longest
    return pd.DataFrame(
        {
            "first": pd.Series([_instant(row.start) for row in rows], dtype=pd.DatetimeTZDtype("us", "UTC")),
            "runs": [row.runs for row in rows],
            "lasted": [age(row.end - row.start) for row in rows],
            "ended": ["not yet" if row == streaks.current else "yes" for row in rows],
        }
    )


def _instant(value: datetime) -> pd.Timestamp:
    return pd.Timestamp(value)


def _narrow(view: View, streak: Streak) -> None:
    state.narrow(view, streak.start, streak.end + AFTER_LAST)
