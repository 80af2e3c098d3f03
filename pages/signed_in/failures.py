"""Failures: since when, which errors, whom they hit, and who is still broken?"""

from functools import partial

import streamlit as st

from analytics_dash.figures import failures, failures_by_dimension, failures_outcomes
from analytics_dash.figures import incidents as incident_bands
from analytics_dash.figures.theme import theme
from analytics_dash.figures.time_axis import time_axis
from analytics_dash.metrics import failures_by_dimension as rates
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.errors import error_groups
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.failures_summary import failure_summary
from analytics_dash.metrics.recovery import recovery
from analytics_dash.metrics.recovery_users import users_left_broken
from analytics_dash.metrics.streaks import failure_streaks
from analytics_dash.runs.period import length_of
from analytics_dash.ui import (
    broken_users,
    cards,
    charts,
    chips,
    completeness,
    error_table,
    failing_runs,
    failure_cards,
    failure_choices,
    frame,
    held_against,
    incident_list,
    loading,
    moments,
    parts,
    places,
    recovery_panel,
    state,
    streak_list,
    take_away,
)
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.parts import Part

here = frame.here()
frame.title("Failures")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

start, end = dataset.interval
as_of, zone, look = dataset.as_of, state.zone(here.view), theme(state.theme())
runs = failing_runs.of_view(dataset, here.view, start=start, end=end)
figures = failure_summary(runs)
take_away.draw(dataset, here.view, runs=failing_runs.in_view(figures, here.view))
if not figures.runs:
    loading.nothing_found(dataset, here.view)
    end_page()
failing_runs.say_what_counts(figures, here.view)
within, by = recovery_panel.within(), recovery_panel.by()
before = held_against.held(
    dataset, here.view, lambda low, high: failing_runs.of_view(dataset, here.view, start=low, end=high)
)
after = failing_runs.aftermath(dataset, here.view)
recovered = recovery(runs, after.runs, until=after.until, by=by, within=length_of(within))
broken, streaks = users_left_broken(runs, after.runs), failure_streaks(runs)
failure_cards.draw(
    figures,
    broken=broken.of,
    recovered=recovered,
    by=by,
    within=recovery_panel.TIMES[within],
    streaks=streaks,
    zone=zone,
    view=here.view,
    against=before.against,
)
held_against.say_what_is_missing(dataset, here.view, here.sync)
if parts.come_whole("failures"):
    here.draw_controls()

asked = Granularity(here.view.granularity) if here.view.granularity else None
buckets = buckets_for(start, end, zone=zone, now=as_of, granularity=asked)
failing = failures_over_time(runs, buckets)
found = incident_list.find(dataset, here.view, zone=zone)


def failure_rate() -> None:
    """The failure rate with its incidents, and these in words."""
    rate_chart = failures.figure(failing, zone=zone, theme=look)
    incident_bands.add_incidents(rate_chart, found.incidents, time_axis(failing, zone), theme=look)
    charts.draw(
        rate_chart,
        name="failures",
        title=f"Failure rate by {buckets.granularity}",
        help_text=f"{cards.RATE_HELP} {cards.BAND_HELP} {charts.TIME_HELP}",
        alt=f"{failures.alt_text(failing, zone=zone)} {incident_bands.alt_text(found.incidents, zone=zone)}",
        view=here.view,
        data=failing,
    )
    sentences = [incident_bands.described_incident(incident, zone=zone) for incident in found.incidents]
    incident_list.draw(found, sentences, view=here.view, zone=zone)


@st.fragment
def outcomes_over_time() -> None:
    moments.leave_if_narrowed()
    charts.draw(
        failures_outcomes.figure(failing, zone=zone, theme=look, share=failure_choices.is_as_shares()),
        name="outcomes",
        title=f"Runs by outcome and {buckets.granularity}",
        help_text=f"{cards.RUNS_HELP} {charts.TIME_HELP}",
        alt=failures_outcomes.alt_text(failing, zone=zone),
        view=here.view,
        data=failing,
    )
    failure_choices.draw_shapes()


@st.fragment
def rates_by_dimension() -> None:
    dimension = failure_choices.dimension()
    with moments.reopened() as data:
        values = rates.failures_by_dimension(
            failing_runs.of_view(data, here.view, start=start, end=end), dimension, limit=rates.VALUES
        )
    charts.draw(
        failures_by_dimension.figure(values, theme=look),
        name="failures_by_dimension",
        title=f"Failure rate by {dimension.label.lower()}",
        help_text=failure_choices.BY_HELP,
        alt=failures_by_dimension.alt_text(values),
        view=here.view,
        note=failure_choices.shown(values),
        data=values.frame,
    )


@st.fragment
def errors() -> None:
    st.subheader("Errors", anchor=False, help=error_table.HELP)
    sort = error_table.sort()
    spark = error_table.spark_buckets(start, end, zone=zone, now=as_of)
    every = failing_runs.without_error(here.view)
    with moments.reopened() as data:
        past = failing_runs.before(data, here.view, start=start, end=end)
        against = partial(error_groups, before=past.runs, since=past.since) if past else error_groups
        groups = against(data.runs(every, start=start, end=end), buckets=spark, sort=sort)
        chosen = against(data.runs(here.view, start=start, end=end), limit=1) if here.view.error_group else None
    error_table.draw(groups, spark=spark, since=past.since if past else None, view=here.view, zone=zone)
    if chosen is not None:
        newest = error_table.draw_chosen(chosen, view=here.view, zone=zone)
        if newest is not None:
            places.link("Read its newest run", places.RUN, newest, icon=":material/play_circle:")


def left_broken() -> None:
    """Users without a success since their last failure."""
    st.subheader("Users left broken", anchor=False, help=failure_cards.BROKEN_HELP)
    failing_runs.say_where_it_ends(after, zone=zone)
    broken_users.draw(broken, view=here.view, zone=zone)


def recovery_rate() -> None:
    """How often a success follows; a choice here changes the figure at the top, too."""
    if (recovery_panel.within(), recovery_panel.by()) != (within, by):
        st.rerun(scope="app")
    st.subheader("Recovery", anchor=False, help=recovery_panel.HELP)
    failing_runs.say_where_it_ends(after, zone=zone)
    recovery_panel.draw(recovered)


def in_a_row() -> None:
    """Failures without a success between them."""
    st.subheader("Failures in a row", anchor=False, help=streak_list.HELP)
    streak_list.draw(streaks, view=here.view, zone=zone)


over_time = [Part("rate", failure_rate), Part("outcomes", outcomes_over_time)]
if not figures.failed and here.view.error_group is None:
    parts.draw("failures", over_time)
    st.success("No run failed in this range.", icon=":material/check:")
    end_page()
parts.draw(
    "failures",
    [
        *over_time,
        Part("errors", errors),
        Part("by_dimension", rates_by_dimension),
        Part("broken", left_broken),
        Part("recovery", recovery_rate),
        Part("streaks", in_a_row),
    ],
)
