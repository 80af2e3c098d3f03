"""Owns the line under a title that says what every number on the page rests on."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import streamlit as st

from analytics_dash.metrics.totals import Totals, totals
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.intervals import Interval
from analytics_dash.ui import state
from analytics_dash.ui.words import age, count, moment, plain

COUNTED: Final = "totals_counted"  # session key: what was counted last, and the totals
TELLING: Final = timedelta(hours=1)  # between the newest and the oldest reading, from which both are told


def draw(dataset: Dataset, view: View) -> None:
    """The completeness line, loud where something is missing, with what was set aside to open."""
    if not dataset.complete:
        rows, since = count(dataset.report.rows, "run"), moment(dataset.shown.low, state.zone(view), now=state.now())
        st.warning(
            f"**Partial data.** Every number below rests only on the {rows} since {since}; older ones are not read."
        )
    if dataset.only_asked:
        whose = "this user's runs" if dataset.only_user else "runs in these states"
        st.info(
            f"Only {whose} are read so far; the lists in the sidebar are not complete.", icon=":material/filter_alt:"
        )
    for note in dataset.report.notes:
        st.warning(plain(note, limit=400), icon=":material/rule:")
    st.markdown(":small[" + " · ".join(_parts(dataset, view)) + "]", help=_help(dataset))
    if dataset.report.set_aside:
        _set_aside(dataset)


def _parts(dataset: Dataset, view: View) -> list[str]:
    report, zone = dataset.report, state.zone(view)
    oldest = report.oldest
    parts = [f"{count(report.rows, 'run')} read in {count(report.pages, 'page')}"]
    if report.gone:
        parts.append(f"{report.gone:,} of them no longer on the server")
    parts.append(f"{count(report.duplicates, 'duplicate')} removed")
    parts.append(f"{count(len(report.set_aside), 'row')} set aside")
    if oldest is not None:
        parts.append(f"oldest {moment(oldest, zone)}")
    parts.append(f"as of {moment(dataset.as_of, zone, now=state.now())} {plain(zone)} ({_old(dataset)})")
    if not dataset.has_ended:
        parts.append("the range has not ended")
    if dataset.as_of - report.oldest_as_of > TELLING:
        parts.append(f"older parts as of {moment(report.oldest_as_of, zone, now=state.now())} or later")
    parts.append("test runs left out" if not view.tests else "test runs included")
    if reconciled := _reconciled(dataset, zone):
        parts.append(reconciled)
    return parts


def _old(dataset: Dataset) -> str:
    return f"{age(state.now() - dataset.as_of)} ago"


def _reconciled(dataset: Dataset, zone: str) -> str:
    """How our totals compare with the organization's own; nothing where it has none, or of another time than ours.

    A summary is not asked for at every refresh. What it says of a range that ended earlier still holds where ours of
    that range are the same; where they are not, runs may have come late.
    """
    if dataset.summary is None or not dataset.complete:
        return ""
    ours, theirs = _totals(dataset, dataset.summary.interval), dataset.summary.totals
    told = {
        "run": (ours.runs, theirs.total_runs),
        "error": (ours.errors, theirs.total_errors),
        "token": (ours.tokens, theirs.total_tokens),
        "user": (ours.users, theirs.total_users),
    }
    known = {name: (mine, its) for name, (mine, its) in told.items() if its is not None}
    differing = [_difference(name, mine, its) for name, (mine, its) in known.items() if mine != its]
    if not differing:
        when = "" if dataset.is_summarized else f" until {moment(dataset.summary.interval.high, zone, now=state.now())}"
        return f"same totals as the organization's summary{when}" if known else ""
    is_comparable = dataset.is_summarized and not dataset.scope.asked.is_narrow
    return f"**{', '.join(differing)} than the organization's summary says**" if is_comparable else ""


def _difference(name: str, ours: int, theirs: int) -> str:
    more = "more" if ours > theirs else "fewer"
    return f"{abs(ours - theirs):,} {more} {name if abs(ours - theirs) == 1 else f'{name}s'} ({theirs:,} there)"


def _totals(dataset: Dataset, of: Interval) -> Totals:
    """Counted once for the same rows: that goes through all of them."""
    scope, report = dataset.scope, dataset.report
    key = (scope.org, scope.flow, of, report.as_of, report.rows, report.gone)
    held = st.session_state.get(COUNTED)
    if held is None or held[0] != key:
        held = st.session_state[COUNTED] = (key, totals(dataset.runs(View(tests=True), start=of.low, end=of.high)))
    counted: Totals = held[1]
    return counted


def _help(dataset: Dataset) -> str:
    checked = "verified by reading its end again" if dataset.report.verified else "not verified: it kept changing"
    return (
        f"What every number here rests on: the runs of this flow that the API listed for the range ({checked}). "
        "Duplicates are runs that two pages brought; rows set aside could not be understood and are in no number. "
        "Parts that may still change are read again once a day, and what had not ended every time. The organization's "
        "summary is counted by the API itself: runs, errors, tokens and users, test runs included; what it takes for "
        "an error is not documented, here it is a failed run."
    )


def _set_aside(dataset: Dataset) -> None:
    rows = dataset.report.set_aside
    with st.expander(f"{count(len(rows), 'row')} set aside: the API sent them, but not as its documents say"):
        st.dataframe(
            {
                "Run": [r.run_id or "(no run ID)" for r in rows],
                "Page": [r.page for r in rows],
                "Why": [r.reason for r in rows],
            },
            hide_index=True,
        )
