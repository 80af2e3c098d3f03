"""Owns the sidebar's time: the range and those beside it, its buckets, what it is held against, and the zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.period import shifted
from analytics_dash.runs.view import PRESETS, View
from analytics_dash.ui import state
from analytics_dash.ui.controls import BEFORE, CUSTOM, walls, wired

RANGE_HELP: Final = (
    "A length ends at the moment the runs were read; any other can be typed below: 25m, 36h, 3d, 2w. Custom keeps "
    "fixed instants."
)
SHIFT: Final = {
    -1: (":material/chevron_left:", "The period before: Shift and the left arrow", "Shift+Left"),
    1: (":material/chevron_right:", "The period after: Shift and the right arrow", "Shift+Right"),
}
"""With Shift, since the arrows alone move through tables and choices."""
BUCKETS: Final[Mapping[str, str]] = {"": "Automatic", "hour": "Hours", "day": "Days", "week": "Weeks"}
AGAINST: Final[Mapping[str, str]] = {
    BEFORE: "Period before",
    "last_week": "Week before",
    "off": "Off",
}
BUCKETS_HELP: Final = "How long one point of a chart over time lasts. Automatic is hours up to eight days, then days."
AGAINST_HELP: Final = (
    "The period that figures and charts are held against, where it is read. The period before lasts as long and ends "
    "where this one begins; the week before is these days a week ago. Whole days are held against as many whole days, "
    "even where clocks change, and a day in progress against as much of its own. Each bucket of a chart is held "
    "against the same part of the other period."
)


def draw(view: View) -> None:
    """Draw the controls of time in the current container."""
    zone = state.zone(view)
    choice = CUSTOM if view.is_custom else view.range if view.range in PRESETS else None
    st.segmented_control(
        "Range",
        [*PRESETS, CUSTOM],
        required=bool(choice),
        help=RANGE_HELP,
        width="stretch",
        wrap=False,
        **wired("range", choice, default=choice),  # a length that was typed is none of the segments
    )
    _around(view, zone)
    if view.is_custom:
        _instants(view, zone)
    buckets, against = st.columns(2, gap="small")
    with buckets:
        _one_of("granularity", "Buckets", view.granularity or "", BUCKETS, help_text=BUCKETS_HELP)
    with against:
        _one_of("compare", "Compare with", view.compare or BEFORE, AGAINST, help_text=AGAINST_HELP)
    zones = _zones(zone)
    st.selectbox("Time zone", zones, **wired("tz", zone, index=zones.index(zone)))


def _around(view: View, zone: str) -> None:
    """A length to type where none of the segments is meant, and the period before and after."""
    length = "" if view.is_custom or view.range in PRESETS else view.range
    st.text_input(
        "Length",
        placeholder="Or type one: 25m, 36h, 3d",
        label_visibility="collapsed",
        **wired("length", length, value=length),
    )
    with st.container(horizontal=True, gap="small", key="around"):
        _shift(view, -1, zone)
        _shift(view, 1, zone)


def _shift(view: View, periods: int, zone: str) -> None:
    icon, tip, shortcut = SHIFT[periods]
    st.button(
        "",
        icon=icon,
        help=tip,
        shortcut=shortcut,
        width="stretch",
        key=f"shift_{'before' if periods < 0 else 'after'}",
        disabled=periods > 0 and (not view.is_custom or view.interval(state.now())[1] >= state.now()),
        on_click=_move,
        args=(periods, zone),
    )


def _move(periods: int, zone: str) -> None:
    """Move the range, from where earlier presses have taken it; nothing beyond the calendar."""
    view, _ = state.current_view()
    start, end = view.interval(state.now().replace(microsecond=0))
    try:
        state.show(view.narrowed(*shifted(start, end, periods=periods, zone=zone)))
    except OverflowError:
        return


def _instants(view: View, zone: str) -> None:
    start, end = walls(view, ZoneInfo(zone))
    for name, label, wall in (("start", "From", start), ("end", "Until", end)):
        st.datetime_input(
            label,
            format="YYYY-MM-DD",
            step=timedelta(minutes=5),
            **wired(name, wall, value=wall),
        )


def _one_of(name: str, label: str, value: str, names: Mapping[str, str], *, help_text: str) -> None:
    """One of a few, shown by its words."""
    options = list(names)
    st.selectbox(
        label,
        options,
        format_func=names.__getitem__,
        help=help_text,
        **wired(name, value, index=options.index(value)),
    )


@cache
def _all_zones() -> tuple[str, ...]:
    return tuple(sorted(z for z in available_timezones() if view_from_query({"tz": [z]}, now=state.now())[0].tz == z))


def _zones(current: str) -> list[str]:
    return list(dict.fromkeys([current, state.browser_zone(), "UTC", *_all_zones()]))
