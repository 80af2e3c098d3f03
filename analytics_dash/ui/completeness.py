"""Owns the line under a title that says what every number on the page rests on."""

from __future__ import annotations

import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import state
from analytics_dash.ui.words import age, count, moment, plain


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
    parts.append("test runs left out" if not view.tests else "test runs included")
    if reconciled := _reconciled(dataset):
        parts.append(reconciled)
    return parts


def _old(dataset: Dataset) -> str:
    return f"{age(state.now() - dataset.as_of)} ago"


def _reconciled(dataset: Dataset) -> str:
    """How our count of the range compares with the organization's own; nothing where it has none."""
    if dataset.summary is None or dataset.summary.total_runs is None or not dataset.complete:
        return ""
    difference = dataset.report.rows - dataset.report.gone - dataset.summary.total_runs
    if difference == 0:
        return "same count as the organization's summary"
    if dataset.scope.asked.is_narrow:
        return ""
    more = "more" if difference > 0 else "fewer"
    return f"**{abs(difference):,} {more} than the organization's summary says ({dataset.summary.total_runs:,})**"


def _help(dataset: Dataset) -> str:
    checked = "verified by reading its end again" if dataset.report.verified else "not verified: it kept changing"
    return (
        f"What every number here rests on: the runs of this flow that the API listed for the range ({checked}). "
        "Duplicates are runs that two pages brought; rows set aside could not be understood and are in no number. "
        "The organization's summary is counted by the API itself."
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
