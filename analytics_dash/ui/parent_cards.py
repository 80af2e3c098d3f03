"""Owns the figures above the parents: how much of the flow is called by others, and how that part fares."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.metrics.columns import FAILED, HIGH, LOW, RATE, SUCCEEDED
from analytics_dash.metrics.parents import KIND, Kind, Parents
from analytics_dash.metrics.wilson import wilson
from analytics_dash.ui.parent_table import name_of
from analytics_dash.ui.words import NOTHING, count, percent, plain

NUMBER_WIDTH: Final = 168  # pixels: two in a row at 390; what is left is a name's
RATE_HELP: Final = "Failed / (failed + succeeded), with its 95 % Wilson interval; runs that still run are not in it."


def draw(found: Parents) -> None:
    """Called runs, parents, the failure rates with and without a parent, and the parent with the highest rate."""
    alone = found.frame[found.frame[KIND] == Kind.NONE]
    with st.container(horizontal=True, key="parent_cards", gap="small"):
        share = percent(found.called / found.runs) if found.runs else NOTHING
        st.metric(
            "Called by workflows",
            f"{found.called:,}",
            border=True,
            width=NUMBER_WIDTH,
            help=f"{share} of {count(found.runs, 'run')} in view",
        )
        parents_help = "Distinct workflows that called this flow."
        st.metric("Parents", f"{found.parents:,}", border=True, width=NUMBER_WIDTH, help=parents_help)
        _rate("Failed when called", found.called_failed, found.called_succeeded)
        _rate("Failed otherwise", int(alone[FAILED].sum()), int(alone[SUCCEEDED].sum()))
        _worst(found)


def _rate(label: str, failed: int, succeeded: int) -> None:
    low, high = (float(bound) for bound in wilson(failed, failed + succeeded))
    of = failed + succeeded
    told = f"{failed:,} of {of:,} · {percent(low).removesuffix(' %')}–{percent(high)}" if of else "no data"
    rate = percent(failed / of) if of else NOTHING
    st.metric(label, rate, border=True, width=NUMBER_WIDTH, help=f"{RATE_HELP} {told}.")


def _worst(found: Parents) -> None:
    """The parent whose interval's lower end is highest, by name; nothing where no called run has ended."""
    if found.worst.empty:
        return
    row = {str(key): value for key, value in found.worst.iloc[0].items()}
    bounds = f"{percent(row[LOW]).removesuffix(' %')}–{percent(row[HIGH])}"
    told = (
        f"{plain(name_of(row))}: {percent(row[RATE])} ({bounds}), {row[FAILED]:,} of {row[FAILED] + row[SUCCEEDED]:,}"
    )
    st.metric(
        "Suffers most", plain(name_of(row), limit=24), border=True, help=f"By failure rate, its lower bound. {told}."
    )
