"""Tokens and cost: who spends them, what that costs by the price list, and where the month will end."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from analytics_dash.figures import (
    palette,
    projection,
    spend,
    spend_pareto,
    spend_split,
    spend_words,
    tokens_distribution,
)
from analytics_dash.figures.theme import theme
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import COST, TOKENS
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.metrics.spend import spend_in_all, spend_over_time, top_spenders
from analytics_dash.metrics.tokens_distribution import token_distribution
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.ui import (
    charts,
    chips,
    completeness,
    frame,
    held_against,
    loading,
    moments,
    month,
    parts,
    pricing,
    spend_cards,
    spend_controls,
    state,
    take_away,
)
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.parts import Part

here = frame.here()
frame.title("Tokens and cost")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

start, end = dataset.interval
runs = dataset.runs(here.view)
spread = token_distribution(runs)
take_away.draw(dataset, here.view, runs=spread.runs)
if not spread.runs:
    loading.nothing_found(dataset, here.view)
    end_page()

zone, look = state.zone(here.view), theme(state.theme())
so_far = month.month_so_far(dataset, here.view, zone=zone)
before = held_against.held(dataset, here.view, lambda low, high: dataset.runs(here.view, start=low, end=high))
further = [so_far.runs] if before.runs is None else [so_far.runs, before.runs]
priced = pricing.pricing(runs, *further, settings=here.entry.workspace.settings)
pricing.tell_problem(priced)
best = COST if priced.is_usable else TOKENS
asked = Granularity(here.view.granularity) if here.view.granularity else None
buckets = buckets_for(start, end, zone=zone, now=dataset.as_of, granularity=asked)
whole = spend_over_time(runs, buckets, prices=priced.prices)
daily = spend_over_time(so_far.runs, so_far.days, prices=priced.prices).frame
model_colours = palette.colours(priced.names, look)
against = before.against
if before.runs is not None and priced.is_usable:
    then = spend_in_all(before.runs, prices=priced.prices).frame[COST].sum()
    against = before.with_cost(float(whole.frame[COST].sum()), float(then), few=is_few(spread.runs))

spend_cards.draw(
    [
        spend_words.tokens_card(whole, spread),
        spend_words.per_run_card(spread),
        spend_words.cost_card(whole, has_prices=bool(priced.prices)),
        spend_words.not_attributed_card(whole),
        spend_words.unpriced_card(whole, priced.without),
        spend_words.month_card(so_far.end(daily, best), best),
    ],
    against=against,
)
held_against.say_what_is_missing(dataset, here.view, here.sync)
if parts.come_whole("tokens"):
    here.draw_controls()


@st.fragment
def who_spends() -> None:
    """A dimension's values over time, and the largest of them in all."""
    chosen = spend_controls.choose(has_cost=priced.is_usable)
    by, measure = chosen.dimension, chosen.measure
    with moments.reopened() as data:
        held = data.runs(here.view, start=start, end=end)
        over_time = spend_over_time(held, buckets, by, prices=priced.prices, by=measure)
        spenders = top_spenders(held, by, prices=priced.prices, by=measure)
    colours = model_colours if by.multiple else spend_words.value_colours(over_time, look)
    charts.draw(
        spend.figure(over_time, zone=zone, theme=look, share=chosen.share, colours=colours),
        name="spend",
        title=f"{chosen.words} and {buckets.granularity}",
        help_text=f"{chosen.help_text} {charts.TIME_HELP}",
        alt=spend.alt_text(over_time, zone=zone, theme=look, share=chosen.share),
        view=here.view,
        data=over_time.frame,
    )
    charts.draw(
        spend_pareto.figure(spenders, theme=look, given=colours),
        name="spenders",
        title=f"Top spenders: {chosen.words.lower()}",
        help_text=f"{chosen.help_text} {spend_controls.PARETO_HELP}",
        alt=spend_pareto.alt_text(spenders),
        view=here.view,
        note=spend_words.shown(spenders),
        data=spenders.frame,
    )


def per_run() -> None:
    """Tokens per run."""
    charts.draw(
        tokens_distribution.figure(spread, theme=look),
        name="per_run",
        title="Tokens per run",
        help_text=spend_cards.PER_RUN_HELP,
        alt=tokens_distribution.alt_text(spread),
        view=here.view,
        data=spread.bins,
    )


def cost_over_time() -> None:
    """The estimated cost of each model."""
    with moments.reopened() as data:
        held = data.runs(here.view, start=start, end=end)
        by_model = spend_over_time(held, buckets, DIMENSIONS["model"], prices=priced.prices, by=COST)
    charts.draw(
        spend.figure(by_model, zone=zone, theme=look, colours=model_colours),
        name="cost",
        title=f"Estimated cost by {buckets.granularity}",
        help_text=f"{pricing.COST_HELP} {charts.TIME_HELP}",
        alt=spend.alt_text(by_model, zone=zone, theme=look),
        view=here.view,
        data=by_model.frame,
    )


@st.fragment
def sides() -> None:
    """Input against output, over time or by model."""
    is_over_time, shown = spend_controls.sides_over_time(), whole
    moments.leave_if_narrowed()
    if not is_over_time:
        with moments.reopened() as data:
            shown = top_spenders(data.runs(here.view, start=start, end=end), DIMENSIONS["model"])
    charts.draw(
        spend_split.figure(shown, zone=zone, theme=look)
        if is_over_time
        else spend_split.by_value_figure(shown, theme=look),
        name="sides",
        title="Input and output",
        help_text=spend_controls.SIDES_HELP,
        alt=spend_split.alt_text(shown, zone=zone) if is_over_time else spend_split.by_value_alt_text(shown),
        view=here.view,
        data=shown.frame,
    )


@st.fragment
def month_end() -> None:
    """What the month has spent, and where it may end."""
    measure = spend_controls.of_the_month(has_cost=priced.is_usable)
    moments.leave_if_narrowed()
    found = so_far.end(daily, measure)
    if found is None or so_far.lacks(found):
        month.offer(here, so_far, title=spend_cards.MONTH_TITLE)
        return
    charts.draw(
        projection.figure(found, measure, zone=zone, theme=look),
        name="month",
        title=spend_cards.MONTH_TITLE,
        help_text=spend_cards.MONTH_HELP,
        alt=projection.alt_text(found, measure, zone=zone),
        view=here.view,
        note=month.told(projection.sentence(found, measure), so_far),
        data=found.days,
    )


def beside(first: Callable[[], None], second: Callable[[], None] | None) -> None:
    """Two charts side by side, each in its half."""
    left, right = st.columns(2, gap="large")
    with left:
        first()
    if second is not None:
        with right:
            second()


parts.draw(
    "tokens",
    [
        Part("who_spends", who_spends),
        Part("per_run", partial(beside, per_run, cost_over_time if priced.is_usable else None)),
        Part("sides", partial(beside, sides, month_end)),
        Part("prices", partial(pricing.draw, priced)),
    ],
)
