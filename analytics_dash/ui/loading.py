"""Owns how runs arrive on a page: waits for a reading, shows its progress, and says what is missing and what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import streamlit as st

from analytics_dash.errors import SignInExpired
from analytics_dash.runs.view import STATES, View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.sync import Stage, Status, Sync
from analytics_dash.ui import session, state
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.lookback import since
from analytics_dash.ui.words import count, plain, span
from analytics_dash.web.sessions import SignIn

if TYPE_CHECKING:
    from analytics_dash.ui.frame import Here

GRACE_S: Final = 0.8  # readings that end sooner show no progress: a flicker tells nothing
LOOK_S: Final = 0.05
REDRAW_S: Final = 0.5
DRAW_AGAIN_S: Final = 1.5  # after which a page draws what has been read meanwhile, each time later than before
LATER: Final = 1.7
REFRESH: Final = "refresh_wanted"
EVERYTHING: Final = "everything_wanted"
DRAWN: Final = "drawn_while_reading"


def begin(entry: SignIn, view: View) -> Sync | None:
    """The reading that the view rests on or waits for, started where needed."""
    everything = bool(st.session_state.pop(EVERYTHING, False))
    refresh = bool(st.session_state.pop(REFRESH, False)) or everything
    now = state.now()
    before = since(view, now=now, keeps_days=entry.workspace.settings.retention_days)
    return entry.workspace.sync(view, now=now, refresh=refresh, everything=everything, since=before)


def runs_in_view(here: Here) -> Dataset:
    """The data the page draws; until there is some, draws progress or what went wrong, and ends the page."""
    if here.sync is None:
        _ask_for_flow(here.view)
        end_page()
    _tell(here, here.sync, here.dataset)
    if here.dataset is None:
        end_page()
    _tell_strange_states(here.dataset, here.view)
    return here.dataset


def _tell_strange_states(dataset: Dataset, view: View) -> None:
    """Say which states asked for are neither documented nor any run's.

    They stay in the filter: the API may have states that its documentation does not name, and runs that have one must
    be found, also when they come later.
    """
    strange = [name for name in view.state if name not in STATES] if dataset.complete else []
    for name in strange:
        asked = View(state=(name,), tests=True)
        if not dataset.at_any_time(asked).limit(1).project("run_key").fetchall():
            known = f"{', '.join(STATES[:-1])} or {STATES[-1]}"
            st.warning(
                f"No run has the state “{plain(name)}”, by which this view is filtered. It is not {known}.",
                icon=":material/warning:",
            )


def soon(entry: SignIn, view: View, sync: Sync | None, opened: Callable[[], Dataset | None]) -> Dataset | None:
    """What is there or comes within a moment, so that a short reading shows no progress at all."""
    until = time.monotonic() + GRACE_S
    right = entry.workspace.access(view)
    while (dataset := opened()) is None and sync is not None and time.monotonic() < until:
        if sync.wait(LOOK_S) and not right.is_asking:
            return opened()
    return dataset


def ask_refresh() -> None:
    """Bring the view up to date on the next run."""
    st.session_state[REFRESH] = True


def ask_everything() -> None:
    """Read the whole range of the view again on the next run."""
    st.session_state[EVERYTHING] = True


def _ask_for_flow(view: View) -> None:
    missing = [name for name, value in (("an organization", view.org), ("a flow", view.flow)) if not value]
    st.info(f"Choose {' and '.join(missing)} in the sidebar to see its runs.", icon=":material/arrow_back:")


def _tell(here: Here, sync: Sync, dataset: Dataset | None) -> None:
    """Progress while something is missing; what stopped the reading, and the way on, where something did."""
    status, entry = sync.status, here.entry
    refusal = entry.workspace.refused(here.view, sync)
    if status.stage is Stage.EXPIRED and status.error is not None:
        session.expire(entry, status.error)
    elif isinstance(refusal, SignInExpired):
        session.expire(entry, refusal)
    elif status.stage is Stage.READING:
        _progress_or_nothing(sync, dataset)
    elif status.stage is Stage.CANCELLED:
        _stopped(entry, sync, "Reading was stopped.", error=False, has_data=dataset is not None)
    elif refusal is not None:
        _stopped(entry, sync, str(refusal), error=True, has_data=dataset is not None)
    elif dataset is None:
        _nothing_or_wait(here)


def _progress_or_nothing(sync: Sync, dataset: Dataset | None) -> None:
    """A box while something is missing; where all is there and is only brought up to date, the sidebar tells."""
    if dataset is None or not dataset.complete:
        drawn, _ = st.session_state.get(DRAWN, (0, 0.0)) if dataset is not None else (0, 0.0)
        st.session_state[DRAWN] = (drawn + 1, time.monotonic())
        _progress(sync, has_data=dataset is not None)
    else:
        st.session_state.pop(DRAWN, None)


def _nothing_or_wait(here: Here) -> None:
    """Say why a reading that has ended brought nothing; or wait for the API's word, without which nothing is shown."""
    if here.view.interval(now := state.now())[0] >= now:
        st.info("This range has not begun yet. Choose another in the sidebar.", icon=":material/event_upcoming:")
    elif not here.entry.workspace.access(here.view).is_granted:
        _wait_for_right(here)
    elif _is_there(here):  # the right came after the data was asked for
        st.rerun()
    elif not (scope := here.entry.workspace.scope(here.view, now=now)) or not scope.interval:
        st.info(
            "Runs are not kept for so long as to reach this range. Choose a later one in the sidebar.",
            icon=":material/event_busy:",
        )
    else:
        st.info("Nothing of this range is read yet.", icon=":material/hourglass_empty:")
        st.button("Read it", key="read_nothing", on_click=ask_refresh, type="primary")


