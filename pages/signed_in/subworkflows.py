"""Sub-workflows: which workflows call this flow, which of them suffers most, and what they called."""

from dataclasses import replace

import streamlit as st

from analytics_dash.figures import call_graph
from analytics_dash.figures import failures_by_dimension as rate_bars
from analytics_dash.figures import parents as over_time
from analytics_dash.figures.theme import theme
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.failures_by_dimension import failures_by_dimension
from analytics_dash.metrics.parents import PARENT, parents, parents_over_time
from analytics_dash.runs.pattern import only_value
from analytics_dash.ui import (
    call_panel,
    called_runs,
    charts,
    chips,
    completeness,
    frame,
    loading,
    parent_cards,
    parent_names,
    parent_table,
    state,
    take_away,
)
from analytics_dash.ui.ending import end_page

here = frame.here()
call_panel.leave_if_chosen(here.view)
frame.title("Sub-workflows")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

start, end = dataset.interval
zone, look = state.zone(here.view), theme(state.theme())
every = dataset.runs(replace(here.view, parent=()))  # the other parents stay to choose from
found = parents(every, by=parent_table.sort_held(), failed_in_latency=not here.view.latency_without_failed)
runs = dataset.runs(here.view)
total = len(runs)
take_away.draw(dataset, here.view, runs=total)
if not found.runs:
    loading.nothing_found(dataset, here.view)
    end_page()
parent_cards.draw(found)
standings = parent_names.standings(here, found)

if found.called:
    st.subheader("Parents", anchor=False, help=parent_table.HELP)
    parent_table.sort()
    parent_table.draw(found, standings, view=here.view, zone=zone)
else:
    parent_names.say_uncalled(found)

if only_value(here.view.parent) is not None:
    st.subheader(f"Runs called by {parent_names.in_view(here, found)}", anchor=False)
    parent_names.say_standing(here, standings)
    called_runs.draw(runs, total=total, zone=zone)

if found.called:
    asked = Granularity(here.view.granularity) if here.view.granularity else None
    buckets = buckets_for(start, end, zone=zone, now=dataset.as_of, granularity=asked)
    top = parent_names.top(found, most=over_time.MOST)
    frames = {top[value]: held for value, held in parents_over_time(every, buckets, list(top)).items()}
    charts.draw(
        over_time.figure(frames, zone=zone, theme=look),
        name="parents_over_time",
        title=f"Runs of each parent by {buckets.granularity}",
        help_text=f"{parent_names.OVER_TIME_HELP} {charts.TIME_HELP}",
        alt=over_time.alt_text(frames, zone=zone),
        view=here.view,
        data=parent_names.long(frames),
    )
    rates = failures_by_dimension(every, PARENT)
    charts.draw(
        rate_bars.figure(rates, theme=look),
        name="rate_by_parent",
        title="Failure rate by parent",
        help_text=parent_names.RATES_HELP,
        alt=rate_bars.alt_text(rates),
        view=here.view,
        data=rates.frame,
    )
call_panel.draw(here, start=start, end=end, picture=call_graph.picture)
