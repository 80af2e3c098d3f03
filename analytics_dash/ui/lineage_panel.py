"""Owns where a run belongs: its parents and sub-workflow runs as a waterfall and a table, searched for meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from analytics_dash.runs.lineage import Kin, forest
from analytics_dash.runs.lineage_causes import failed_path
from analytics_dash.runs.lineage_lines import lines
from analytics_dash.runs.lineage_rows import rows
from analytics_dash.runs.view import View
from analytics_dash.store.kin import KinSearch, Stage, run_in_view
from analytics_dash.ui import family_tree, lineage_words, places, state
from analytics_dash.ui.family_tree import Picture
from analytics_dash.ui.words import count, plain

if TYPE_CHECKING:
    from analytics_dash.ui.frame import Here

SEARCHES: Final = "kin_searches"  # session key: (flow, run ID) -> the search around that run, the newest last
MOST_SEARCHES: Final = 20  # that a tab remembers
GRACE_S: Final = 0.8  # searches that end sooner show no progress
REDRAW_S: Final = 0.5
AROUND: Final = timedelta(hours=12)  # of a run that is outside the range of the view
FLOW_MARK: Final = re.compile("⟦(.*?)⟧")


def draw(here: Here, run_id: str, *, picture: Picture) -> None:
    """The family of one run of the view's flow, in the current container; leaves for a run that is chosen in it.

    `picture` draws its rows, as `figures.waterfall.picture` does.
    """
    family_tree.leave_if_chosen(lambda run: _view_of(here.view, run))
    run = run_in_view(here.entry.workspace, here.view, run_id)
    if run is None:
        st.info("This run is not read yet, so its parents and sub-workflow runs are not known.", icon=":material/info:")
        return
    search = _search(here, run)
    if search.stage is Stage.NEW:
        search.start()
        search.wait(GRACE_S)
    names = _names(here)
    if search.stage is Stage.SEARCHING:
        _progress(search, names)
    _family(here, search, names, picture)
    if search.stage is not Stage.SEARCHING:
        _further(search, names)


def _search(here: Here, run: Kin) -> KinSearch:
    """This tab's search around the run; of many, the oldest is forgotten."""
    held: dict[tuple[str, str], KinSearch] = st.session_state.setdefault(SEARCHES, {})
    key = (run.flow, run.run_id)
    if key not in held:
        for old in list(held)[: max(0, len(held) - MOST_SEARCHES + 1)]:
            held.pop(old).cancel()
        held[key] = KinSearch(here.entry.workspace, here.view.org or "", run)
    return held[key]


def _names(here: Here) -> Mapping[str, str]:
    return {project.project_id: project.project_name for project in here.entry.workspace.projects()}


@st.fragment(run_every=REDRAW_S)
def _progress(search: KinSearch, names: Mapping[str, str]) -> None:
    """What the search does now, and the button that stops it; the page is drawn anew when it has ended."""
    if search.stage is not Stage.SEARCHING:
        st.rerun(scope="app")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="kin_progress"):
        doing = FLOW_MARK.sub(lambda found: names.get(found[1], found[1]), search.doing) or "Looking for parents"
        st.markdown(f"{plain(doing, limit=200)} …")
        st.button("Stop", key="kin_stop", on_click=search.cancel)


def _family(here: Here, search: KinSearch, names: Mapping[str, str], picture: Picture) -> None:
    found, run = search.found(), search.run
    tree = forest(found.runs, missing=found.missing, counts=found.counts)
    if run.run_id not in tree.nodes:
        st.info("You may not see this workflow any more.", icon=":material/lock:")
        return
    path = failed_path(tree, run.run_id)
    if len(tree.nodes) > 1 or search.stage is not Stage.SEARCHING:  # nothing found yet is not nothing there
        lineage_words.draw(tree, run, path, names=names)
    root = tree.root_of(run.run_id)
    shown = rows(
        lines(tree, root, focus=run.run_id), tree, names=names, focus=run.run_id, path=path, trouble=found.trouble
    )
    if len(shown) > 1:
        family_tree.draw(shown, tree, zone=state.zone(here.view), picture=picture)


def _further(search: KinSearch, names: Mapping[str, str]) -> None:
    """Which workflows were looked into, and the way to the others."""
    found = search.found()
    if search.stage is Stage.STOPPED:
        st.markdown(":small[The search was stopped; what is shown may not be all.]")
    if problem := found.trouble.get(search.run.run_id):
        st.error(plain(problem, limit=400), icon=":material/warning:")
    searched = ", ".join(plain(names.get(flow, flow)) for flow in found.searched)
    if searched:
        st.markdown(f":small[Sub-workflow runs were looked for in {searched}, around this time.]")
    for flow, refusal in found.refused.items():
        st.markdown(f":small[{plain(names.get(flow, flow))}: {lineage_words.REFUSED[refusal]}.]")
    with st.container(horizontal=True, key="kin_further", gap="small"):
        if found.unread:
            others = ", ".join(names.get(flow, flow) for flow in found.unread)
            st.button(
                f"Look in {count(len(found.unread), 'other workflow')} too",
                key="kin_everywhere",
                icon=":material/travel_explore:",
                help=f"Reads around this time: {plain(others, limit=300)}",
                on_click=search.start,
                kwargs={"everywhere": True},
            )
        if search.stage is Stage.STOPPED or found.missing:
            st.button("Look again", key="kin_again", icon=":material/refresh:", on_click=search.start)


def _view_of(view: View, run: Kin) -> View:
    """The view on which the page of a run opens: its own flow, over a range that holds it."""
    own = view if run.flow == view.flow else View(org=view.org, flow=run.flow, tz=view.tz, tests=view.tests)
    own = replace(own, range=view.range, start=view.start, end=view.end)
    return places.of_run(_holding(own, run.date), run.run_id)


def _holding(view: View, date: datetime) -> View:
    start, end = view.interval(state.now())
    return view if start <= date < end else view.narrowed(date - AROUND, date + AROUND)
