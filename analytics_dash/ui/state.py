"""Owns the one door to the URL: the view is read from it on every run and written to it by every control.

What a browser sends says where the browser is. What it sent before it had taken a change of the URL (another click, a
timer of the page) says where it was, and would undo the change: it is read as if it had come from where the browser is
being taken. Only going back, a link to another page, or an address that was not just replaced leads elsewhere.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analytics_dash.runs.choice import choosing
from analytics_dash.runs.link import IGNORED, view_from_query
from analytics_dash.runs.list_page import following
from analytics_dash.runs.view import View

CONTROL: Final = "filter_"  # how the session keys of the sidebar's controls begin
TOUCHED: Final = re.compile(r"Mobi|Android|iPad|iPhone|Tablet")
PAGE: Final = "page_drawn"  # session key: the address of the page that was drawn last
LATELY: Final = "chosen_lately"  # session key: what was chosen since the whole page was drawn
BEFORE: Final = "ranges_before"  # session key: narrowed (start, end) -> the range it was narrowed from
PUT: Final = "url_put"  # session key: what was last put into the URL (`_Put`)
CROSSING_S: Final = 10.0  # how long a busy browser and a busy server may have each other's messages on the way

Query = Mapping[str, list[str]]
"""A URL's parameters."""


@dataclass(frozen=True)
class _Put:
    """What was put into the URL, what it and those shortly before it replaced, and when, by the monotonic clock."""

    query: Query
    replaced: tuple[Query, ...]
    at: float

    @property
    def is_new(self) -> bool:
        """Whether the browser may not have taken it yet."""
        return time.monotonic() - self.at < CROSSING_S


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def current_view() -> tuple[View, tuple[str, ...]]:
    """The view in the URL and what of it could not be used; an open end is pinned there, so that reruns agree."""
    query = _query()
    view, problems = view_from_query(query, now=now())
    if view.is_custom and "end" not in query:
        _put(view)
    return view, problems


def show(view: View) -> None:
    """Put the view into the URL, on its list's first page where it lists something else than the one before.

    The browser keeps the one before for its back button. Choices stay as the URL has them: `choose` alone makes them.
    """
    before, _ = current_view()
    _put(replace(following(view, before), choices=before.choices))


def choose(name: str, value: str) -> None:
    """Put a choice of how runs are shown into the URL."""
    view, _ = current_view()
    _put(choosing(view, name, value))
    st.session_state.setdefault(LATELY, {})[name] = value


def carry_choices(page: str) -> None:
    """Where the browser has come from another page, take along what was chosen on it since it was drawn as a whole.

    Its links are as they were then: a choice that moves one chart redraws that chart and nothing else.
    """
    lately: dict[str, str] = st.session_state.pop(LATELY, {})
    has_moved = st.session_state.get(PAGE, page) != page
    if has_moved:
        st.session_state.pop(PUT, None)
    if lately and has_moved:
        view, _ = current_view()
        for name, value in lately.items():
            view = choosing(view, name, value)
        _put(view)
    st.session_state[PAGE] = page


def is_left(view: View) -> bool:
    """Whether the URL asks for another view than the one that is drawn, but for choices of how runs are shown."""
    asked, _ = current_view()
    return replace(asked, org=view.org, choices=view.choices) != view


def _query() -> Query:
    """Where the browser is, or is being taken."""
    told = {name: st.query_params.get_all(name) for name in st.query_params}
    put: _Put | None = st.session_state.get(PUT)
    if put is None or told == put.query:
        return told
    if told in put.replaced and put.is_new and not _has_gone_back():
        st.query_params.from_dict(put.query)
        return put.query
    del st.session_state[PUT]
    return told


def _has_gone_back() -> bool:
    """Whether the browser's back or forward button has brought it here."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def _put(view: View) -> None:
    before = _query()
    put: _Put | None = st.session_state.get(PUT)
    kept = {name: values for name, values in before.items() if name in IGNORED}
    query = {**kept, **view.to_query()}
    replaced = [*(put.replaced if put and put.is_new else ()), before]
    st.session_state[PUT] = _Put(query, tuple(held for held in replaced if held != query), time.monotonic())
    st.query_params.from_dict(query)


def narrow(view: View, start: datetime, end: datetime) -> None:
    """Narrow the range to [start, end), and remember what it was."""
    narrow_to(view, view.narrowed(start, end))


def narrow_to(view: View, narrowed: View) -> None:
    """Show the narrowed view; where its range is another one, remember what it was."""
    if (narrowed.start, narrowed.end) != (view.start, view.end):
        before: dict[tuple[datetime | None, datetime | None], View] = st.session_state.setdefault(BEFORE, {})
        before[narrowed.start, narrowed.end] = view
    if narrowed != view:
        show(narrowed)


def widen(view: View) -> None:
    """Undo the narrowing: the range before it, or the preset where this range came with a link."""
    before: dict[tuple[datetime | None, datetime | None], View] = st.session_state.setdefault(BEFORE, {})
    earlier = before.get((view.start, view.end), View())  # kept: a rerun may bring the same click again
    show(View(**{**view.__dict__, "range": earlier.range, "start": earlier.start, "end": earlier.end}))


def zone(view: View) -> str:
    """The zone times are shown in: the link's, else the browser's, else UTC."""
    return view.tz or browser_zone()


def browser_zone() -> str:
    """The browser's zone by name; UTC where it tells none that is known here."""
    told = st.context.timezone
    checked, _ = view_from_query({"tz": [told] if isinstance(told, str) else []}, now=now())
    return checked.tz or "UTC"


def is_touched() -> bool:
    """Whether the browser says that it is a phone's or a tablet's, where a drag scrolls the page."""
    told = st.context.headers.get("User-Agent")
    return isinstance(told, str) and TOUCHED.search(told) is not None


def theme() -> str:
    """“light” or “dark”, as the viewer has it."""
    return "dark" if st.context.theme.type == "dark" else "light"
