"""Overview: is the flow healthy, what changed, and when and for whom?"""

from functools import partial

import streamlit as st

from analytics_dash.figures import calendar, failures, latency, spend_words, tokens
from analytics_dash.figures.calendar import Shown
from analytics_dash.figures.changes import NOTHING, sentence
from analytics_dash.figures.comparison import Chart, add_comparison
from analytics_dash.figures.theme import theme
from analytics_dash.metrics.breakdown import breakdown
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.calendar import by_hour_of_the_week
from analytics_dash.metrics.changes import what_changed
from analytics_dash.metrics.columns import COST
from analytics_dash.metrics.feedback import feedback_balance
from analytics_dash.metrics.over_time import over_time
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.metrics.spend import spend_in_all
from analytics_dash.metrics.summary import summary
from analytics_dash.ui import (
    card_notes,
    cards,
    changed,
    charts,
    chips,
    compared,
    completeness,
    frame,
    held_against,
    loading,
    moments,
    parts,
    pricing,
    state,
    tables,
    take_away,
    values_table,
    week,
)
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.parts import Part

here = frame.here()
frame.title("Overview")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

start, end = dataset.interval
runs = dataset.runs(here.view)
failed_count = not here.view.latency_without_failed
figures = summary(runs, now=dataset.as_of, failed_in_latency=failed_count)
take_away.draw(dataset, here.view, runs=figures.runs)
if not figures.runs:
    loading.nothing_found(dataset, here.view)
    end_page()

zone, look = state.zone(here.view), theme(state.theme())
granularity = Granularity(here.view.granularity) if here.view.granularity else None
buckets = buckets_for(start, end, zone=zone, now=dataset.as_of, granularity=granularity)
period = compared.period(dataset, here.view)
beside = held_against.held(
    dataset,
    here.view,
    lambda low, high: dataset.runs(here.view, start=low, end=high),
    failed_in_latency=failed_count,
)
before = beside.period
now = over_time(runs, buckets, failed_in_latency=failed_count)
cost_place = cards.draw(
    figures,
    over_time=now.cards,
    per=f"by {buckets.granularity}",
    feedback=feedback_balance(runs),
    against=beside.against,
    without_failed=not failed_count,
    view=here.view,
)
panel = changed.place(period, here.sync) if period else None
if not period:
    changed.without(here.view)


def estimated_cost() -> None:
    """The cost on its card."""
    since = before.start if before else start
    priced = pricing.of_flow(dataset, here.view, since=since, settings=here.entry.workspace.settings)
    costs = spend_in_all(runs, prices=priced.prices)
    cost = spend_words.cost_card(costs, has_prices=bool(priced.prices))
    against = beside.against
    if before and priced.is_usable:
        cost_then = spend_in_all(before.runs, prices=priced.prices).frame[COST].sum()
        against = beside.with_cost(float(costs.frame[COST].sum()), float(cost_then), few=is_few(figures.runs))
    cards.draw_cost(cost_place, value=cost.value, note=cost.note, against=against)


def say_what_changed() -> None:
    """The panel's sentences: at once where they are known, else when all the rest is drawn."""
    if period and panel and period.is_read:
        look_for = partial(what_changed, runs, period.runs, failed_in_latency=failed_count)
        told = [(sentence(change), change.filters) for change in changed.found(period, look_for)]
        changed.draw(panel, told, otherwise=NOTHING, view=here.view)


known = period is not None and changed.is_remembered(period)
if known:
    say_what_changed()
whole = parts.come_whole("overview")
if whole:
    estimated_cost()
    here.draw_controls()

then = over_time(before.runs, before.buckets(buckets), failed_in_latency=failed_count) if before else None
below = partial(add_comparison, zone=zone, theme=look, name=before.name if before else "")


def failure_rate() -> None:
    """The failure rate and the runs by outcome."""
    figure = failures.figure(now.failures, zone=zone, theme=look)
    if then:
        below(figure, now.failures, then.failures, chart=Chart.FAILURES)
    charts.draw(
        figure,
        name="failures",
        title=f"Failure rate by {buckets.granularity}",
        help_text=f"{cards.RATE_HELP} {cards.BAND_HELP} {charts.TIME_HELP}",
        alt=failures.alt_text(now.failures, zone=zone),
        view=here.view,
        data=now.failures,
    )


def latencies() -> None:
    """Percentiles of the latency."""
    figure = latency.figure(now.latency, zone=zone, theme=look)
    if then:
        below(figure, now.latency, then.latency, chart=Chart.LATENCY)
    charts.draw(
        figure,
        name="latency",
        title=f"Latency by {buckets.granularity}",
        help_text=f"{cards.LATENCY_HELP} The p99 needs 100 runs in a bucket. {charts.TIME_HELP}",
        alt=latency.alt_text(now.latency, zone=zone),
        view=here.view,
        note=card_notes.still_running(figures),
        data=now.latency,
    )


def spent_tokens() -> None:
    """Tokens."""
    figure = tokens.figure(now.tokens, zone=zone, theme=look)
    if then:
        below(figure, now.tokens, then.tokens, chart=Chart.TOKENS)
    charts.draw(
        figure,
        name="tokens",
        title=f"Tokens by {buckets.granularity}",
        help_text=f"{cards.TOKENS_HELP} {charts.TIME_HELP}",
        alt=tokens.alt_text(now.tokens, zone=zone),
        view=here.view,
        data=now.tokens,
    )


@st.fragment
def by_value() -> None:
    """The runs by the values of a dimension that is chosen here."""
    dimension, by = values_table.choose(compared=before is not None)
    with moments.reopened() as moment:
        found = breakdown(
            moment.runs(here.view, start=start, end=end),
            dimension,
            then=moment.runs(here.view, start=before.start, end=before.end) if before else None,
            by=by,
            failed_in_latency=failed_count,
        )
    values_table.draw(found, dimension, view=here.view, zone=zone)


@st.fragment
def by_hour_of_week() -> None:
    """The hours of the week, coloured by what is chosen here."""
    asked = week.choose()
    shown = Shown[asked.upper()]
    with moments.reopened() as moment:
        held = moment.runs(here.view, start=start, end=end)
        hours = by_hour_of_the_week(held, start, end, zone=zone, failed_in_latency=failed_count)
    charts.draw(
        calendar.figure(hours, shown=shown, zone=zone, theme=look).update_layout(clickmode="event"),
        name="week",
        title=f"{week.FIGURES[asked]} by hour of the week",
        help_text=week.HELP,
        alt=calendar.alt_text(hours, shown=shown, zone=zone),
        view=here.view,
        data=hours,
    )


def newest() -> None:
    """The newest runs."""
    with moments.reopened() as moment:
        rows = tables.newest_runs(moment, moment.runs(here.view, start=start, end=end))
    tables.draw(rows, total=figures.runs, zone=zone)


parts.draw(
    "overview",
    [
        Part("failures", failure_rate),
        Part("latency", latencies),
        Part("tokens", spent_tokens),
        Part("values", by_value),
        Part("week", by_hour_of_week),
        Part("newest", newest),
    ],
)
if not whole:
    estimated_cost()  # counted while the browser draws what is above
if not known:
    say_what_changed()
