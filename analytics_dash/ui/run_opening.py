"""Owns how a click on a run, in a table or on a chart, leaves for the run's page: callbacks may not, so it is noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.runs.drilldown import customdata_of
from analytics_dash.runs.view import View
from analytics_dash.ui import marks, places, row_choice

WANTED: Final = "run_wanted"  # session key: the run that was just chosen, and whether its list keeps the place
READ_LAST: Final = "run_read_last"  # session key: the run that was opened last from a table that keeps the place


def leave(view: View) -> None:
    """Go to the run that was chosen, if one was; the frame calls it."""
    wanted: tuple[str, bool] | None = st.session_state.pop(WANTED, None)
    if wanted is not None:
        places.go(places.RUN, places.of_run(view, wanted[0]), keeps_place=wanted[1])


def is_wanted() -> bool:
    """Whether a run was chosen that `leave` has not gone to yet."""
    return WANTED in st.session_state


def draw_table(
    table: pd.DataFrame, *, name: str, ids: Sequence[str], keeps_place: bool = False, **options: Any
) -> None:
    """A table whose chosen row opens the run with the ID at its place.

    With `keeps_place` the run read last stays marked when the viewer comes back, and a click on it opens it again.
    """
    known = [str(run_id) for run_id in ids]
    last = st.session_state.get(READ_LAST) if keeps_place else None
    row_choice.draw(
        table,
        name=name,
        chosen=known.index(last) if last in known else None,
        on_choice=lambda row: _choose(last if row is None else known[row], keeps_place=keeps_place),
        placeholder="–",
        **options,
    )


def draw_marks(figure: Figure, *, name: str, alt: str, on_run: Callable[[str], None] | None = None) -> None:
    """A chart whose marks open the run in their customdata, ["run", run_id], or hand it over."""

    def clicked(selection: object) -> bool:
        run_id = clicked_run(selection)
        if run_id is not None:
            (on_run or _want)(run_id)
        return run_id is not None

    marks.draw(figure, name=name, alt=alt, clicked=clicked)


def clicked_run(selection: object) -> str | None:
    """The run of the first point that stands for one; None for none, whatever the browser sends."""
    for parts in customdata_of(selection):
        match parts:
            case ["run", str(run_id)]:
                return run_id or None
    return None


def _choose(run_id: str | None, *, keeps_place: bool) -> None:
    if run_id is not None:
        _want(run_id, keeps_place=keeps_place)
        if keeps_place:
            st.session_state[READ_LAST] = run_id


def _want(run_id: str, *, keeps_place: bool = False) -> None:
    st.session_state[WANTED] = (run_id, keeps_place)
