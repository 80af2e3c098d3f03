"""Owns the box from which a run is copied into a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from analytics_dash.runs.one_run import OneRun
from analytics_dash.runs.support_summary import support_summary
from analytics_dash.runs.view import View
from analytics_dash.ui import run_words
from analytics_dash.ui.run_facts import Facts
from analytics_dash.ui.words import seconds

SAID: Final = (
    "Markdown for a ticket. What looks like a key, a token, a password or a card number is replaced by [removed]; "
    "read it before you send it, since a secret may look like anything."
)
BESIDE: Final = timedelta(hours=12)  # on both sides of the run, so that its link opens fast and shows what was around


def draw(run: OneRun, facts: Facts, view: View) -> None:
    """A popover with the summary, which has a button to copy."""
    with st.popover("Copy as support summary", icon=":material/content_copy:"):
        st.markdown(f":small[{SAID}]")
        text = support_summary(
            run,
            zone=facts.zone,
            link=link_to(run, view, page=st.context.url or "", zone=facts.zone),
            tokens=facts.tokens,
            latency=_latency(run, facts),
            started=run_words.started_by(run),
        )
        st.code(text, language="markdown", wrap_lines=True, height=360)


def link_to(run: OneRun, view: View, *, page: str, zone: str) -> str:
    """The address that opens on the run, whatever the view's filters are."""
    asked = View(org=view.org, flow=view.flow, tz=zone, run=run.run_id)
    absolute = asked.narrowed(run.date - BESIDE, run.date + BESIDE)
    scheme, host, path, _, _ = urlsplit(page)
    return urlunsplit((scheme, host, path, urlencode(absolute.to_query(), doseq=True), ""))


def _latency(run: OneRun, facts: Facts) -> str:
    if run.latency is None or facts.standing is None:
        return seconds(run.latency)
    return f"{seconds(run.latency)}, {run_words.slower_than(facts.standing)}"
