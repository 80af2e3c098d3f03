"""Owns the sidebar: every control shows what the URL says, and writes what the person chose back into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.view import DEFAULT_PRESET, PRESETS, STATES, View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.workspace import Workspace
from analytics_dash.ui import state

CUSTOM: Final = "Custom"
PRODUCTION_HELP: Final = (
    "Runs started in the workflow builder are tests. While this is on they are left out of every number, chart and "
    "download of this view."
)
TIMED_HELP: Final = (
    "Failed runs count in every latency, as they are runs that somebody waited for. Turn this on to see the others "
    "alone."
)
RANGE_HELP: Final = "A preset ends at the moment the runs were read; Custom keeps fixed instants."
MAX_USERS: Final = 1000  # offered in the list, most runs first; any other can be typed


def draw(view: View, workspace: Workspace, dataset: Dataset | None) -> None:
    """Draw the controls in the current container."""
    _where(view, workspace)
    _when(view)
    _who(view, dataset)


def _where(view: View, workspace: Workspace) -> None:
    org = view.org or ""
    placeholder = "Organization ID"
    st.text_input("Organization", placeholder=placeholder, **_wired("org"), **_shown("org", org, value=org))
    projects = {p.project_id: p.project_name for p in workspace.projects()}
    if not projects:
        flow = view.flow or ""
        st.text_input("Flow", placeholder="Flow ID", **_wired("flow"), **_shown("flow", flow, value=flow))
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
        **_wired("flow"),
        **_shown("flow", view.flow, index=None if view.flow is None else options.index(view.flow)),
    )


def _told_apart(projects: Mapping[str, str]) -> dict[str, str]:
    """A label for each flow, with its ID where others have the same name: the browser answers with the label."""
    shared = Counter(projects.values())
    return {id_: name if shared[name] == 1 else f"{name} · {id_}" for id_, name in projects.items()}


def _when(view: View) -> None:
    choice = CUSTOM if view.is_custom else view.range
    st.segmented_control(
        "Range",
        [*PRESETS, CUSTOM],
        required=True,
        help=RANGE_HELP,
        width="stretch",
        wrap=False,
        **_wired("range"),
        **_shown("range", choice, default=choice),
    )
    zone = state.zone(view)
    if view.is_custom:
        start, end = view.interval(state.now())
        for name, label, instant in (("start", "From", start), ("end", "Until", end)):
            wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
            st.datetime_input(
                label,
                format="YYYY-MM-DD",
                step=timedelta(minutes=5),
                **_wired(name),
                **_shown(name, wall, value=wall) or {"value": None},
            )
    zones = _zones(zone)
    st.selectbox("Time zone", zones, **_wired("tz"), **_shown("tz", zone, index=zones.index(zone)))


def _who(view: View, dataset: Dataset | None) -> None:
    _choice("state", "State", view, dataset, always=STATES, placeholder="Any state")
    _choice("user", "User", view, dataset, placeholder="Any user")
    wanted = not view.tests
    st.toggle(
        "Leave out test runs",
        help=PRODUCTION_HELP,
        **_wired("production"),
        **_shown("production", wanted, value=wanted),
    )
    st.toggle(
        "Latency without failed runs",
        help=TIMED_HELP,
        **_wired("timed"),
        **_shown("timed", view.latency_without_failed, value=view.latency_without_failed),
    )


def _choice(
    name: str, label: str, view: View, dataset: Dataset | None, *, always: Sequence[str] = (), placeholder: str
) -> None:
    """Several values of one filter, those with most runs first.

    Their labels hold no counts: the browser answers with labels, and one that has changed would be another value.
    """
    found: list[str] = []
    if dataset is not None:
        found = [value for value, _ in dataset.choices(name, view, limit=MAX_USERS)]
    chosen = list(getattr(view, name))
    st.multiselect(
        label,
        list(dict.fromkeys([*found, *always, *chosen])),
        placeholder=placeholder,
        accept_new_options=name == "user",
        **_wired(name),
        **_shown(name, chosen, default=chosen),
    )


def _wired(name: str) -> dict[str, Any]:
    return {"key": _key(name), "on_change": _commit, "args": (name,)}


def _key(name: str) -> str:
    return f"{state.CONTROL}{name}"


def _shown(name: str, wanted: object, /, **default: Any) -> dict[str, Any]:
    """What makes the control show the URL's value: its default, or its state where it shows another one.

    Never the state alone: a control that is new in the browser reports its default before it learns of the state, and
    a rerun in that moment would take the report for a choice.
    """
    if _key(name) in st.session_state and st.session_state[_key(name)] != wanted:
        st.session_state[_key(name)] = wanted
        return {}
    return default


def _commit(changed: str) -> None:
    """Read the controls and put the view they describe into the URL; nothing where they are gone by now."""
    if _key(changed) not in st.session_state:
        return
    view, _ = state.current_view()
    for name in ("org", "flow", "tz", "state", "user", "production", "timed"):
        if _key(name) in st.session_state:
            view = _READ[name](view, st.session_state[_key(name)])
    if changed == "range" and st.session_state[_key("range")]:
        view = _ranged(view, st.session_state[_key("range")])
    elif changed in {"start", "end"}:
        view = _dated(view, st.session_state[_key("start")], st.session_state[_key("end")])
    state.show(view)


def _clean(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _with_zone(view: View, value: object) -> View:
    return replace(view, tz=None if value == state.browser_zone() else _clean(value))


_READ: Final[dict[str, Callable[[View, Any], View]]] = {
    "org": lambda view, value: replace(view, org=_clean(value)),
    "flow": lambda view, value: replace(view, flow=_clean(value)),
    "tz": _with_zone,
    "state": lambda view, value: replace(view, state=tuple(value)),
    "user": lambda view, value: replace(view, user=tuple(text for v in value if (text := _clean(v)))),
    "production": lambda view, value: replace(view, tests=not value),
    "timed": lambda view, value: replace(view, latency_without_failed=bool(value)),
}


def _ranged(view: View, choice: str) -> View:
    if choice != CUSTOM:
        return view.with_preset(choice if choice in PRESETS else DEFAULT_PRESET)
    start, end = view.interval(state.now().replace(second=0, microsecond=0))
    return view.narrowed(start, end)


def _dated(view: View, start: datetime | None, end: datetime | None) -> View:
    """The view over the two wall times; a start that is not before the end is told, and the range stays."""
    if start is None or end is None:
        return view
    zone = ZoneInfo(state.zone(view))
    first, last = start.replace(tzinfo=zone), end.replace(tzinfo=zone)
    if first >= last:
        st.session_state["filter_problem"] = "The start must be before the end; the range was left as it was."
        return view
    return view.narrowed(first, last)


def take_problem() -> str | None:
    """What the last change could not do, once."""
    problem: str | None = st.session_state.pop("filter_problem", None)
    return problem


@cache
def _all_zones() -> tuple[str, ...]:
    return tuple(sorted(z for z in available_timezones() if view_from_query({"tz": [z]}, now=state.now())[0].tz == z))


def _zones(current: str) -> list[str]:
    return list(dict.fromkeys([current, state.browser_zone(), "UTC", *_all_zones()]))
