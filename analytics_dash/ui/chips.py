"""Owns the chips above a page: what narrows it, each removed by a click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.error_group import FRAMES_WITHIN, error_template
from analytics_dash.runs.pattern import pattern_of
from analytics_dash.runs.view import FILTERS, MULTIPLE, View
from analytics_dash.store.dataset import Dataset
from analytics_dash.ui import state
from analytics_dash.ui.words import plain, seconds, span

CLEAR_FROM: Final = 2  # with a single chip “clear all” would say the same twice
VALUE_LENGTH: Final = 40  # characters of a value: a chip longer than that is a line of its own


@dataclass(frozen=True)
class Chip:
    """One thing that narrows the view: its words, and the view without it."""

    name: str
    label: str
    removed: View


def chips_of(view: View, *, error: str | None = None) -> list[Chip]:
    """A chip for each filter of the view but its range; `error` is what the error group's runs say."""
    return [*_values(view), *_left_out(view), *_rest(view, error)]


def draw(view: View, dataset: Dataset | None = None) -> None:
    """A row of chips; nothing where the view is not narrowed. `dataset` knows an error's text by its group."""
    chips = chips_of(view, error=_error(view, dataset))
    if not chips and not view.is_custom:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        if view.start is not None and view.end is not None:
            label = span(view.start, view.end, state.zone(view))
            _chip(f"{label}", "range", help_text="Back to the range before", on_click=state.widen, args=(view,))
        for number, chip in enumerate(chips):
            _chip(chip.label, f"{chip.name}_{number}", help_text="Remove", on_click=state.show, args=(chip.removed,))
        if len(chips) + view.is_custom >= CLEAR_FROM:
            st.button("Clear all", key="chip_clear", type="tertiary", on_click=state.show, args=(cleared(view),))


def cleared(view: View) -> View:
    """The view without its filters and fixed instants; how it is shown stays."""
    opened: dict[str, Any] = {name: getattr(View(), name) for name in (*FILTERS, "start", "end")}
    return replace(view, **opened)


def _values(view: View) -> Iterator[Chip]:
    for name in MULTIPLE:
        for value in getattr(view, name):
            between = " " if pattern_of(value).is_part else ": "
            yield Chip(name, f"{DIMENSIONS[name].label}{between}{_asked(value)}", view.less(name, value))


def _left_out(view: View) -> Iterator[Chip]:
    for name, value in view.without:
        label = f"Not {DIMENSIONS[name].label.lower()}: {_asked(value)}"
        yield Chip("without", label, view.less("without", (name, value)))


def _asked(value: str) -> str:
    """“acme”, or “contains acme” of a part."""
    asked = pattern_of(value)
    return f"{'contains ' if asked.is_part else ''}{plain(asked.text, limit=VALUE_LENGTH)}"


def _error(view: View, dataset: Dataset | None) -> str | None:
    """The template of the view's group of errors, by any of its runs that is read; None where there is none."""
    if view.error_group is None or dataset is None:
        return None
    mine = View(error_group=view.error_group, tests=True)
    found = dataset.at_any_time(mine).limit(1).project(f"left(error, {FRAMES_WITHIN})").fetchall()
    return error_template(found[0][0]) if found else None


def _rest(view: View, error: str | None) -> Iterator[Chip]:
    if view.error_group is not None:
        label = f"Error: {plain(error, limit=VALUE_LENGTH)}" if error else f"Error group: {view.error_group}"
        yield Chip("error_group", label, replace(view, error_group=None))
    if view.contradicts:
        yield Chip("contradicts", "State and success flag contradict", replace(view, contradicts=False))
    if view.latency_from is not None or view.latency_to is not None:
        bounds = _between(*(None if s is None else seconds(s) for s in (view.latency_from, view.latency_to)))
        yield Chip("latency", f"Latency: {bounds}", replace(view, latency_from=None, latency_to=None))
    if view.tokens_from is not None or view.tokens_to is not None:
        bounds = _between(*(None if n is None else f"{n:,}" for n in (view.tokens_from, view.tokens_to)))
        yield Chip("tokens", f"Tokens: {bounds}", replace(view, tokens_from=None, tokens_to=None))
    if view.q is not None:
        yield Chip("q", f"Text: {plain(view.q, limit=VALUE_LENGTH)}", replace(view, q=None))


def _between(low: str | None, high: str | None) -> str:
    """A range [low, high) in words."""
    if low is None:
        return f"below {high}"
    return f"{low} or more" if high is None else f"{low} to below {high}"


def _chip(label: str, name: str, *, help_text: str, on_click: object, args: tuple[object, ...]) -> None:
    st.button(
        label,
        key=f"chip_{name}",
        icon=":material/close:",
        icon_position="right",
        help=help_text,
        on_click=on_click,  # type: ignore[arg-type]  # a callable with these arguments
        args=args,
    )
