"""Owns tables of runs: a chosen row opens its run, and the run read last stays marked when the viewer comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.ui import places, row_choice

WANTED: Final = "run_wanted"  # session key: the run whose row was just chosen
READ_LAST: Final = "run_read_last"  # session key: the run that was opened last from a table


def draw(table: pd.DataFrame, *, run_ids: Sequence[str], name: str, **options: Any) -> None:
    """The table with a row for each of the runs; its page opens where a row is chosen."""
    ids = [str(run_id) for run_id in run_ids]
    last = st.session_state.get(READ_LAST)
    row_choice.draw(
        table,
        name=name,
        chosen=ids.index(last) if last in ids else None,
        on_choice=lambda row: _want(last if row is None else ids[row]),  # a click on the marked row opens it again
        **options,
    )


def _want(run_id: str | None) -> None:
    if run_id is not None:
        st.session_state[WANTED] = st.session_state[READ_LAST] = run_id


def open_if_chosen(view: View) -> None:
    """Leave for the run whose row was just chosen, once."""
    run_id = st.session_state.pop(WANTED, None)
    if run_id is not None:
        places.go(places.RUN, places.of_run(view, str(run_id)))
