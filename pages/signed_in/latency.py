"""Latency: how long do runs take, which are slow, and what do the slow ones have in common?"""

import streamlit as st

from analytics_dash.figures import (
    common_values,
    distribution,
    heatmap,
    latency,
    latency_by_dimension,
    latency_threshold,
    latency_tokens,
)
from analytics_dash.figures.theme import theme
from analytics_dash.metrics import common_values_asked as asked
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.distribution import distribution as distribution_of
from analytics_dash.metrics.heatmap import heatmap as heatmap_of
from analytics_dash.metrics.latency import percentiles_over_time
from analytics_dash.metrics.latency_by_dimension import latency_by_dimension as latency_by
from analytics_dash.metrics.latency_threshold import within_over_time, within_threshold
from analytics_dash.metrics.latency_tokens import latency_against_tokens
from analytics_dash.metrics.slow import slow_from_s, slowest
from analytics_dash.metrics.summary import summary
from analytics_dash.ui import (
    cards,
    charts,
    chips,
    completeness,
    frame,
    held_against,
    latency_cards,
    latency_controls,
    loading,
    moments,
    parts,
    slow_table,
    state,
    take_away,
)
from analytics_dash.ui import common_values as question
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.parts import Part
from analytics_dash.ui.words import seconds, span

here = frame.here()
frame.title("Latency")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

view, (start, end) = here.view, dataset.interval
zone, look = state.zone(view), theme(state.theme())
runs, with_failed = dataset.runs(view), not view.latency_without_failed
everything = summary(runs, now=dataset.as_of)
take_away.draw(dataset, view, runs=everything.runs)
if not everything.runs:
    loading.nothing_found(dataset, view)
    end_page()

spread = distribution_of(runs, failed_in_latency=with_failed)
within = within_threshold(runs, threshold_s=latency_controls.threshold_s(view), failed_in_latency=with_failed)
before = held_against.held(
    dataset, view, lambda low, high: dataset.runs(view, start=low, end=high), failed_in_latency=with_failed
)
latency_cards.draw(everything, spread, within, against=before.against)
held_against.say_what_is_missing(dataset, view, here.sync)
if parts.come_whole("latency"):
    here.draw_controls()
if not spread.latency_runs:
    st.info(latency_cards.why_nothing(everything, spread), icon=":material/timer_off:")
    end_page()

threshold_s, percentiles = latency_controls.draw(view)
buckets = buckets_for(
    start, end, zone=zone, now=dataset.as_of, granularity=Granularity(view.granularity) if view.granularity else None
)


def over_time() -> None:
    """The chosen percentiles by bucket."""
    with moments.reopened() as moment:
        held = moment.runs(view, start=start, end=end)
        timed = percentiles_over_time(held, buckets, percentiles=percentiles, failed_in_latency=with_failed)
    charts.draw(
        latency.figure(timed, zone=zone, theme=look, threshold_s=view.threshold),
        name="latency",
        title=f"Latency by {buckets.granularity}",
        help_text=f"{cards.LATENCY_HELP} The p99 needs 100 runs in a bucket. {charts.TIME_HELP}",
        alt=latency.alt_text(timed, zone=zone),
        view=view,
        data=timed,
        note=f"{latency_cards.over(spread)} of {everything.runs:,}",
    )


def every_run() -> None:
    """All runs by when they started and how long they took."""
    with moments.reopened() as moment:
        cells = heatmap_of(moment.runs(view, start=start, end=end), buckets, failed_in_latency=with_failed)
    charts.draw(
        heatmap.figure(cells, zone=zone, theme=look),
        name="heatmap",
        title="Latency of every run",
        help_text=latency_controls.HEATMAP_HELP,
        alt=heatmap.alt_text(cells, zone=zone),
        view=view,
        data=cells.cells,
        note=heatmap.untimed_text(cells),
    )


