"""Owns what the run page says where it has no run to show, and the ways on from there."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import places, state
from analytics_dash.ui.words import plain, span

FURTHER: Final = {"Read 90 days": "90d", "Read a year": "365d"}


def draw_none_asked(view: View) -> None:
    """How to get to a run, where the link names none."""
    st.info(
        "No run is chosen. Paste a run's ID into the box in the sidebar, or choose one in the table of runs.",
        icon=":material/search:",
    )
    places.link("To the table of runs", places.RUNS, view.at_large(), icon=":material/table_rows:")


def draw_not_found(dataset: Dataset, view: View, run_id: str) -> None:
    """That the run is not stored, and the buttons that read further back; while reading goes on, only that."""
    told = f"The run “{plain(run_id)}” is not among the runs of this flow that are stored."
    if not dataset.complete:
        st.info(f"{told} The range is still being read; it may come yet.", icon=":material/hourglass_top:")
        return
    start, end = dataset.interval
    st.warning(
        f"{told} {span(start, end, state.zone(view))} has been read. The API cannot be asked for one run by its ID, "
        "so an older run is found by reading further back. It may also belong to another flow, or be deleted.",
        icon=":material/search_off:",
    )
    with st.container(horizontal=True, key="further", gap="small"):
        for label, length in FURTHER.items():
            further = view.with_preset(length)
            if further.length > end - start or view.is_custom:
                st.button(label, key=f"further_{length}", on_click=state.show, args=(further,))
        places.link("Back to the list", places.RUNS, view.at_large(), icon=":material/arrow_back:", keeps_place=True)
