"""Owns how runs arrive on a page: waits for a reading, shows its progress, and says what is missing and what to do."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store.sync import Dataset, Stage, Status, Sync
from analytics_dash.ui import session, state
from analytics_dash.ui.words import count, plain, span
from analytics_dash.web.sessions import SignIn

GRACE_S: Final = 0.8  # readings that end sooner show no progress: a flicker tells nothing
REDRAW_S: Final = 0.5
REFRESH: Final = "refresh_wanted"


def runs_in_view(entry: SignIn, view: View) -> Dataset:
    """The data the page draws; until there is some, draws progress or what went wrong, and stops the script."""
    refresh = bool(st.session_state.pop(REFRESH, False))
    sync = entry.workspace.sync(view, now=state.now(), refresh=refresh)
    if sync is None:
        _ask_for_flow(view)
        st.stop()
    if entry.workspace.dataset(view) is None:
        sync.wait(GRACE_S)
    _tell(entry, sync)
    dataset = entry.workspace.dataset(view)
    if dataset is None:
        st.stop()
    return dataset


def ask_refresh() -> None:
    """Read the view again on the next run."""
    st.session_state[REFRESH] = True


def _ask_for_flow(view: View) -> None:
    missing = [name for name, value in (("an organization", view.org), ("a flow", view.flow)) if not value]
    st.info(f"Choose {' and '.join(missing)} in the sidebar to see its runs.", icon=":material/arrow_back:")


def _tell(entry: SignIn, sync: Sync) -> None:
    """Progress while it reads; what stopped it, and the way on, where something did."""
    status = sync.status
    if status.stage is Stage.READING:
        _progress(sync)
    elif status.stage is Stage.EXPIRED and status.error is not None:
        session.expire(entry, status.error)
    elif status.stage is Stage.CANCELLED:
        _stopped(entry, sync, "Reading was stopped.", error=False)
    elif status.stage is Stage.FAILED:
        _stopped(entry, sync, str(status.error), error=True)


def _stopped(entry: SignIn, sync: Sync, sentence: str, *, error: bool) -> None:
    draw = st.error if error else st.info
    draw(plain(sentence, limit=600), icon=":material/warning:")
    label = "Try again" if sync.dataset is None and error else "Go on reading"
    st.button(label, key="resume", on_click=sync.start, args=(entry.workspace.auth,), type="primary")


@st.fragment(run_every=REDRAW_S)
def _progress(sync: Sync) -> None:
    status = sync.status
    if status.stage is not Stage.READING:
        st.rerun(scope="app")
    with st.container(border=True, key="progress"):
        words, button = st.columns([5, 1], vertical_alignment="center")
        with words:
            _progress_line(status)
        button.button("Cancel", key="cancel", on_click=sync.cancel, width="stretch")


def _progress_line(status: Status) -> None:
    progress = status.progress
    of = f" of about {status.expected:,}" if status.expected else ""
    text = f"Reading runs: {progress.rows:,}{of} in {count(progress.pages, 'page')}, {progress.elapsed_s:.0f} s"
    if progress.note:
        text += f". {plain(progress.note, limit=200)}"
    st.progress(_fraction(progress.rows, status.expected), text=text)


def _fraction(rows: int, expected: int | None) -> float:
    """How much is read; never full before the end, since the expectation is another count's."""
    return min(0.99, rows / expected) if expected else 0.0


def nothing_found(dataset: Dataset, view: View) -> None:
    """Say why there is nothing to draw, and the way to something."""
    start, end = dataset.interval(view)
    where = span(start, end, state.zone(view))
    anywhere = dataset.store.runs(View(tests=True), start=start, end=end).count("*").fetchall()[0][0]
    if anywhere:
        st.info(
            f"None of the {count(anywhere, 'run')} in {where} fits the filters. Remove a filter above, or turn off "
            "“Leave out test runs”.",
            icon=":material/filter_alt:",
        )
    else:
        st.info(
            f"This flow has no runs in {where}. Choose a longer range in the sidebar.", icon=":material/event_busy:"
        )
