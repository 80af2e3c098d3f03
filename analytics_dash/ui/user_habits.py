"""Owns what a user uses, on their page: conversations, models, kinds of runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from analytics_dash.metrics.breakdown import Breakdown
from analytics_dash.metrics.columns import FAILED, FIRST_SEEN, LAST_SEEN, RUNS, TITLE, TOKENS
from analytics_dash.metrics.one_user import CONVERSATION, Talks
from analytics_dash.runs.dimension import VALUE, Dimension
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.ui import places, row_choice, values_table
from analytics_dash.ui.words import count

TOP: Final = 5
OPENED: Final = "user_talk_opened"  # session key: the conversation whose row was just chosen
TALKS_HELP: Final = "Runs with the same conversation_id; counted are this user's runs in view."


def draw_talks(found: Talks, *, view: View, zone: str) -> None:
    """The newest conversations; a row opens one, a link the list of all."""
    opened = st.session_state.pop(OPENED, None)
    if isinstance(opened, str):
        places.go(places.CONVERSATIONS, replace(view.at_large(), conversation=(exactly(opened),)))
    st.subheader("Conversations", anchor=False, help=TALKS_HELP)
    if not found.of:
        st.markdown("None of their runs in view belongs to a conversation.")
        return
    ids = found.frame[CONVERSATION].tolist()
    shown = f"the newest {len(ids)} of {found.of:,}" if found.of > len(ids) else f"all {found.of:,}"
    st.markdown(f":small[{shown} · select a row to read it]")
    column, time = st.column_config, "YYYY-MM-DD HH:mm"
    row_choice.draw(
        found.frame,
        name="user_talks",
        chosen=None,
        on_choice=lambda row: None if row is None else st.session_state.update({OPENED: ids[row]}),
        column_order=(CONVERSATION, RUNS, FAILED, TOKENS, LAST_SEEN, FIRST_SEEN),
        column_config={
            CONVERSATION: column.TextColumn("Conversation", width=200),
            RUNS: column.NumberColumn("Runs", format="localized", width=60),
            FAILED: column.NumberColumn("Failed", format="localized", width=60),
            TOKENS: column.NumberColumn("Tokens", format="localized", width=80),
            LAST_SEEN: column.DatetimeColumn("Last run", format=time, timezone=zone, width=130),
            FIRST_SEEN: column.DatetimeColumn("First run", format=time, timezone=zone, width=130),
        },
        placeholder="–",
        alt=f"Table of {shown} conversations of this user.",
    )
    places.link(
        f"{count(found.of, 'conversation')} on the page Conversations", places.CONVERSATIONS, view.at_large(),
        icon=":material/forum:",
    )  # fmt: skip


def draw_values(found: Breakdown, dimension: Dimension) -> None:
    """The values with the most runs, in the current container."""
    held, rows = found.frame, values_table.with_rest(found)
    shown = f"{len(held)} of {found.values:,}" if found.values > len(held) else f"all {found.values:,}"
    more = "; a run of several counts under each" if dimension.multiple else ""
    st.markdown(f"**{dimension.label}** :small[{shown}, by runs{more}]")
    column = st.column_config
    st.dataframe(
        rows.assign(**{TITLE: rows[TITLE].fillna(rows[VALUE])}),
        hide_index=True,
        column_order=(TITLE, RUNS, FAILED, TOKENS),
        column_config={
            TITLE: column.TextColumn(dimension.label, width=180),
            RUNS: column.NumberColumn("Runs", format="localized", width=70),
            FAILED: column.NumberColumn("Failed", format="localized", width=70),
            TOKENS: column.NumberColumn("Tokens", format="compact", width=80, help=values_table.TOKENS_HELP),
        },
        key=f"user_{dimension.name}",
        placeholder="–",
        alt=f"Table of this user's runs by {dimension.label.lower()}: {shown}.",
    )
