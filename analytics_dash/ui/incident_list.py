"""Owns the incidents under a chart: each a sentence, with a button that narrows the range to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.incidents import Incident
from analytics_dash.runs.view import View
from analytics_dash.ui import state
from analytics_dash.ui.words import count, plain

SHOWN: Final = 5  # sentences that are read; the bands in the chart show every one
HELP: Final = (
    "Stretches of hours (of days beyond 200 days) in which the failure rate is clearly above its calm level: at least "
    "twice the odds of failing, and too far above it for chance: in simulated steady flows, retries included, "
    "fewer than 5 % of views showed any. Who tries again after a failure counts once in a half hour there, by user or "
    "else by conversation; the numbers told are of all runs. Shaded in the chart."
)
HOURLY_UP_TO: Final = timedelta(days=200)  # more hours than that are more buckets than an engine is asked for


def buckets(start: datetime, end: datetime, *, zone: str, now: datetime) -> Buckets:
    """Where incidents are looked for: hours, whatever the chart's buckets, so that a bound is an hour; else days."""
    fine = Granularity.HOUR if end - start <= HOURLY_UP_TO else Granularity.DAY
    return buckets_for(start, end, zone=zone, now=now, granularity=fine)


def draw(
    found: Sequence[Incident], sentences: Sequence[str], *, interval: tuple[datetime, datetime], view: View
) -> None:
    """The incidents with most failures beyond the usual, the newest first; a sentence where there is none."""
    if not found:
        st.markdown(
            ":small[No incident in this range: the failure rate is never clearly above its calm level.]", help=HELP
        )
        return
    told = sorted(zip(found, sentences, strict=True), key=lambda pair: pair[0].extra, reverse=True)[:SHOWN]
    of = f", the {SHOWN} worst" if len(found) > SHOWN else ""
    st.markdown(f"**{count(len(found), 'incident')}**{of}", help=HELP)
    for number, (incident, sentence) in enumerate(sorted(told, key=lambda pair: pair[0].start, reverse=True)):
        _draw_one(incident, sentence, number=number, interval=interval, view=view)


def _draw_one(
    incident: Incident, sentence: str, *, number: int, interval: tuple[datetime, datetime], view: View
) -> None:
    start, end = max(incident.start, interval[0]), min(incident.end or interval[1], interval[1])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"incident_{number}"):
        st.markdown(plain(sentence, limit=300), width="stretch")
        st.button(
            "Narrow to it",
            key=f"incident_narrow_{number}",
            icon=":material/zoom_in:",
            help="Narrow the range of every page to this incident.",
            disabled=(start, end) == (view.start, view.end),
            on_click=state.narrow,
            args=(view, start, end),
        )
