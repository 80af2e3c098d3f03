"""Owns the data of a fragment: the page's moment of the store is over when only the fragment runs again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import frame, run_opening, state


@contextmanager
def reopened() -> Iterator[Dataset]:
    """The view's data for a fragment's own run; runs the whole page instead where the fragment changed the view."""
    leave_if_narrowed()
    here = frame.here()
    with here.entry.workspace.data(here.view, now=state.now()) as dataset:
        if dataset is None:
            st.rerun(scope="app")
        else:
            yield dataset


def leave_if_narrowed() -> None:
    """Run the whole page where a click in the fragment has changed the view, or opens a run.

    Of itself only the fragment would run.
    """
    if state.is_left(frame.here().view) or run_opening.is_wanted():
        st.rerun(scope="app")
