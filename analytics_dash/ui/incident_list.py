"""Owns the incidents of a page: where they are looked for, and each a sentence with a button that leads to it.

A range that is bad as a whole, such as one narrowed to an incident, has no calm level of its own. So where nothing
stands out within a range, it is held against what is stored around it; nothing is read for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.dispersion import repeats
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.incidents import Incident, incidents
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import SLACK, Dataset
from analytics_dash.store.intervals import Interval, union
from analytics_dash.ui import failing_runs, state
from analytics_dash.ui.words import count, plain, span

SHOWN: Final = 5  # sentences that are read; the bands in the chart show every one
HELP: Final = (
    "Stretches of hours (of days beyond 200 days) in which the failure rate is clearly above its calm level: at least "
    "twice the odds of failing, and too far above it for chance: in simulated steady flows, retries included, "
    "fewer than 5 % of views showed any. Who tries again after a failure counts once in a half hour there, by user or "
    "else by conversation; the numbers told are of all runs. Shaded in the chart. Where nothing stands out within the "
    "range, it is held against the runs around it, as far as they are read."
)
AROUND: Final = timedelta(days=7)  # on either side, or the range's own length: a week has every hour of the week
LEAST: Final = timedelta(days=1)  # of what lies around: a calm night is no level
NOTHING_AROUND: Final = (
    ":small[Nothing in this range stands out from the rest of it. Whether all of it is worse than usual cannot be "
    "told: too little of what is around it is read, so there is no calm level to compare with.]"
)
HOURLY_UP_TO: Final = timedelta(days=200)  # more hours than that are more buckets than an engine is asked for


def buckets(start: datetime, end: datetime, *, zone: str, now: datetime) -> Buckets:
    """Where incidents are looked for: hours, whatever the chart's buckets, so that a bound is an hour; else days."""
    fine = Granularity.HOUR if end - start <= HOURLY_UP_TO else Granularity.DAY
    return buckets_for(start, end, zone=zone, now=now, granularity=fine)


@dataclass(frozen=True)
class Found:
    """The incidents of a range, by start; `around` is what else they were held against, None where it was not."""

    incidents: tuple[Incident, ...]
    within: Interval
    around: Interval | None = None

    @property
    def whole(self) -> Interval:
        """All that was looked at."""
        return self.around or self.within


def find(dataset: Dataset, view: View, *, zone: str) -> Found:
    """The incidents of the range by its own calm level; where it has none, by that of what is stored around it."""
    within = Interval(*dataset.interval)
    own = _looked_for(dataset, view, within, zone=zone)
    around = surroundings(dataset.read, within, until=dataset.as_of)
    if own or around is None:
        return Found(own, within)
    wider = _looked_for(dataset, view, around, zone=zone)
    touching = (one for one in wider if Interval(one.start, one.end or around.high).cut(within))
    return Found(tuple(touching), within, around)


def surroundings(read: Sequence[Interval], within: Interval, *, until: datetime) -> Interval | None:
    """What is read without a gap around the range, up to AROUND or its own length; None where that is too little."""
    reach = max(AROUND, within.length)
    wanted = Interval(within.low - reach, min(within.high + reach, max(until, within.high)))
    held = (piece.cut(wanted) for piece in union(read, across=SLACK) if piece.cut(within))
    whole = max(held, key=lambda piece: piece.length, default=within)
    return whole if whole.length - within.length >= max(LEAST, within.length) else None


def _looked_for(dataset: Dataset, view: View, of: Interval, *, zone: str) -> tuple[Incident, ...]:
    runs = failing_runs.of_view(dataset, view, start=of.low, end=of.high)
    hours = buckets(of.low, of.high, zone=zone, now=dataset.as_of)
    return incidents(failures_over_time(runs, hours), failures_over_time(repeats(runs), hours))


def draw(found: Found, sentences: Sequence[str], *, view: View, zone: str) -> None:
    """The incidents with most failures beyond the usual, the newest first; a sentence where there is none."""
    if not found.incidents:
        st.markdown(_none(found, zone), help=HELP)
        return
    told = sorted(zip(found.incidents, sentences, strict=True), key=lambda pair: pair[0].extra, reverse=True)[:SHOWN]
    of = f", the {SHOWN} worst" if len(found.incidents) > SHOWN else ""
    against = f" :small[held against the runs of {_when(found.around, zone)}]" if found.around else ""
    st.markdown(f"**{count(len(found.incidents), 'incident')}**{of}{against}", help=HELP)
    for number, (incident, sentence) in enumerate(sorted(told, key=lambda pair: pair[0].start, reverse=True)):
        _draw_one(incident, sentence, number=number, found=found, view=view)


def _none(found: Found, zone: str) -> str:
    if found.around is None:
        return NOTHING_AROUND
    against = f", nor above that of the runs around it, of {_when(found.around, zone)}"
    return f":small[No incident in this range: the failure rate is never clearly above its calm level{against}.]"


def _when(interval: Interval, zone: str) -> str:
    return plain(span(interval.low, interval.high, zone))


def _draw_one(incident: Incident, sentence: str, *, number: int, found: Found, view: View) -> None:
    shown, within = found.whole, found.within
    start, end = max(incident.start, shown.low), min(incident.end or shown.high, shown.high)
    is_inside = within.low <= start and end <= within.high
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"incident_{number}"):
        st.markdown(plain(sentence, limit=300), width="stretch")
        st.button(
            "Narrow to it" if is_inside else "Show all of it",
            key=f"incident_narrow_{number}",
            icon=":material/zoom_in:",
            help="Make this incident the range of every page.",
            disabled=(start, end) == (view.start, view.end),
            on_click=state.narrow,
            args=(view, start, end),
        )
