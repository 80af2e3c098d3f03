"""Owns what is taken away from a view: all its runs as CSV, and a link that opens on exactly it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import notes, session, state
from analytics_dash.ui.words import count
from analytics_dash.web.paths import CSV_PATH
from analytics_dash.web.routes import csv_chunks, file_name

CSV_HELP: Final = (
    "Every run in view, not only the rows shown, in the API's columns. UTF-8 for Excel; text that a spreadsheet would "
    "take for a formula is preceded by an apostrophe."
)


def draw(dataset: Dataset, view: View, *, runs: int) -> None:
    """What can be taken away, in a row: the rows, and the view as a link; beside them the notes."""
    with st.container(horizontal=True, key="take_away", gap="small"):
        _download(dataset, view, runs=runs)
        with st.container(width="content"):
            _share(dataset, view)
        notes.draw(*dataset.interval)


def _download(dataset: Dataset, view: View, *, runs: int) -> None:
    """The CSV of all runs in view: streamed where the server has the route, else built by Streamlit's own button."""
    label = "Download CSV"
    tip = f"{count(runs, 'run')}, the same as on screen. {CSV_HELP}"
    if session.has_routes():
        address = f"{CSV_PATH}?{urlencode(view.to_query(), doseq=True)}"
        st.link_button(label, address, icon=":material/download:", help=tip)
        return
    st.download_button(
        label,
        data=lambda: b"".join(csv_chunks(dataset, view)),
        file_name=file_name(dataset, view),
        mime="text/csv",
        icon=":material/download:",
        help=tip,
        on_click="ignore",
    )


@st.fragment
def _share(dataset: Dataset, view: View) -> None:
    """A link to copy, with absolute instants and the zone, so that whoever opens it sees the same numbers.

    It is written when it is asked for: a choice that moved one chart has not drawn it anew.
    """
    opened = st.popover("Share", icon=":material/link:", key="share", on_change="rerun")
    if not opened.open:
        return
    shown = replace(view, choices=state.current_view()[0].choices)
    with opened:
        st.markdown(
            "This link opens on exactly this view: the same instants, zone, filters and choices, for whoever may see "
            "the flow."
        )
        st.code(share_link(dataset, shown, page=st.context.url or ""), language=None, wrap_lines=True)


def share_link(dataset: Dataset, view: View, *, page: str) -> str:
    """The page's address with the view made absolute."""
    asked = dataset.scope.interval
    absolute = replace(view, start=asked.low, end=asked.high, tz=state.zone(view))
    scheme, host, path, _, _ = urlsplit(page)
    return urlunsplit((scheme, host, path, urlencode(absolute.to_query(), doseq=True), ""))
