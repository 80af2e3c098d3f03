"""Overview: is the flow healthy, and when did that change?"""

import streamlit as st

from analytics_dash.figures import failures as failure_figures
from analytics_dash.figures import latency as latency_figures
from analytics_dash.figures import tokens as token_figures
from analytics_dash.figures.theme import theme
from analytics_dash.metrics.buckets import buckets_for
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.latency import latency_over_time
from analytics_dash.metrics.summary import summary
from analytics_dash.metrics.tokens import tokens_over_time
from analytics_dash.ui import cards, charts, chips, completeness, frame, loading, state, tables, take_away

here = frame.here()
entry, view = here.entry, here.view
frame.title("Overview")
dataset = loading.runs_in_view(entry, view)
completeness.draw(dataset, view)
chips.draw(view)

start, end = dataset.interval(view)
runs = dataset.store.runs(view, start=start, end=end)
figures = summary(runs, now=dataset.as_of)
take_away.draw(dataset, view, runs=figures.runs)
if not figures.runs:
    loading.nothing_found(dataset, view)
    st.stop()
cards.draw(figures)