def _is_there(here: Here) -> bool:
    with here.entry.workspace.data(here.view, now=state.now()) as dataset:
        return dataset is not None


@st.fragment(run_every=REDRAW_S)
def _wait_for_right(here: Here) -> None:
    """Wait until the API has said whether this sign-in may see the flow."""
    right = here.entry.workspace.access(here.view)
    if right.is_granted or right.refusal is not None:
        st.rerun(scope="app")
    right.begin()
    st.info("Asking the API whether you may see this flow.", icon=":material/hourglass_top:")


def _stopped(entry: SignIn, sync: Sync, sentence: str, *, error: bool, has_data: bool) -> None:
    draw = st.error if error else st.info
    draw(plain(sentence, limit=600), icon=":material/warning:")
    label = "Try again" if not has_data and error else "Go on reading"
    st.button(label, key="resume", on_click=sync.start, args=(entry.workspace.auth,), type="primary")


@st.fragment(run_every=REDRAW_S)
def _progress(sync: Sync, *, has_data: bool) -> None:
    status = sync.status
    if status.stage is not Stage.READING or _is_time_to_draw(has_data=has_data, answered=sync.answered.is_set()):
        st.rerun(scope="app")
    with st.container(border=True, key="progress"):
        words, button = st.columns([5, 1], vertical_alignment="center")
        with words:
            _progress_line(status)
        button.button("Cancel", key="cancel", on_click=sync.cancel, width="stretch")


def _is_time_to_draw(*, has_data: bool, answered: bool) -> bool:
    """Whether the page should show what has been read since it was drawn: at once at first, then ever more seldom."""
    times, at = st.session_state.get(DRAWN, (1, time.monotonic()))
    wait_s = DRAW_AGAIN_S * LATER ** min(times, 6) if has_data else DRAW_AGAIN_S / 2
    return (has_data or answered) and time.monotonic() - at > wait_s


def _progress_line(status: Status) -> None:
    progress = status.progress
    is_beyond = status.expected is not None and progress.rows > status.expected  # what it is held against, is read too
    of = f" of about {status.expected:,}" if status.expected and not is_beyond else ""
    text = f"Reading runs: {progress.rows:,}{of} in {count(progress.pages, 'page')}, {progress.elapsed_s:.0f} s"
    if progress.note:
        text += f". {plain(progress.note, limit=200)}"
    st.progress(_fraction(progress.rows, status.expected), text=text)


def _fraction(rows: int, expected: int | None) -> float:
    """How much is read; never full before the end, since the expectation is another count's."""
    return min(0.99, rows / expected) if expected else 0.0


def nothing_found(dataset: Dataset, view: View) -> None:
    """Say why there is nothing to draw, and the way to something."""
    start, end = dataset.interval
    where = span(start, end, state.zone(view))
    anywhere = dataset.runs(View(tests=True)).count("*").fetchall()[0][0]
    if anywhere:
        tests = "" if view.tests else ", or turn off “Leave out test runs”"
        st.info(
            f"None of the {count(anywhere, 'run')} in {where} fits the filters. Remove a filter above{tests}.",
            icon=":material/filter_alt:",
        )
    else:
        st.info(
            f"This flow has no runs in {where}. Choose a longer range in the sidebar.", icon=":material/event_busy:"
        )