@st.fragment
def in_common() -> None:
    """What slow runs, failed runs or those in view show more often than the others."""
    of = question.asked()
    with moments.reopened() as moment:
        held = moment.runs(view, start=start, end=end)
        if of == question.SLOW:
            from_s = slow_from_s(held, failed_in_latency=with_failed) or 0.0
            found = asked.common_to_slow(held, from_s=from_s, zone=zone, failed_in_latency=with_failed)
            told = question.against(found, selected=f"that took {seconds(from_s)} or longer", rest="other timed ones")
        elif of == question.FAILED:
            found = asked.common_to_failed(held, zone=zone)
            told = question.against(found, selected="that failed at a first attempt", rest="that succeeded")
        elif question.is_part(view):
            wide, (first, last) = question.whole(view, interval=(start, end))
            all_runs = moment.runs(wide, start=first, end=last)
            found = asked.common_to_part(held, all_runs, zone=zone, leave_out=question.made_by(view))
            told = question.against(found, selected="in view", rest=f"others of {span(first, last, zone)}")
        else:
            st.info(question.NOT_NARROWED, icon=":material/ads_click:")
            return
    chart, answers = st.columns(2, gap="medium", vertical_alignment="center")
    with chart:
        charts.draw(
            common_values.figure(found, theme=look),
            name="common_values",
            title=question.TITLES[of],
            help_text=question.HELP,
            alt=common_values.alt_text(found),
            view=view,
            data=found.frame,
            note=told,
        )
    with answers:
        question.answers(found, common_values.sentence, view)


@st.fragment
def by_dimension() -> None:
    """Latency by the values of a dimension that is chosen here."""
    by, sort = latency_controls.dimension()
    with moments.reopened() as moment:
        held = moment.runs(view, start=start, end=end)
        values = latency_by(held, by, sort=sort, failed_in_latency=with_failed)
    charts.draw(
        latency_by_dimension.figure(values, theme=look),
        name="latency_by_dimension",
        title=f"Latency by {by.label.lower()}",
        help_text=latency_controls.BY_HELP,
        alt=latency_by_dimension.alt_text(values),
        view=view,
        data=values.frame,
        note=f"{latency_by_dimension.shown_text(values)} values, those with few runs last",
    )


def spread_of_runs() -> None:
    """How latency is spread, and how it goes with tokens, side by side."""
    left, right = st.columns(2, gap="medium")
    with left:
        charts.draw(
            distribution.figure(spread, theme=look, threshold_s=threshold_s),
            name="distribution",
            title="Distribution of latency",
            help_text=latency_controls.DISTRIBUTION_HELP,
            alt=distribution.alt_text(spread, threshold_s=threshold_s),
            view=view,
            data=spread.bins,
            note=latency_cards.over(spread),
        )
    with moments.reopened() as moment:
        pairs = latency_against_tokens(moment.runs(view, start=start, end=end), failed_in_latency=with_failed)
    with right:
        charts.draw(
            latency_tokens.figure(pairs, theme=look),
            name="latency_tokens",
            title="Latency against tokens",
            help_text=latency_controls.TOKENS_HELP,
            alt=latency_tokens.alt_text(pairs),
            view=view,
            data=pairs.cells,
            note=latency_tokens.correlation_text(pairs),
        )


def within_the_threshold() -> None:
    """The share of runs within the threshold by bucket."""
    with moments.reopened() as moment:
        held = moment.runs(view, start=start, end=end)
        shares = within_over_time(held, buckets, threshold_s=threshold_s, failed_in_latency=with_failed)
    charts.draw(
        latency_threshold.figure(shares, threshold_s=threshold_s, zone=zone, theme=look),
        name="latency_threshold",
        title=f"Share of runs within {seconds(threshold_s)} by {buckets.granularity}",
        help_text=f"{latency_cards.WITHIN_HELP} {charts.TIME_HELP}",
        alt=latency_threshold.alt_text(shares, threshold_s=threshold_s, zone=zone),
        view=view,
        data=shares,
    )


def slowest_runs() -> None:
    """The slowest runs."""
    with moments.reopened() as moment:
        rows = slowest(moment.runs(view, start=start, end=end), failed_in_latency=with_failed)
    slow_table.draw(rows, timed=spread.latency_runs, zone=zone)


parts.draw(
    "latency",
    [
        Part("over_time", over_time),
        Part("heatmap", every_run),
        Part("in_common", in_common),
        Part("by_dimension", by_dimension),
        Part("spread", spread_of_runs),
        Part("threshold", within_the_threshold),
        Part("slowest", slowest_runs),
    ],
)
