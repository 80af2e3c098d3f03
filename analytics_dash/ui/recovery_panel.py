"""Owns how recovery is asked for and told: the time a success may take, whose success counts, and the numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import streamlit as st

from analytics_dash.metrics.recovery import WITHIN, By, Recovery
from analytics_dash.ui.failure_cards import NAMES
from analytics_dash.ui.words import NOTHING, age, count, percent

TIMES: Final = {
    "15 min": timedelta(minutes=15),
    "1 h": WITHIN,
    "6 h": timedelta(hours=6),
    "24 h": timedelta(hours=24),
    "7 d": timedelta(days=7),
}
DEFAULT: Final = "1 h"
WITHIN_KEY: Final = "recovery_within"
BY_KEY: Final = "recovery_by"
HELP: Final = (
    "How often a failed run is followed by a success of the same conversation or user within the chosen time, with the "
    "95 % Wilson interval. A failure less than that time before the end of the data is not judged, even if it has "
    "recovered, for else the rate would lean upwards; nor is one without a conversation or user."
)


def within() -> str:
    """The chosen time, a key of TIMES, also before the control is drawn."""
    chosen = st.session_state.get(WITHIN_KEY)
    return chosen if chosen in TIMES else DEFAULT


def by() -> By:
    """Whose success counts, also before the control is drawn."""
    chosen = st.session_state.get(BY_KEY)
    return chosen if isinstance(chosen, By) else By.CONVERSATION


def draw(found: Recovery) -> None:
    """Both controls, and what became of the failed runs, in a sentence and a number."""
    with st.container(horizontal=True, gap="small", key="recovery_controls"):
        st.segmented_control(
            "Followed by a success within", list(TIMES), default=DEFAULT, key=WITHIN_KEY, required=True,
            persist_state="session",
        )  # fmt: skip
        st.segmented_control(
            "Of the same", list(By), default=By.CONVERSATION, key=BY_KEY, required=True, persist_state="session",
            format_func=lambda value: NAMES[By(value)],
        )  # fmt: skip
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
    median = f", half of them within {age(found.median)}" if found.median is not None else ""
    return (
        f"**{percent(found.rate)}** ({interval}): {found.recovered:,} of {count(found.judged, 'failed run')} were "
        f"followed by a success of the same {name} within {within()}{median}.{left_out}"
    )
