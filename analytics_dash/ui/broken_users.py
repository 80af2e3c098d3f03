"""Owns the table of users left broken: whose last run failed and who have had no success since."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from analytics_dash.metrics.columns import (
    FAILURES_SINCE,
    FIRST_FAILURE,
    LAST_FAILURE,
    LAST_RUN,
    RUNS,
    TEMPLATE,
    USER,
)
from analytics_dash.metrics.recovery_users import BrokenUsers
from analytics_dash.runs.pattern import exactly, only_value
from analytics_dash.runs.view import View
from analytics_dash.ui import row_choice, state
from analytics_dash.ui.words import count

NOBODY: Final = "No user is left broken: everyone whose run failed has had a success since."


def draw(users: BrokenUsers, *, view: View, zone: str) -> None:
    """The users, those who failed last first; a chosen row narrows the view to its user."""
    shown = len(users.frame)
    if not shown:
        st.markdown(NOBODY)
        return
    of = f"{shown} of {count(users.of, 'user')}" if shown < users.of else count(users.of, "user")
    st.markdown(f":small[{of}, the newest failure first · select a row to see only this user's runs]")
    names, only = users.frame[USER].tolist(), only_value(view.user)
    row_choice.draw(
        users.frame,
        name="broken_users",
        chosen=names.index(only) if only in names else None,
        on_choice=lambda row: state.show(replace(view, user=() if row is None else (exactly(str(names[row])),))),
        column_order=(USER, FAILURES_SINCE, FIRST_FAILURE, LAST_FAILURE, TEMPLATE, RUNS, LAST_RUN),
        column_config=_columns(zone),
        placeholder="–",
        alt=f"Table of {of} left broken: failures since the last success, their times, the newest error.",
    )


def _columns(zone: str) -> dict[str, object]:
    column, time = st.column_config, "YYYY-MM-DD HH:mm"
    return {
        USER: column.TextColumn("User", width=180),
        FAILURES_SINCE: column.NumberColumn(
            "Failures since", format="localized", width=95, help="Failed runs since the user's last success"
        ),
        FIRST_FAILURE: column.DatetimeColumn("First of them", format=time, timezone=zone, width=130),
        LAST_FAILURE: column.DatetimeColumn("Last of them", format=time, timezone=zone, width=130),
        TEMPLATE: column.TextColumn("Newest error", width=330),
        RUNS: column.NumberColumn("Runs in all", format="localized", width=80),
        LAST_RUN: column.TextColumn("Run ID of the last", width=290),
    }
