"""Owns the panel “What changed”: what moved against the period before, from which runs, and a way to these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics_dash.metrics.changes import Change
from analytics_dash.runs.comparison import Comparison
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import PARAMETERS, View
from analytics_dash.store.sync import Sync
from analytics_dash.ui import state
from analytics_dash.ui.compared import NAMES, Period, missing
from analytics_dash.ui.words import count, plain

FOUND: Final = "what_changed"  # session key: what was looked at lately -> what was found: a second's work
REMEMBERED: Final = 8  # views that one goes back and forth between
HELP: Final = (
    "Failure rate, p95 latency, tokens and runs against the {name}: what moved beyond chance, and the values of "
    "models, users, run types and the like whose runs explain it. Chance is allowed 5 in 100 for everything looked at "
    "together, also where users fail again or run several times in a sitting; only latencies count as independent, so "
    "that sittings that are slow throughout may show as a change of the p95. A value needs 20 runs in either period."
)
OFF: Final = "This needs a period to compare with, and “Compare with” is off."
NONE: Final = "Nothing lies before this range, so there is nothing to compare with."
LIMIT: Final = 600  # characters of a sentence: two strangers' names and the numbers


def key_of(period: Period) -> str:
    """What the findings depend on; two periods with the same key have the same."""
    held = period.dataset
    parts = (period.view.of_runs().to_query(), held.interval, (period.start, period.end), held.as_of, held.report.rows)
    return repr(parts)


def place(period: Period, sync: Sync | None) -> DeltaGenerator:
    """The panel with its title; what belongs into it may come when the rest of the page is drawn."""
    with st.container(border=True, key="changed", gap="small"):
        st.subheader("What changed", anchor=False, help=HELP.format(name=period.name))
        if period.is_read:
            st.markdown(f":small[against the {period.words}]")
        body = st.empty()
    if not period.is_read:
        with body.container():
            missing(period, sync)
    elif not is_remembered(period):
        body.markdown(":small[Looking for what moved …]")
    return body


def without(view: View) -> None:
    """The panel where nothing is compared: says so, and the way to something."""
    with st.container(border=True, key="changed", gap="small"):
        st.subheader("What changed", anchor=False, help=HELP.format(name=NAMES[Comparison.PREVIOUS]))
        words = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with words:
        st.markdown(f":small[{OFF if view.compare == Comparison.OFF else NONE}]", width="content")
        if view.compare == Comparison.OFF:
            asked = replace(view, compare=str(Comparison.PREVIOUS))
            st.button("Compare with the period before", key="compare_on", on_click=state.show, args=(asked,))


def is_remembered(period: Period) -> bool:
    """Whether the panel can be drawn without looking again."""
    return key_of(period) in st.session_state.get(FOUND, {})


def found(period: Period, look: Callable[[], Sequence[Change]]) -> Sequence[Change]:
    """What changed; looks only where this session has not looked at the same lately."""
    held: dict[str, Sequence[Change]] = st.session_state.setdefault(FOUND, {})
    key = key_of(period)
    held[key] = held.pop(key) if key in held else tuple(look())
    for oldest in list(held)[:-REMEMBERED]:
        del held[oldest]
    return held[key]


def draw(body: DeltaGenerator, told: Sequence[tuple[str, Mapping[str, str]]], *, otherwise: str, view: View) -> None:
    """A sentence (a stranger's text in it) for each change, with a button that filters by its runs."""
    with body.container(gap="small"):
        if not told:
            st.markdown(otherwise)
        for number, (sentence, filters) in enumerate(told):
            _row(number, sentence, {name: value for name, value in filters.items() if name in PARAMETERS}, view)


def _row(number: int, sentence: str, filters: Mapping[str, str], view: View) -> None:
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.markdown(plain(sentence, limit=LIMIT))
    if filters:
        button.button(
            "Show runs",
            key=f"changed_{number}",
            help=f"Filters the page by {count(len(filters), 'value')} of this sentence.",
            on_click=_filter,
            args=(view, filters),
            width="stretch",
        )


def _filter(view: View, filters: Mapping[str, str]) -> None:
    values: dict[str, Any] = {name: (exactly(value),) for name, value in filters.items()}
    state.show(replace(view, **values))
