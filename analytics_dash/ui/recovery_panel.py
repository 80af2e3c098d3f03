"""Owns how recovery is asked for and told: the time a success may take, whose success counts, and the numbers."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics_dash.metrics.recovery import By, Recovery
from analytics_dash.ui import choices
from analytics_dash.ui.failure_cards import NAMES
from analytics_dash.ui.words import NOTHING, age, count, percent

TIMES: Final = {"15m": "15 min", "1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d"}
IN: Final = "recovery_within"
BY: Final = "recovery_by"
HELP: Final = (
    "How often a failed run is followed by a success of the same conversation or user within the chosen time, with the "
    "95 % Wilson interval. Successes are looked for up to the newest reading, also after the range's end, and whatever "
    "the filters on outcome, state, feedback, error, text, latency or tokens. A failure less than the chosen time "
    "before that is not judged, even if it has recovered, for else the rate would lean upwards; nor is one without a "
    "conversation or user."
)


def within() -> str:
    """The time that is chosen, a key of TIMES, also before the control is drawn."""
    return choices.held(IN, TIMES)


def by() -> By:
    """Whose success counts, also before the control is drawn."""
    return By(choices.held(BY, NAMES))


def draw(found: Recovery) -> None:
    """Both controls, and what became of the failed runs, in a sentence and a number."""
    with st.container(horizontal=True, gap="small", key="recovery_controls"):
        choices.buttons(IN, "Followed by a success within", TIMES)
        choices.buttons(BY, "Of the same", NAMES)
    st.markdown(_sentence(found))


def _sentence(found: Recovery) -> str:
    name = NAMES[by()]
    aside = [
        text
        for text, number in (
            (f"{found.too_young:,} too young to tell", found.too_young),
            (f"{found.without_key:,} without a {name}", found.without_key),
        )
        if number
    ]
    left_out = f" Not judged: {', '.join(aside)}." if aside else ""
    if found.rate is None:
        return f"{NOTHING.capitalize()}: none of {count(found.failed, 'failed run')} can be judged.{left_out}"
    interval = f"{percent(found.low).removesuffix(' %')}–{percent(found.high)}"
    verb = "was" if found.recovered == 1 else "were"
    return (
        f"**{percent(found.rate)}** ({interval}): {found.recovered:,} of {count(found.judged, 'failed run')} {verb} "
        f"followed by a success of the same {name} within {TIMES[within()]}{_median(found)}.{left_out}"
    )


def _median(found: Recovery) -> str:
    """How soon, where any recovered: of a single one there is no half."""
    if found.median is None:
        return ""
    return f", after {age(found.median)}" if found.recovered == 1 else f", half of them within {age(found.median)}"
