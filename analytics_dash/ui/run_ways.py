"""Owns the ways from one run to others: in the list, to its user, conversation and parent, to runs that are like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import streamlit as st

from analytics_dash.runs.error_group import error_group_id, error_template
from analytics_dash.runs.one_run import Glimpse, OneRun
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.neighbours import neighbours
from analytics_dash.store.one_run import AROUND, in_time, same_input, similar_failures
from analytics_dash.ui import places, run_words, state
from analytics_dash.ui.words import plain

BEFORE_CHILD: Final = timedelta(days=1)  # a parent begins before its child, seldom long before
AFTER_CHILD: Final = timedelta(hours=1)  # and clocks of servers differ
NONE_KNOWN: Final = "none"


def draw_steps(dataset: Dataset, view: View, run: OneRun) -> None:
    """The runs before and after in the list, by button and by key, the place in it, and the way back to it."""
    found = neighbours(dataset, view, run.run_id)
    with st.container(horizontal=True, vertical_alignment="center", key="steps", gap="small"):
        places.link("Back to the list", places.RUNS, view.at_large(), icon=":material/arrow_back:", keeps_place=True)
        _step("Previous", found.previous if found else None, view, "Shift+Up", ":material/keyboard_arrow_up:")
        _step("Next", found.next if found else None, view, "Shift+Down", ":material/keyboard_arrow_down:")
        if found:
            st.markdown(f":small[{found.position:,} of {found.total:,} in view]", width="content")
        else:
            st.markdown(":small[not among the runs in view: its range or a filter leaves it out]", width="content")


def _step(label: str, run_id: str | None, view: View, shortcut: str, icon: str) -> None:
    st.button(
        label,
        icon=icon,
        shortcut=shortcut,
        key=f"step_{label.lower()}",
        disabled=run_id is None,
        on_click=state.show,
        args=(places.of_run(view, run_id or ""),),
    )


def holding(dataset: Dataset, view: View, run: OneRun) -> View:
    """The view without its run, over a range that holds it."""
    start, end = dataset.interval
    at_large = view.at_large()
    if start <= run.date < end:
        return at_large
    return at_large.narrowed(run.date - AROUND, min(run.date + AROUND, max(state.now(), run.date + AFTER_CHILD)))


def draw_related(dataset: Dataset, view: View, run: OneRun) -> None:
    """Links to the user, the conversation and the parent."""
    around = holding(dataset, view, run)
    with st.container(horizontal=True, vertical_alignment="center", key="related", gap="medium"):
        if run.user_id:
            wanted = replace(around, user=(exactly(run.user_id),))
            places.link(f"User {run.user_id}", places.USERS, wanted, icon=":material/person:")
        else:
            st.markdown(":small[:gray[no user]]", width="content")
        if run.conversation_id:
            wanted = replace(around, conversation=(exactly(run.conversation_id),))
            label = f"Conversation {run.conversation_id}"
            places.link(label, places.CONVERSATIONS, wanted, icon=":material/forum:")
        _parent(around, view, run)


def _parent(around: View, view: View, run: OneRun) -> None:
    if run.parent_project_id:
        name = run.parent_project_name or run.parent_project_id
        wanted = replace(around, parent=(exactly(run.parent_project_id),))
        places.link(f"Parent workflow {name}", places.SUBWORKFLOWS, wanted, icon=":material/account_tree:")
    if run.parent_project_id and run.parent_run_id:
        _open("Parent's run", parent_view(view, run), "open_parent", ":material/subdirectory_arrow_left:")
    elif run.parent_run_id:
        st.markdown(f":small[parent run {plain(run.parent_run_id)}, of a flow that is not told]", width="content")


def parent_view(view: View, run: OneRun) -> View:
    """The run page of the parent's run, in the parent's flow, around the child's time."""
    asked = View(org=view.org, flow=run.parent_project_id, tz=view.tz, tests=True, run=run.parent_run_id)
    return asked.narrowed(run.date - BEFORE_CHILD, run.date + AFTER_CHILD)


def draw_error_group(dataset: Dataset, view: View, run: OneRun) -> None:
    """The group of errors that a failed run belongs to, and the way to all of it."""
    if run.outcome != Outcome.FAILED:
        return
    group = error_group_id(run.error)
    st.markdown(f":small[Group {group}: {plain(error_template(run.error), limit=300)}]")
    wanted = replace(holding(dataset, view, run), error_group=group)
    places.link("This error on the Failures page", places.FAILURES, wanted, icon=":material/error:")


def draw_others(dataset: Dataset, view: View, run: OneRun) -> None:
    """Runs that are like this one, and those beside it in time, each with the way to compare."""
    near = in_time(dataset, run)
    lists = [
        ("Same input at other times", same_input(dataset, run), "Exactly the same inputs, the newest first."),
        ("Beside it in time", [g for g in (near.before, near.after) if g], "The flow's runs just before and after."),
    ]
    if run.outcome == Outcome.FAILED:
        tip = "Other failures of the same group of errors, the newest first."
        lists.insert(0, ("Similar failures", similar_failures(dataset, run), tip))
    for column, (title, runs, tip) in zip(st.columns(len(lists)), lists, strict=True):
        with column:
            _list(title, runs, tip, view)


def _list(title: str, runs: Sequence[Glimpse], tip: str, view: View) -> None:
    st.markdown(f"**{title}**", help=tip)
    if not runs:
        st.markdown(f":small[:gray[{NONE_KNOWN}]]")
    name = title.split()[0].lower()
    for place, found in enumerate(runs):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            _open(run_words.glimpse(found, state.zone(view)), places.of_run(view, found.run_id), f"open_{name}_{place}")
            _open("Compare", replace(view, against=found.run_id), f"compare_{name}_{place}")


def _open(label: str, view: View, key: str, icon: str | None = None) -> None:
    """A way to another state of this page: a link to a page that is open already would not be followed."""
    st.button(label, key=key, icon=icon, type="tertiary", on_click=state.show, args=(view,))
