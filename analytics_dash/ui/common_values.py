"""Owns the question “What do these have in common?”: which runs it is asked of, and its answers, to click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import streamlit as st

from analytics_dash.metrics.columns import DIMENSION, TITLE
from analytics_dash.metrics.common_values import CommonValues
from analytics_dash.metrics.common_values_counts import HOUR, TOKENS, WEEKDAY
from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.pattern import exactly
from analytics_dash.runs.view import MULTIPLE, View
from analytics_dash.ui import choices, state
from analytics_dash.ui.words import count, plain

SLOW: Final = "slowest"
FAILED: Final = "failed"
PART: Final = "view"
NAMES: Final = {SLOW: "Slowest 5 %", FAILED: "Failed", PART: "This selection"}
KEPT: Final = ("org", "flow", "range", "start", "end", "tz", "tests", "latency_without_failed")
"""What of a view is no filter."""
ICON_TO_CLICK: Final = ":material/filter_alt:"
ICON_HELD: Final = ":material/check:"  # the view asks for this value already
ICONS: Final = {
    HOUR: ":material/schedule:",
    WEEKDAY: ":material/calendar_today:",
    TOKENS: ":material/toll:",
}
"""Of what a link cannot narrow to."""
LONGEST: Final = 26  # characters of a value beside which its two shares still fit on a line
FEW: Final = 100  # runs of which the slowest twentieth are too few for a value to stand out
TITLES: Final = {
    SLOW: "What the slowest 5 % have in common",
    FAILED: "What the failed runs have in common",
    PART: "What the runs in view have in common",
}
HELP: Final = (
    "Values that the chosen runs show more often than the rest: Fisher's exact test for each, corrected for the number "
    "of tests (Benjamini and Hochberg, 5 %), and at least one point of difference. Of a user's failures in a half hour "
    "the first alone counts; of slow runs each does, so that a sitting that is slow throughout may stand out. It finds "
    "what goes together, not what is the cause."
)
NOT_NARROWED: Final = (
    "Nothing is selected: every run in the range is in view. Click a cell of the heatmap, a bar or a row, or set a "
    "filter, and these runs are compared with the others."
)


def asked() -> str:
    """Which runs the question is asked of: SLOW, FAILED or PART."""
    return choices.buttons("common_to", "Ask what these have in common", NAMES)


def whole(view: View, *, interval: tuple[datetime, datetime]) -> tuple[View, tuple[datetime, datetime]]:
    """The view without its filters, over the range from which a click narrowed it, else over the same interval."""
    bare = View(**{name: getattr(view, name) for name in KEPT})
    before: View | None = st.session_state.get(state.BEFORE, {}).get((view.start, view.end))
    if before is None:
        return bare, interval
    wide = replace(bare, range=before.range, start=before.start, end=before.end)
    return wide, wide.interval(state.now())


def is_part(view: View) -> bool:
    """Whether anything sets the view's runs apart from those of `whole`."""
    wide, _ = whole(view, interval=(state.now(), state.now()))
    return wide != view.of_runs()


def made_by(view: View) -> list[str]:
    """The dimensions by which the view is narrowed, which therefore explain nothing."""
    names = [*(name for name in MULTIPLE if getattr(view, name)), *(name for name, _ in view.without)]
    if view.error_group or view.contradicts:
        names += ["outcome", "state"]
    if view.tokens_from is not None or view.tokens_to is not None:
        names.append(TOKENS)
    if (view.start, view.end) in st.session_state.get(state.BEFORE, {}):
        names += [HOUR, WEEKDAY]
    return list(dict.fromkeys(names))


def against(found: CommonValues, *, selected: str, rest: str) -> str:
    """“1,234 runs that took 8.21 s or longer against 23,456 others; 5 of 7 values”."""
    text = f"{count(found.selected, 'run')} {selected} against {found.rest:,} {rest}"
    few = " · few runs" if 0 < found.selected < FEW / 20 else ""
    shown = f" · {len(found.frame):,} of {count(found.of, 'value')}" if found.of else ""
    return f"{text}{shown}{few}"


def answers(found: CommonValues, sentence: Callable[[dict[Any, Any]], str], view: View) -> None:
    """A sentence for each value; one that a link can hold is a button that narrows the view to it."""
    with st.container(key="common_answers", gap="xxsmall"):
        for place, row in enumerate(found.frame.to_dict("records")):
            _answer(place, row, sentence, view)


def _answer(place: int, row: dict[Any, Any], sentence: Callable[[dict[Any, Any]], str], view: View) -> None:
    name, value, title = row[DIMENSION], row[VALUE], row[TITLE]
    whole_text = plain(sentence(row), limit=300)
    short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
    text = f":small[{plain(sentence({**row, TITLE: short}), limit=300)}]"
    if name not in MULTIPLE or exactly(value) in getattr(view, name):
        st.markdown(f":small[{ICONS.get(name, ICON_HELD)}] {text}")
        return
    help_text = f"Narrow the view to these runs. {whole_text}"
    narrowed = (view, name, value)
    st.button(
        text,
        key=f"common_{place}",
        icon=ICON_TO_CLICK,
        type="tertiary",
        help=help_text,
        on_click=_narrow,
        args=narrowed,
    )


def _narrow(view: View, name: str, value: str) -> None:
    state.show(view.toggled(name, value))
