"""Owns a second look at a page's data: a fragment that runs by itself finds the page's own moment closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import session, state
from analytics_dash.ui.frame import Here


@contextmanager
def reopened(here: Here) -> Iterator[Dataset]:
    """The view's data on a cursor of its own while the block runs; draws the whole page anew where it is gone.

    More may have been read since the page was drawn: ask it for the instants that the page shows.
    """
    if not session.is_alive(here.entry):
        st.rerun(scope="app")
    with here.entry.workspace.data(here.view, now=state.now()) as dataset:
        if dataset is None:
            st.rerun(scope="app")
        yield dataset
