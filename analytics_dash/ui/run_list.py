"""Owns when the list of runs is asked for: the count once for a view and its rows, a page whenever it is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store import listing
from analytics_dash.store.dataset import Dataset

COUNTED: Final = "runs_counted"  # session key: the view and rows last counted, and how many there were


def total(dataset: Dataset, view: View) -> int:
    """How many runs the view has; counted anew only where the view or the rows are others than before."""
    asked = (
        replace(view.at_large().without_place(), sort=None, only=None, columns=()),
        dataset.shown,
        dataset.read,
        dataset.as_of,
    )
    held: tuple[object, int] = st.session_state.get(COUNTED, (None, 0))
    if held[0] != (*asked, dataset.report.rows):
        held = st.session_state[COUNTED] = ((*asked, dataset.report.rows), listing.total(dataset, view))
    return held[1]


def page(dataset: Dataset, view: View, *, number: int, total: int) -> pd.DataFrame:
    """The rows of a page, from 0 (`listing.page`)."""
    return listing.page(dataset, view, first=number * listing.PAGE, of=total)
