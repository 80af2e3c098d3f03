"""Owns how controls and the URL are kept the same: each shows what the URL says, and writes it back.

A control that must show another value than its own is made anew, under a key of the next generation. Setting its value
instead would race the browser: until it has drawn the page, whatever reruns the script (another control, a fragment
that reruns by itself) sends the former value, and that looks like a choice. What an earlier generation sends is left
aside. A new control has the URL's value as its default, which is also what the browser reports first.

When one page sends the browser to another, the server forgets every control's value and the browser none. So what was
last drawn counts as the value of a control that the server knows nothing of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import streamlit as st

from analytics_dash.runs.comparison import Comparison
from analytics_dash.runs.parameter import left_out
from analytics_dash.runs.period import typed_length
from analytics_dash.runs.view import MULTIPLE, RANGES, View
from analytics_dash.ui import state

CUSTOM: Final = "Custom"
BEFORE: Final = str(Comparison.PREVIOUS)
"""What a view is held against that does not say it."""
GENERATIONS: Final = "control_generations"  # session key: control -> how often it was made anew
DRAWN: Final = "controls_drawn"  # session key: control -> what it was last made to show
CALLED: Final = "choices_called"  # session key: control -> what its choices were last called
FORMER: Final = "choices_formerly_called"  # session key: control -> label -> the value that it was, not long ago
MOST_FORMER: Final = 5_000
PROBLEM: Final = "filter_problem"  # session key: what the last change could not do
RANGE_WORDS: Final = {"latency_from": "latency", "tokens_from": "number of tokens"}


def wired(name: str, wanted: object, /, *, labels: object = None, **default: Any) -> dict[str, Any]:
    """The arguments that tie a control of the sidebar to its part of the view (`tied`)."""
    return tied(_control(name), wanted, lambda: _commit(name), labels=labels, **default)


def tied(
    control: str, wanted: object, chosen: Callable[[], None], /, *, labels: object = None, **default: Any
) -> dict[str, Any]:
    """The arguments of a control that shows what is wanted, and calls `chosen` when somebody chooses.

    `default` is how this kind of control is told what to show: its value, index or default. `labels` is what its
    choices are called, where that may change: the browser answers with labels, and a control in which something is
    chosen is made anew with the labels of another time. One in which nothing is need not be, which takes the browser
    some 50 ms; what is picked in it just then comes by its former label (`recall`).
    """
    drawn: dict[str, object] = st.session_state.setdefault(DRAWN, {})
    called: dict[str, object] = st.session_state.setdefault(CALLED, {})
    held = st.session_state[key(control)] if key(control) in st.session_state else drawn.get(control, wanted)
    if held != wanted or (wanted and called.get(control, labels) != labels):
        st.session_state.setdefault(GENERATIONS, {})[control] = _generation(control) + 1
    drawn[control], called[control] = wanted, labels
    return {"key": key(control), "on_change": _chosen, "args": (control, _generation(control), chosen), **default}


def recall(name: str, values: Mapping[str, str]) -> None:
    """Note what values of a control of the sidebar were called until now (label -> value), beside earlier labels."""
    former: dict[str, dict[str, str]] = st.session_state.setdefault(FORMER, {})
    known = {**former.get(name, {}), **values}
    former[name] = dict(list(known.items())[-MOST_FORMER:])


def key(control: str) -> str:
    """The session key that a control has now."""
    generation = _generation(control)
    return f"{control}.{generation}" if generation else control


def _control(name: str) -> str:
    return f"{state.CONTROL}{name}"


def _generation(control: str) -> int:
    generations: dict[str, int] = st.session_state.get(GENERATIONS, {})
    return generations.get(control, 0)


def _chosen(control: str, generation: int, chosen: Callable[[], None]) -> None:
    """What a control reports; no choice where the control was made anew since, or is gone."""
    if generation == _generation(control) and key(control) in st.session_state:
        chosen()


def take_problem() -> str | None:
    """What the last change could not do, once."""
    problem: str | None = st.session_state.pop(PROBLEM, None)
    return problem


def _commit(changed: str) -> None:
    """Read the controls and put the view they describe into the URL."""
    view, _ = state.current_view()
    for name, read in _READ.items():
        if key(_control(name)) in st.session_state:
            view = read(view, _value(name))
    if changed == "range" and _value("range"):
        view = _ranged(view, _value("range"))
    elif changed == "length":
        view = _lengthened(view, _value("length"))
    elif changed in {"start", "end"}:
        view = _dated(view, _value("start"), _value("end"))
    state.show(_bounded(view))


def _value(name: str) -> Any:
    return st.session_state[key(_control(name))]


def _clean(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _with(name: str, read: Callable[[Any], object]) -> Callable[[View, Any], View]:
    def changed(view: View, value: Any) -> View:
        values: dict[str, Any] = {name: read(value)}
        return replace(view, **values)

    return changed


def _several(name: str) -> Callable[[list[object]], tuple[str, ...]]:
    """How the values of this control are read, those under a former label too."""

    def read(values: list[object]) -> tuple[str, ...]:
        former: dict[str, str] = st.session_state.get(FORMER, {}).get(name, {})
        return tuple(former.get(text, text) for value in values if (text := _clean(value)))

    return read


def _left_out(value: object) -> tuple[str, str] | None:
    """A pair as it was picked, or as it was typed; what cannot be read is told."""
    if not isinstance(value, str):
        return cast("tuple[str, str]", value)
    name, colon, text = value.partition(":")
    try:
        return left_out(MULTIPLE)(f"{name.strip().lower().replace(' ', '_')}{colon}{text.strip()}")
    except ValueError as error:
        _tell(f"“{value[:40]}” was not understood: {error}.")
        return None


def _zone(value: object) -> str | None:
    return None if value == state.browser_zone() else _clean(value)


def _compared(view: View, value: str) -> View:
    """The view held against this; one that does not say it stays as it is while nothing else is chosen."""
    return view if value == (view.compare or BEFORE) else replace(view, compare=value)


_READ: Final[Mapping[str, Callable[[View, Any], View]]] = {
    **{name: _with(name, _clean) for name in ("org", "flow", "q", "granularity")},
    **{name: _with(name, _several(name)) for name in MULTIPLE},
    **{name: _with(name, lambda value: value) for pair in RANGES for name in pair},
    "compare": _compared,
    "tz": _with("tz", _zone),
    "without": lambda view, values: replace(view, without=tuple(pair for v in values if (pair := _left_out(v)))),
    "production": _with("tests", lambda value: not value),
    "contradicts": _with("contradicts", bool),
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
