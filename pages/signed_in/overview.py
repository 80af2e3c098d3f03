"""Overview: is the flow healthy, and when did that change?"""

import streamlit as st

from analytics_dash.figures import failures, latency, tokens
from analytics_dash.figures.theme import theme
from analytics_dash.metrics.buckets import buckets_for
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.latency import latency_over_time
from analytics_dash.metrics.summary import summary
from analytics_dash.metrics.tokens import tokens_over_time
from analytics_dash.ui import cards, charts, chips, completeness, frame, loading, state, tables, take_away

here = frame.here()
frame.title("Overview")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view)

start, end = dataset.interval
runs = dataset.runs(here.view)
failed_count = not here.view.latency_without_failed
figures = summary(runs, now=dataset.as_of, failed_in_latency=failed_count)
take_away.draw(dataset, here.view, runs=figures.runs)
if not figures.runs:
    loading.nothing_found(dataset, here.view)
    st.stop()
cards.draw(figures, without_failed=not failed_count)

zone, look = state.zone(here.view), theme(state.theme())
buckets = buckets_for(start, end, zone=zone, now=dataset.as_of)
failing = failures_over_time(runs, buckets)
charts.draw(
    failures.figure(failing, zone=zone, theme=look),
    name="failures",
    title=f"Failure rate by {buckets.granularity}",
    help_text=f"{cards.RATE_HELP} {charts.TIME_HELP}",
    alt=failures.alt_text(failing, zone=zone),
    view=here.view,
)
timed = latency_over_time(runs, buckets, failed_in_latency=failed_count)
charts.draw(
    latency.figure(timed, zone=zone, theme=look),
    name="latency",
    title=f"Latency by {buckets.granularity}",
    help_text=f"{cards.LATENCY_HELP} The p99 needs 100 runs in a bucket. {charts.TIME_HELP}",
    alt=latency.alt_text(timed, zone=zone),
    view=here.view,
    note=cards.still_running(figures),
)
spent = tokens_over_time(runs, buckets)
charts.draw(
    tokens.figure(spent, zone=zone, theme=look),
    name="tokens",
    title=f"Tokens by {buckets.granularity}",
    help_text=f"{cards.TOKENS_HELP} {charts.TIME_HELP}",
    alt=tokens.alt_text(spent, zone=zone),
    view=here.view,
)
tables.draw(tables.newest_runs(dataset, runs), total=figures.runs, zone=zone)
