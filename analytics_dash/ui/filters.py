"""Owns the sidebar: every control shows what the URL says, and writes what the person chose back into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from analytics_dash.runs.view import DEFAULT_PRESET, PRESETS, STATES, View, view_from_query
from analytics_dash.store.sync import Dataset
from analytics_dash.store.workspace import Workspace
from analytics_dash.ui import state
from analytics_dash.ui.words import compact

CUSTOM: Final = "Custom"
PRODUCTION_HELP: Final = (
    "Runs started in the workflow builder are tests. While this is on they are left out of every number, chart and "
    "download of this view."
)
RANGE_HELP: Final = "A preset ends at the moment the runs were read; Custom keeps fixed instants."
MAX_USERS: Final = 1000  # offered in the list, most runs first; any other can be typed


def draw(view: View, workspace: Workspace, dataset: Dataset | None) -> None:
    """Draw the controls in the current container."""
    _where(view, workspace)
    _when(view, dataset)
    _who(view, dataset)


def _where(view: View, workspace: Workspace) -> None:
    _show("org", view.org or workspace.settings.org or "")
    st.text_input("Organization", key=_key("org"), on_change=_commit, args=("org",), placeholder="Organization ID")
    projects = {p.project_id: p for p in workspace.projects()}
    if not projects:
        _show("flow", view.flow or "")
        st.text_input("Flow", key=_key("flow"), on_change=_commit, args=("flow",), placeholder="Flow ID")
        return
    known = sorted(projects, key=lambda id_: projects[id_].project_name.casefold())
    _show("flow", view.flow)
    st.selectbox(
        "Flow",
        known if view.flow is None or view.flow in projects else [view.flow, *known],
        key=_key("flow"),
        format_func=lambda id_: projects[id_].project_name if id_ in projects else str(id_),
        on_change=_commit,
        args=("flow",),
        placeholder="Choose a flow, or type its ID",
        accept_new_options=True,
    )


def _when(view: View, dataset: Dataset | None) -> None:
    _show("range", CUSTOM if view.is_custom else view.range)
    st.segmented_control(
        "Range",
        [*PRESETS, CUSTOM],
        key=_key("range"),
        on_change=_commit,
        args=("range",),
        required=True,
        help=RANGE_HELP,
        width="stretch",
        wrap=False,
    )
    zone = state.zone(view)
    if view.is_custom:
        start, end = view.interval(state.now()) if dataset is None else dataset.interval(view)
        for name, label, value in (("start", "From", start), ("end", "Until", end)):
            _show(name, value.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0))
            st.datetime_input(
                label,
                value=None,
                key=_key(name),
                on_change=_commit,
                args=(name,),
                format="YYYY-MM-DD",
                step=timedelta(minutes=5),
            )
    _show("tz", zone)
    st.selectbox("Time zone", _zones(zone), key=_key("tz"), on_change=_commit, args=("tz",))


def _who(view: View, dataset: Dataset | None) -> None:
    _choice("state", "State", view, dataset, always=STATES, placeholder="Any state")
    _choice("user", "User", view, dataset, placeholder="Any user")
    _show("production", not view.tests)
    st.toggle(
        "Leave out test runs", key=_key("production"), on_change=_commit, args=("production",), help=PRODUCTION_HELP
    )


def _choice(
    name: str, label: str, view: View, dataset: Dataset | None, *, always: Sequence[str] = (), placeholder: str
) -> None:
    """Several values of one filter, those with most runs first, each with its number of runs."""
    counts: dict[str, int] = {}
    if dataset is not None:
        start, end = dataset.interval(view)
        counts = dict(dataset.store.choices(name, view, start=start, end=end)[:MAX_USERS])
    chosen = getattr(view, name)
    options = list(dict.fromkeys([*counts, *always, *chosen]))
    _show(name, list(chosen))
    st.multiselect(
        label,
        options,
        key=_key(name),
        format_func=lambda value: f"{value} · {compact(counts.get(value, 0))}" if dataset is not None else str(value),
        on_change=_commit,
        args=(name,),
        placeholder=placeholder,
        accept_new_options=name == "user",
    )


def _key(name: str) -> str:
    return f"filter_{name}"


def _show(name: str, value: object) -> None:
    """Make the control show the URL's value; left alone where it does, so that typing is not disturbed."""
    if _key(name) not in st.session_state or st.session_state[_key(name)] != value:
        st.session_state[_key(name)] = value


def _commit(changed: str) -> None:
    """Read the controls and put the view they describe into the URL."""
    view, _ = state.current_view()
    for name in ("org", "flow", "tz", "state", "user", "production"):
        if _key(name) in st.session_state:
            view = _READ[name](view, st.session_state[_key(name)])
    if changed == "range":
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
