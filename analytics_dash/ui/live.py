"""Owns how data is kept up to date: its age, the refresh button, the “Live” switch, and forgetting what is stored."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.sync import Stage, Sync
from analytics_dash.ui import loading, state
from analytics_dash.ui.words import age
from analytics_dash.web.sessions import SignIn

LIVE: Final = "live"
TROUBLES: Final = "live_troubles"  # session key: readings in a row that failed
SHOWN: Final = "live_shown"  # session key: the ended reading that the page was drawn after
LAST: Final = "live_last"  # session key: when the last one was begun, by the monotonic clock
LOOK_S: Final = 2.0
LONGEST_WAIT_S: Final = 300.0  # an API in trouble is asked no more often than this
LIVE_HELP: Final = (
    "Asks the API for new runs every {every:.0f} s while this page is open, and moves the charts with them."
)
FORGET_HELP: Final = (
    "Removes the runs of this flow from the store on the dashboard's machine, for everybody. The API keeps them; "
    "opening the flow reads them again. Notes stay, as nobody else has them."
)


def draw(entry: SignIn, view: View, sync: Sync | None, dataset: Dataset | None, *, has_ended: bool) -> None:
    """The controls, in the current container; nothing while no flow is chosen.

    `has_ended` says that the reading had ended before the data was opened: then the page shows all it brought.
    """
    if sync is None:
        return
    if has_ended and dataset is not None:
        st.session_state[SHOWN] = id(sync)
    every_s = entry.workspace.settings.live_every_s
    is_fixed = view.is_custom
    left, right = st.columns([1, 1], vertical_alignment="center")
    with left:
        st.toggle(
            "Live",
            key=LIVE,
            disabled=is_fixed,
            help="A custom range has a fixed end. Choose a preset to follow new runs."
            if is_fixed
            else LIVE_HELP.format(every=every_s),
        )
    with right:
        st.button("Refresh", key="refresh", icon=":material/refresh:", on_click=loading.ask_refresh, width="stretch")
    _watch(entry, view, sync, dataset.as_of.timestamp() if dataset is not None else None)
    with st.popover("Stored data", icon=":material/database:", width="stretch"):
        _stored(entry, view)


@st.fragment(run_every=LOOK_S)
def _watch(entry: SignIn, view: View, sync: Sync, as_of: float | None) -> None:
    """How old the data is; brings it up to date where that is wished, and lets the page draw what has come."""
    status = sync.status
    if as_of is not None and not entry.workspace.access(view).is_granted:
        st.rerun(scope="app")  # the right to see the flow has ended meanwhile
    if status.stage is Stage.READING:
        st.session_state[SHOWN] = None
        st.markdown(":small[Bringing the data up to date …]" if as_of is not None else ":small[Reading …]")
        return
    if st.session_state.get(SHOWN) != id(sync):  # it has ended since the page was drawn, or while it was
        st.session_state[SHOWN] = id(sync)
        st.rerun(scope="app")
    st.markdown(f":small[{_words(as_of, status.stage)}]")
    if st.session_state.get(LIVE) and not view.is_custom and _is_due(entry, status.stage):
        st.session_state[LAST] = time.monotonic()
        loading.ask_refresh()
        st.rerun(scope="app")


def _words(as_of: float | None, stage: Stage) -> str:
    if as_of is None:
        return "Nothing is read yet."
    seconds = max(0.0, state.now().timestamp() - as_of)
    old = (
        f"{seconds:.0f} s"
        if seconds < 60
        else age(state.now() - state.now().fromtimestamp(as_of, tz=state.now().tzinfo))
    )
    trouble = " The last reading failed; trying again later." if stage is Stage.FAILED else ""
    return f"Data is {old} old.{trouble}"


def _is_due(entry: SignIn, stage: Stage) -> bool:
    """Whether it is time to read again; after each failure in a row the wait doubles."""
    troubles = st.session_state.get(TROUBLES, 0) + 1 if stage is Stage.FAILED else 0
    last = st.session_state.setdefault(LAST, time.monotonic())
    if time.monotonic() - last < wait_s(entry.workspace.settings.live_every_s, troubles):
        return False
    st.session_state[TROUBLES] = troubles
    return True


def wait_s(every_s: float, troubles: int) -> float:
    """Seconds between two readings after so many failures in a row."""
    return min(every_s * 2.0 ** min(troubles, 10), LONGEST_WAIT_S)


def _stored(entry: SignIn, view: View) -> None:
    library = entry.workspace.library
    where = (
        "in memory, until the dashboard stops"
        if library.engine.location is None
        else "in a file on the dashboard's machine"
    )
    st.markdown(f"What was read is kept {where}, so that it opens at once the next time.")
    st.button(
        "Read this range again",
        key="everything",
        on_click=loading.ask_everything,
        help="Reads every run of the range anew: late feedback on old runs, and runs that the server no longer has.",
        width="stretch",
    )
    st.button(
        "Forget this flow's local data",
        key="forget",
        help=FORGET_HELP,
        on_click=entry.workspace.forget,
        args=(view,),
        width="stretch",
    )
