"""Owns what surrounds every page: the gate, the sidebar, what a link had wrong, and who is signed in."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import streamlit as st
from streamlit.navigation.page import Page

from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.sync import Stage, Sync
from analytics_dash.ui import filters, live, loading, lookup, notes, run_opening, session, state
from analytics_dash.ui.ending import PageEnded
from analytics_dash.ui.words import plain
from analytics_dash.web.sessions import SignIn

HERE: Final = "here"
DENSER: Final = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.25rem; padding-bottom: 3rem; }
@media (min-width: 640px) { [data-testid="stMainBlockContainer"] { padding-left: 3rem; padding-right: 3rem; } }
[data-testid="stMetricDelta"], [data-testid="stMetricDelta"] * { white-space: normal; overflow: visible; height: auto; }
</style>"""
"""Streamlit leaves a tenth of a laptop's screen empty above a page; six figures and a chart should fit there. It cuts a
change that is longer than its card: “down 2.69 s (10 …”."""


@dataclass(frozen=True)
class Here:
    """What a page needs to know: whose data, which view, and what of it there is at this moment."""

    entry: SignIn
    view: View
    sync: Sync | None
    dataset: Dataset | None
    """The view's data as of now; None until some of it is read."""
    draw_controls: Callable[[], None]
    """Draws the filters and what is below them: called where much is still to be drawn, else they come last."""


def show(pages: Mapping[str, Sequence[Page]], page: Page) -> None:
    """Run one of the pages inside the frame; without a sign-in the form is drawn in its place."""
    st.html(DENSER)
    entry = session.require_sign_in()
    if entry is not None:
        _show(pages, page, entry)


def _show(pages: Mapping[str, Sequence[Page]], page: Page, entry: SignIn) -> None:
    state.carry_choices(page.url_path)
    asked, problems = state.current_view()
    view = replace(asked, org=asked.org or entry.workspace.settings.org)
    run_opening.leave(view)
    with ExitStack() as moments:
        sync = loading.begin(entry, view)
        with st.sidebar:
            st.markdown("### Workflow analytics")
            place = lookup.draw()
            _ways(pages, view)
        dataset, has_ended = _opened(moments, entry, view, sync)
        notes.lay_out(entry, view)
        lookup.answer(place, view, dataset)
        controls = st.sidebar.container()
        drawn: list[bool] = []

        def draw_controls() -> None:
            if drawn:
                return
            drawn.append(True)
            with controls:
                filters.draw(view, entry.workspace, dataset)
                live.draw(entry, view, sync, dataset, has_ended=has_ended)
                _account(entry)

        for problem in [*problems, *filter(None, [filters.take_problem(), entry.workspace.library.problem])]:
            st.warning(plain(problem, limit=400), icon=":material/warning:")
        st.session_state[HERE] = Here(entry, view, sync, dataset, draw_controls)
        fault: Exception | None = None
        try:
            page.run()
        except PageEnded:
            pass
        except Exception as raised:  # noqa: BLE001  the way out of what failed must be there before it is told
            fault = raised
        draw_controls()
        if fault is not None:
            raise fault
    _keep_what_is_loaded()


@cache
def _keep_what_is_loaded() -> None:
    """Once a page is drawn, spare what is loaded for good the collections of garbage, which would halt later pages.

    They take a tenth of a second every few pages, nearly all of it for modules.
    """
    gc.collect()
    gc.freeze()


def _opened(moments: ExitStack, entry: SignIn, view: View, sync: Sync | None) -> tuple[Dataset | None, bool]:
    """The view's data, open until the page is drawn, and whether the reading had ended before it was opened.

    The sidebar lists what the data has, so a page that comes at once comes with its lists.
    """
    ended: list[bool] = []

    def opened() -> Dataset | None:
        ended.append(sync is not None and sync.status.stage is not Stage.READING)
        return moments.enter_context(entry.workspace.data(view, now=state.now()))

    return loading.soon(entry, view, sync, opened), ended[-1]


def _ways(pages: Mapping[str, Sequence[Page]], view: View) -> None:
    """The pages, each opening on the same view; Streamlit's own list of pages would drop it."""
    for heading, group in pages.items():
        if heading:
            st.markdown(f":small[:gray[{heading}]]")
        for page in group:
            st.page_link(page, query_params=view.at_large().without_place().to_query())


def title(page: str) -> None:
    """The page's title with the flow's name, which is a stranger's text."""
    found = here()
    projects = {p.project_id: p.project_name for p in found.entry.workspace.projects()}
    name = projects.get(found.view.flow or "", found.view.flow or "")
    st.title(f"{page}: {plain(name)}" if name else page, anchor=False)


def here() -> Here:
    """The frame around the page that runs; a page opened without it stops before it shows anything.

    Where the sign-in has ended meanwhile, the script runs again, up to the form.
    """
    found = st.session_state.get(HERE)
    if not isinstance(found, Here):
        st.stop()
    if not session.is_alive(found.entry):
        st.rerun()
    return found


def _account(entry: SignIn) -> None:
    st.divider()
    st.markdown(f":small[Logged in as **{plain(entry.label)}**]")
    st.button("Log out", key="log_out", icon=":material/logout:", on_click=session.sign_out, width="stretch")
