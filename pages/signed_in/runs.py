"""Runs: every run in view, a page at a time, sorted and searched by the engine; a row opens its run."""

import streamlit as st

from analytics_dash.ui import (
    chips,
    completeness,
    frame,
    loading,
    run_list,
    runs_controls,
    runs_table,
    take_away,
)
from analytics_dash.ui.ending import end_page

here = frame.here()
frame.title("Runs")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

total = run_list.total(dataset, here.view)
take_away.draw(dataset, here.view, runs=total)
if not total:
    loading.nothing_found(dataset, here.view)
    end_page()
number = runs_controls.page_number(here.view, total)
words = runs_controls.shown(number, total)
runs_controls.draw(here.view)
st.markdown(f":small[{words} · select a row to read its run]")
runs_table.draw(run_list.page(dataset, here.view, number=number, total=total), view=here.view, words=words)
runs_controls.draw_pages(number, total)
