"""Owns how the sidebar's controls and the URL are kept the same: each shows what the URL says, and writes it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from analytics_dash.runs.period import typed_length
from analytics_dash.runs.view import MULTIPLE, RANGES, View
from analytics_dash.ui import state

CUSTOM: Final = "Custom"
ECHOES: Final = "filter_echoes"  # session key: control -> what it was made to show last
ECHO_S: Final = 2.0  # how long the browser may still report the value of before: a paint or two of a busy page
PROBLEM: Final = "filter_problem"  # session key: what the last change could not do
RANGE_WORDS: Final = {"latency_from": "latency", "tokens_from": "number of tokens"}


@dataclass(frozen=True)
class Echo:
    """A control that was made to show another value, until when its former one is no choice."""

    before: object
    wanted: object
    until: float


def wired(name: str) -> dict[str, Any]:
    """The arguments that tie a control to its part of the view."""
    return {"key": key(name), "on_change": _commit, "args": (name,)}


def key(name: str) -> str:
    """The session key of a control."""
    return f"{state.CONTROL}{name}"


def shown(name: str, wanted: object, /, **default: Any) -> dict[str, Any]:
    """What makes a control of the sidebar show the URL's value (`settled`)."""
    return settled(key(name), wanted, **default)


def settled(control: str, wanted: object, /, **default: Any) -> dict[str, Any]:
    """What makes the control of this session key show what is wanted: its default, or its state where it has another.

    Never the state alone: a control that is new in the browser reports its default before it learns of the state, and
    a rerun in that moment would take the report for a choice.
    """
    if control in st.session_state and st.session_state[control] != wanted:
        echoes = st.session_state.setdefault(ECHOES, {})
        echoes[control] = Echo(st.session_state[control], wanted, time.monotonic() + ECHO_S)
        st.session_state[control] = wanted
        return {}
    return default


def is_choice(control: str) -> bool:
    """Whether a reported change is somebody's; not where the control is gone, or the browser repeats a former value.

    A fragment that reruns by itself sends the values of all controls, also those that the browser has not yet been
    told to change. Such a control shows the new value again.
    """
    if control not in st.session_state:
        return False
    echo: Echo | None = st.session_state.get(ECHOES, {}).get(control)
    if echo is None or time.monotonic() > echo.until or st.session_state[control] != echo.before:
        return True
    st.session_state[control] = echo.wanted
    return False


def take_problem() -> str | None:
    """What the last change could not do, once."""
    problem: str | None = st.session_state.pop(PROBLEM, None)
    return problem


def _commit(changed: str) -> None:
    """Read the controls and put the view they describe into the URL."""
    if not is_choice(key(changed)):
        return
    view, _ = state.current_view()
    for name, read in _READ.items():
        if key(name) in st.session_state:
            view = read(view, st.session_state[key(name)])
    if changed == "range" and st.session_state[key("range")]:
        view = _ranged(view, st.session_state[key("range")])
    elif changed == "length":
        view = _lengthened(view, st.session_state[key("length")])
    elif changed in {"start", "end"}:
        view = _dated(view, st.session_state[key("start")], st.session_state[key("end")])
    state.show(_bounded(view))


def _clean(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _with(name: str, read: Callable[[Any], object]) -> Callable[[View, Any], View]:
    def changed(view: View, value: Any) -> View:
        values: dict[str, Any] = {name: read(value)}
        return replace(view, **values)

    return changed


def _several(values: list[object]) -> tuple[str, ...]:
    return tuple(text for value in values if (text := _clean(value)))


def _zone(value: object) -> str | None:
    return None if value == state.browser_zone() else _clean(value)


_READ: Final[Mapping[str, Callable[[View, Any], View]]] = {
    **{name: _with(name, _clean) for name in ("org", "flow", "q", "granularity", "compare")},
    **{name: _with(name, _several) for name in MULTIPLE},
    **{name: _with(name, lambda value: value) for pair in RANGES for name in pair},
    "tz": _with("tz", _zone),
    "without": _with("without", tuple),
    "production": _with("tests", lambda value: not value),
    "timed": _with("latency_without_failed", bool),
}


def _bounded(view: View) -> View:
    """The view without a range that would hold nothing, which is told."""
    for names in RANGES:
        low, high = (getattr(view, name) for name in names)
        if low is not None and high is not None and low >= high:
            _tell(f"The lower {RANGE_WORDS[names[0]]} must be below the upper one; both were left out.")
            opened: dict[str, Any] = dict.fromkeys(names)
            view = replace(view, **opened)
    return view


def _ranged(view: View, choice: str) -> View:
    if choice != CUSTOM:
        return view.with_preset(choice)
    start, end = view.interval(state.now().replace(second=0, microsecond=0))
    return view.narrowed(start, end)


def _lengthened(view: View, text: str) -> View:
    """The view over the length that was typed; one that cannot be read is told, and the range stays."""
    try:
        return view.with_preset(typed_length(text)) if text.strip() else view
    except ValueError as error:
        _tell(f"“{text[:40]}” was not understood: {error}.")
        return view


def _dated(view: View, start: datetime | None, end: datetime | None) -> View:
    """The view over the two wall times; a start that is not before the end is told, and the range stays.

    Both come again, unchanged, from a browser in which another control has just changed the range.
    """
    zone = ZoneInfo(state.zone(view))
    if start is None or end is None or not view.is_custom or (start, end) == walls(view, zone):
        return view
    first, last = start.replace(tzinfo=zone), end.replace(tzinfo=zone)
    if first >= last:
        _tell("The start must be before the end; the range was left as it was.")
        return view
    return view.narrowed(first, last)


def walls(view: View, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The range's bounds on the clocks of the zone, to the minute."""
    start, end = (instant.astimezone(zone) for instant in view.interval(state.now()))
    return start.replace(tzinfo=None, second=0, microsecond=0), end.replace(tzinfo=None, second=0, microsecond=0)


def _tell(problem: str) -> None:
    st.session_state[PROBLEM] = problem
