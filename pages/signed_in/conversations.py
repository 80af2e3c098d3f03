"""Conversations: which went wrong or were left, and what was said in one of them?"""

import streamlit as st

from analytics_dash.metrics.conversations import (
    AT_A_TIME,
    Within,
    conversation_figures,
    conversations,
    without_conversation,
)
from analytics_dash.metrics.thread import place_of, thread_figures, turns_of
from analytics_dash.runs.pattern import only_value
from analytics_dash.ui import (
    chips,
    completeness,
    conversation_cards,
    conversation_thread,
    conversations_found,
    conversations_table,
    frame,
    list_pages,
    loading,
    moments,
    state,
    take_away,
)

here = frame.here()
frame.title("Conversation" if conversations_found.is_one(here.view) else "Conversations")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

start, end = dataset.interval
runs = dataset.runs(here.view)
take_away.draw(dataset, here.view, runs=len(runs))


def one() -> None:
    """The conversation that the view asks for."""
    conversation = only_value(here.view.conversation) or ""
    conversation_thread.head(conversation, here.view)
    found = thread_figures(conversations_found.thread(dataset, here.view, conversation), start=start, end=end)
    if not found.stored:
        conversations_found.say_not_stored(dataset, here.view)
        return
    conversation_cards.draw_one(found)
    conversations_found.say_what_is_read(dataset, here.view)
    turns()


@st.fragment
def turns() -> None:
    """The thread itself, a page of turns at a time."""
    conversation = only_value(here.view.conversation) or ""
    with moments.reopened() as data:
        held = conversations_found.thread(data, here.view, conversation)
        stored = len(held)
        asked = place_of(held, here.view.run) if here.view.run else None
        newest_first, offset = conversation_thread.choose(stored, here.view, place=asked)
        rows = turns_of(held, start=start, end=end, offset=offset, newest_first=newest_first)
        conversation_thread.draw(
            rows,
            conversations_found.texts(data, rows),
            whole=lambda run_key: conversations_found.whole(data, run_key),
            open_run=lambda run_id: conversation_thread.link(here.view, run_id),
            view=here.view,
            keeps_texts=data.keeps_texts,
            of=stored,
        )


def every() -> None:
    """The conversations of the view."""
    held = conversations_found.every_turn(dataset, here.view)
    within = Within(start, end, conversations_found.spans(dataset))
    figures = conversation_figures(held, within)
    conversation_cards.draw(figures, alone=without_conversation(runs))
    if not figures.conversations:
        conversations_found.say_none(dataset, here.view, runs=len(runs))
        return
    only, sort = conversations_table.choose(here.view)
    of = conversations_table.listed(figures, only)
    first = list_pages.offset(here.view, of=of, at_a_time=AT_A_TIME)
    rows = conversations(held, within, only=only, sort=sort, offset=first)
    if rows.empty:
        st.markdown("None of them is listed under this choice.")
        return
    conversations_table.draw(rows, first=first, of=of, view=here.view, zone=state.zone(here.view))


if conversations_found.is_one(here.view):
    one()
else:
    every()
