"""Owns how a click on a run, in a table or on a chart, leaves for the run's page: callbacks may not, so it is noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.runs.view import View
from analytics_dash.ui import places, row_choice
from analytics_dash.ui.charts import CONFIG

OPENED: Final = "run_to_open"  # session key: the run that was just chosen
CLICKS: Final = "run_clicks"  # session key: how many clicks were taken, so that a taken one is not seen again


def leave(view: View) -> None:
    """Go to the run that was chosen, if one was; where a page, or a fragment with such a table, begins."""
    opened = st.session_state.pop(OPENED, None)
    if isinstance(opened, str):
        places.go(places.RUN, places.of_run(view, opened))


def draw_table(table: pd.DataFrame, *, name: str, ids: Sequence[str], **options: Any) -> None:
    """A table whose chosen row opens the run with the ID at its place."""
    row_choice.draw(
        table,
        name=name,
        chosen=None,
        on_choice=lambda row: None if row is None else _note(ids[row]),
        placeholder="–",
        **options,
    )


def draw_marks(figure: Figure, *, name: str, alt: str) -> None:
    """A chart whose marks open the run in their customdata, ["run", run_id]."""
    key = _key(name)
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        on_select=lambda: _take(name, key),
        selection_mode="points",
        config=CONFIG,
        alt=alt,
    )


def clicked_run(selection: object) -> str | None:
    """The run of the first point that stands for one; None for none, whatever the browser sends."""
    inner = selection.get("selection", selection) if isinstance(selection, Mapping) else None
    points = inner.get("points") if isinstance(inner, Mapping) else None
    for point in points if isinstance(points, (list, tuple)) else []:
        held = point.get("customdata") if isinstance(point, Mapping) else None
        parts = [held[key] for key in sorted(held, key=str)] if isinstance(held, Mapping) else held
        if isinstance(parts, (list, tuple)) and len(parts) == 2 and parts[0] == "run" and isinstance(parts[1], str):
            return parts[1] or None
    return None


def _key(name: str) -> str:
    return f"marks_{name}_{st.session_state.get(CLICKS, 0)}"


def _take(name: str, key: str) -> None:
    """Take the click once; the browser may repeat it until it has drawn the chart anew."""
    run_id = clicked_run(st.session_state.get(key)) if key == _key(name) else None
    if run_id is not None:
        st.session_state[CLICKS] = st.session_state.get(CLICKS, 0) + 1
        _note(run_id)


def _note(run_id: str) -> None:
    st.session_state[OPENED] = run_id
