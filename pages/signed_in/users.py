"""Users: who runs this flow, how it goes for them, and is it only this one?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analytics_dash.figures import spend_words, user_timeline
from analytics_dash.figures.theme import theme
from analytics_dash.metrics import users as listed
from analytics_dash.metrics.breakdown import breakdown
from analytics_dash.metrics.one_user import beside, talks, timeline
from analytics_dash.metrics.spend import spend_over_time
from analytics_dash.metrics.summary import summary
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.pattern import only_value
from analytics_dash.ui import (
    chips,
    completeness,
    error_table,
    frame,
    loading,
    one_user,
    pricing,
    state,
    take_away,
    user_habits,
    user_runs,
    users_table,
)

here = frame.here()
is_one = one_user.is_one(here.view)
frame.title("User" if is_one else "Users")
if is_one:
    one_user.head(here.view)
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

start, end = dataset.interval
as_of, zone = dataset.as_of, state.zone(here.view)
timed = not here.view.latency_without_failed
runs = dataset.runs(here.view)
total = len(runs)
take_away.draw(dataset, here.view, runs=total)
spark = error_table.spark_buckets(start, end, zone=zone, now=as_of)
priced = pricing.pricing(runs, settings=here.entry.workspace.settings)


def every_user(search: str, sort: str) -> pd.DataFrame:
    """The whole list; asked for when it is taken away, which is after the page's own moment."""
    with here.entry.workspace.data(here.view, now=state.now()) as data:
        if data is None:
            return pd.DataFrame(columns=list(listed.USER_COLUMNS))
        held = data.runs(here.view, start=start, end=end)
        found = listed.users(
            held, search=search, sort=sort, limit=listed.ALL, prices=priced.prices, failed_in_latency=timed
        )
    return found.frame


def everyone() -> None:
    """The list, as the link has it: looked through, sorted, a page of it."""
    st.subheader("Users in view", anchor=False, help=users_table.HELP)
    search, sort = users_table.choose(here.view, has_cost=priced.is_usable)
    found = listed.users(
        runs,
        search=search,
        sort=sort,
        offset=users_table.offset(here.view),
        buckets=spark,
        prices=priced.prices,
        failed_in_latency=timed,
    )
    users_table.draw(found, search=search, spark=spark, view=here.view, zone=zone)
    if found.of:
        users_table.draw_download(lambda: every_user(search, sort), users=found.of)


def one() -> None:
    """One user's page."""
    figures = summary(runs, now=as_of, failed_in_latency=timed)
    row = listed.users(runs, limit=1, failed_in_latency=timed).frame.to_dict("records")[0]
    one_user.say_known(row, zone=zone)
    whole = spend_over_time(runs, spark, prices=priced.prices)
    cost = spend_words.cost_card(whole, has_prices=bool(priced.prices))
    one_user.draw_cards(figures, row, cost=cost.value, cost_note=cost.note, view=here.view)
    if dataset.only_user:
        one_user.say_only_read()
    else:
        others = listed.without_user(dataset.runs(replace(here.view, user=())), only_value(here.view.user) or "")
        one_user.draw_only_them(beside(runs, others, failed_in_latency=timed), view=here.view)

    marks = timeline(runs)
    user_runs.draw_timeline(
        user_timeline.figure(marks, start, end, zone=zone, theme=theme(state.theme())),
        shown=len(marks),
        of=total,
        alt=user_timeline.alt_text(marks, zone=zone),
    )
    user_runs.draw_failures(dataset, here.view, failed=figures.failed)
    user_runs.draw_all(dataset, here.view, total=total)
    user_habits.draw_talks(talks(runs), view=here.view, zone=zone)
    st.subheader("What they use", anchor=False)
    for place, name in zip(st.columns(2), ("model", "run_type"), strict=True):
        with place:
            user_habits.draw_values(breakdown(runs, DIMENSIONS[name], limit=user_habits.TOP), DIMENSIONS[name])


if not total:
    loading.nothing_found(dataset, here.view)
elif is_one:
    one()
else:
    everyone()
