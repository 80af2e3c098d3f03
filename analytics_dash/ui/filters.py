"""Owns the sidebar's filters: which flow, who and what, and how slow or large, below them what is rarely asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import streamlit as st

from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.parameter import MAX_SECONDS, MAX_TOKENS
from analytics_dash.runs.pattern import exactly, pattern_of
from analytics_dash.runs.search import SEARCH_HELP
from analytics_dash.runs.view import STATES, View
from analytics_dash.store.choices import Choice
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.workspace import Workspace
from analytics_dash.ui import ranges, state
from analytics_dash.ui.controls import recall, take_problem, wired

__all__ = ["draw", "take_problem"]
PRODUCTION_HELP: Final = (
    "Runs started in the workflow builder are tests. While this is on they are left out of every number, chart and "
    "download of this view."
)
TIMED_HELP: Final = (
    "Failed runs count in every latency, as they are runs that somebody waited for. Turn this on to see the others "
    "alone."
)
LATENCY_HELP: Final = "Runs that took at least the first and less than the second; runs without a latency are left out."
TOKENS_HELP: Final = "Runs with at least the first and fewer than the second; runs without a token count are left out."
WITHOUT_HELP: Final = (
    "Runs that have any of these are left out, of every number, chart and download. Type a filter's name, a colon and "
    "a value for others, as in run_type:api; user:*acme* leaves out every user whose ID contains acme."
)
CONTRADICTS_HELP: Final = (
    "Only runs whose state and is_flow_successful say different things, such as COMPLETED with a flag that is false. "
    "The rule of the outcome decides how they count."
)
MAX_CHOICES: Final = 1000  # offered in a list, most runs first; those of TYPED can be typed as well
EXCLUDABLE: Final = 10  # values of each filter that can be picked to be left out: together still a list to read
COUNTS_HOLD_S: Final = 300  # seconds for which counts beside values stand while the view does: new data moves them
ALWAYS: Final[Mapping[str, Sequence[str]]] = {"state": STATES, "outcome": tuple(str(o) for o in Outcome)}
COUNTED: Final = "choices_counted"  # session key: the view and rows last counted, and what was found
LABELLED: Final = "choices_labelled"  # session key: filter -> the view its labels are of, and the labels
OPENED: Final = "more_filters_opened"  # session key: whether one of the rarer filters has been in use
TYPED: Final[Mapping[str, str]] = {
    "user": r"Type \*acme\* for every user whose ID contains acme.",
    "ran_by": r"Type \*acme\* for everyone whose name contains acme.",
    "model": r"Type \*gpt\* for every model whose name contains gpt.",
    "parent": r"Type \*7f3\* for every parent workflow whose ID contains 7f3.",
    "conversation": r"Type \*7f3\* for every conversation whose ID contains 7f3.",
}
"""The filters that take what no list offers, and how a part of a value is typed."""
ASKED_OFTEN: Final = ("outcome", "user", "run_type", "model")
ASKED_RARELY: Final = ("state", "ran_by", "ran_by_type", "parent", "conversation", "feedback")
NUMBERS: Final = ("latency_from", "latency_to", "tokens_from", "tokens_to")

Choices = Mapping[str, Sequence[Choice]]


@dataclass(frozen=True)
class Found:
    """What the filters offer; `counted_at` tells counts of one time from those of another, None while they grow."""

    choices: Choices = field(default_factory=dict)
    counted_at: int | None = None


def draw(view: View, workspace: Workspace, dataset: Dataset | None) -> None:
    """Draw the controls in the current container."""
    _where(view, workspace)
    ranges.draw(view)
    _text(view)
    found = _found(view, dataset, ASKED_OFTEN)
    for name in ASKED_OFTEN:
        _choice(name, view, found)
    _switches(view)
    _rarely(view, workspace)


@st.fragment
def _rarely(view: View, workspace: Workspace) -> None:
    """The rarer filters, whose lists are only filled while they can be seen: there are thousands of conversations."""
    if state.is_left(view):
        st.rerun(scope="app")  # a choice here, of which the rest of the page knows nothing yet
    more = st.expander(
        "More filters", icon=":material/filter_list:", expanded=_is_open(view), key="more_filters", on_change="rerun"
    )
    found = Found()
    if more.open:
        with workspace.data(view, now=state.now()) as dataset:
            found = _found(view, dataset, DIMENSIONS)
    with more:
        _numbers(view)
        for name in ASKED_RARELY:
            _choice(name, view, found)
        _left_out(view, found.choices)
        only = view.contradicts
        st.toggle("State and flag contradict", help=CONTRADICTS_HELP, **wired("contradicts", only, value=only))


def _is_open(view: View) -> bool:
    """Whether the rarer filters are open: from when one is in use, so that taking it away closes nothing."""
    is_used = any(getattr(view, name) not in {None, ()} for name in (*ASKED_RARELY, *NUMBERS, "without"))
    is_used = is_used or view.contradicts
    st.session_state[OPENED] = is_used or bool(st.session_state.get(OPENED))
    return bool(st.session_state[OPENED])


def _found(view: View, dataset: Dataset | None, names: Collection[str]) -> Found:
    """What these filters offer; counted again only where the view or its rows are others than when last drawn."""
    if dataset is None:
        return Found()
    asked = (view.of_runs(), dataset.shown, dataset.read, dataset.report.rows, dataset.as_of)
    held: tuple[object, dict[str, Sequence[Choice]]] = st.session_state.get(COUNTED, (None, {}))
    if held[0] != asked:
        held = st.session_state[COUNTED] = (asked, {})
    missing = [name for name in names if name not in held[1]]
    if missing:
        held[1].update(dataset.choices(view, missing, limit=MAX_CHOICES))
    return Found(held[1], _counted_at(dataset))


def _counted_at(dataset: Dataset) -> int | None:
    return int(dataset.as_of.timestamp() // COUNTS_HOLD_S) if dataset.complete else None


def _where(view: View, workspace: Workspace) -> None:
    org = view.org or ""
    placeholder = "Organization ID"
    st.text_input("Organization", placeholder=placeholder, **wired("org", org, value=org))
    projects = {p.project_id: p.project_name for p in workspace.projects()}
    if not projects:
        flow = view.flow or ""
        st.text_input("Flow", placeholder="Flow ID", **wired("flow", flow, value=flow))
        return
    options = sorted(projects, key=lambda flow_id: projects[flow_id].casefold())
    if view.flow is not None and view.flow not in projects:
        options.insert(0, view.flow)
    names = _told_apart(projects)
    st.selectbox(
        "Flow",
        options,
        format_func=lambda flow_id: names.get(flow_id, flow_id),
        placeholder="Choose a flow, or type its ID",
        accept_new_options=True,
        **wired("flow", view.flow, index=None if view.flow is None else options.index(view.flow)),
    )


def _told_apart(projects: Mapping[str, str]) -> dict[str, str]:
    """A label for each flow, with its ID where others have the same name: the browser answers with the label."""
    shared = Counter(projects.values())
    return {id_: name if shared[name] == 1 else f"{name} · {id_}" for id_, name in projects.items()}


def _text(view: View) -> None:
    text = view.q or ""
    st.text_input("Text", placeholder="In inputs, outputs, errors", help=SEARCH_HELP, **wired("q", text, value=text))


def _switches(view: View) -> None:
    wanted, timed = not view.tests, view.latency_without_failed
    st.toggle("Leave out test runs", help=PRODUCTION_HELP, **wired("production", wanted, value=wanted))
    st.toggle("Latency without failed runs", help=TIMED_HELP, **wired("timed", timed, value=timed))


def _numbers(view: View) -> None:
    any_number: dict[str, Any] = {"min_value": 0.0, "max_value": MAX_SECONDS, "step": 0.5, "format": "%g"}
    _pair("Latency", "s", ("latency_from", "latency_to"), view, help_text=LATENCY_HELP, limits=any_number)
    any_count: dict[str, Any] = {"min_value": 0, "max_value": MAX_TOKENS, "step": 100}
    _pair("Tokens", "", ("tokens_from", "tokens_to"), view, help_text=TOKENS_HELP, limits=any_count)


def _pair(
    label: str, unit: str, names: tuple[str, str], view: View, *, help_text: str, limits: Mapping[str, Any]
) -> None:
    """Two numbers side by side, [from, to); empty is open."""
    for column, name, word in zip(st.columns(2, gap="small"), names, ("from", "below"), strict=True):
        value = getattr(view, name)
        with column:
            st.number_input(
                f"{label} {word}{f' ({unit})' if unit else ''}",
                placeholder="any",
                help=help_text if word == "from" else None,
                **limits,
                **wired(name, value, value=value),
            )


def _choice(name: str, view: View, found: Found) -> None:
    """Several values of one filter, those with most runs first, each with its runs.

    A value, or its name, that looks like a part between asterisks is labelled as it would be typed: escaped.
    """
    dimension, choices, chosen = DIMENSIONS[name], found.choices.get(name, ()), list(getattr(view, name))
    stamp, labels = _labels(name, view, found)
    st.multiselect(
        dimension.label,
        list(dict.fromkeys([*(exactly(choice.value) for choice in choices), *ALWAYS.get(name, ()), *chosen])),
        placeholder="Any, or type one" if name in TYPED else "Any",
        format_func=lambda value: labels.get(value, value),
        accept_new_options=name in TYPED,
        help=f"{_how_many(choices, counted=found.counted_at is not None)} {TYPED.get(name, '')}".strip(),
        **wired(name, chosen, labels=stamp, default=chosen),
    )


def _labels(name: str, view: View, found: Found) -> tuple[object, Mapping[str, str]]:
    """What the values are called: their names and, of a range that is read, their runs as first counted for the view.

    Before that what tells these labels from those of another time.

    The browser answers with labels, so those of a list that is being chosen from must not change under the hand. A
    filter's own counts do not depend on what is chosen in it; newer data waits for another view, or for COUNTS_HOLD_S.
    """
    cleared: dict[str, Any] = {name: ()}
    asked = (replace(view.of_runs(), **cleared), found.counted_at)
    held: dict[str, tuple[object, dict[str, str]]] = st.session_state.setdefault(LABELLED, {})
    if name not in held or held[name][0] != asked:
        _, former = held.get(name, (None, {}))
        recall(name, {label: value for value, label in former.items() if label != value})
        held[name] = (asked, {})
    known, choices = held[name][1], found.choices.get(name, ())
    titles = _told_apart({choice.value: choice.title for choice in choices if choice.title})
    for choice in choices:
        title = exactly(titles.get(choice.value, choice.value))
        known.setdefault(exactly(choice.value), title if found.counted_at is None else f"{title} · {choice.runs:,}")
    return asked, known


def _how_many(choices: Sequence[Choice], *, counted: bool) -> str:
    """What the numbers beside the values are, and how many values there are."""
    if not choices:
        return "No run in view has a value."
    most = f" Shown are the {MAX_CHOICES:,} values with most runs." if len(choices) == MAX_CHOICES else ""
    runs = "Beside each value its runs in view, as if this filter were not set."
    return f"{runs if counted else 'Values are counted once all of the range is read.'}{most}"


def _left_out(view: View, found: Choices) -> None:
    options = [
        (name, exactly(choice.value)) for name in DIMENSIONS for choice in list(found.get(name, ()))[:EXCLUDABLE]
    ]
    chosen = list(view.without)
    st.multiselect(
        "Leave out",
        list(dict.fromkeys([*options, *chosen])),
        placeholder="Nothing, or type user:*acme*",
        format_func=_pair_label,
        accept_new_options=True,
        help=WITHOUT_HELP,
        **wired("without", chosen, default=chosen),
    )


def _pair_label(pair: tuple[str, str] | str) -> str:
    if isinstance(pair, str):
        return pair
    asked = pattern_of(pair[1])
    return f"{DIMENSIONS[pair[0]].label}{' contains ' if asked.is_part else ': '}{asked.text}"
