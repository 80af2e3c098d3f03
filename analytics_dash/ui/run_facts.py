"""Owns the top of the run page: how the run ended, when, how long it took, what it spent, and the rest of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from analytics_dash.metrics.standing import Standing
from analytics_dash.runs.feedback import verdict
from analytics_dash.runs.one_run import OneRun
from analytics_dash.ui import run_words
from analytics_dash.ui.cards import TOKENS_HELP
from analytics_dash.ui.pricing import COST_HELP
from analytics_dash.ui.words import plain, seconds

OUTCOME_HELP: Final = (
    "Unfinished if the state is PENDING, PAUSED or RESUMED; cancelled if CANCELLED; failed if the state is FAILED or "
    "is_flow_successful is false; succeeded if COMPLETED or is_flow_successful is true; else unknown. The first rule "
    "that fits decides."
)
TIME_HELP: Final = "When the run began, in the time zone of the sidebar and in UTC."
LATENCY_HELP: Final = (
    "As the API gives it. Comparable runs are the other runs of this flow in the range that is loaded, whatever is "
    "filtered, that have finished and have a latency; test runs only where they are shown or this run is one."
)
CONTRADICTS: Final = "The state and is_flow_successful contradict each other; the rule of the outcome decides."
GONE: Final = "The API no longer returns this run; what is shown was stored before."
NOT_SENT: Final = "not sent"
WIDE, NARROW = 225, 170  # pixels: “✓ Succeeded” in full, two in a row on a phone


@dataclass(frozen=True)
class Facts:
    """What the cards say beside the run itself, in words."""

    tokens: str
    cost: str
    cost_note: str
    standing: Standing | None
    zone: str
    now: datetime


def draw(run: OneRun, facts: Facts) -> None:
    """The outcome, time, latency, tokens and cost as cards; notes on what is odd about the run."""
    local = run.date.astimezone(ZoneInfo(facts.zone))
    utc = "" if facts.zone == "UTC" else f"{run.date:%H:%M:%S} UTC · "
    state = f"state {run.state or NOT_SENT}, is_flow_successful {_flag(run.is_flow_successful)}"
    cards = (
        ("Outcome", run_words.outcome(run.outcome), state, OUTCOME_HELP),
        (
            "Time",
            f"{local:%H:%M:%S}",
            f"{local:%a} {local.day} {local:%b %Y}, {facts.zone} · {utc}{run_words.ago(run.date, facts.now)}",
            TIME_HELP,
        ),
        ("Latency", seconds(run.latency), _standing(run, facts.standing), LATENCY_HELP),
        ("Tokens", facts.tokens, "total_tokens of the run", TOKENS_HELP),
        ("Estimated cost", facts.cost, facts.cost_note, COST_HELP),
    )
    with st.container(horizontal=True, key="cards", gap="small"):
        for number, (label, value, note, tip) in enumerate(cards):
            width = NARROW if number else WIDE
            with st.container(border=True, width=width, height="stretch", key=f"card_run_{number}", gap=None):
                st.metric(label, value.replace("$", r"\$"), help=tip)
                st.markdown(f":small[{plain(note, limit=160)}]")
    for note in (CONTRADICTS if run.contradicts else "", GONE if run.gone else ""):
        if note:
            st.warning(note, icon=":material/info:")


def draw_feedback(run: OneRun) -> None:
    """What a person said of the run, where one did."""
    said = verdict(run.feedback)
    if said is not None:
        st.subheader("Feedback", anchor=False)
        st.markdown(f"{str(said).capitalize()}: {plain(run.feedback or '', limit=2000)}")


def draw_details(run: OneRun) -> None:
    """Everything else the run has, by the API's names; what was not sent and what is empty said apart."""
    with st.expander("All fields"):
        rows = [f"| `{name}` | {_shown(value)} |" for name, value in details(run).items()]
        st.markdown("\n".join(["| Field | Value |", "| :-- | :-- |", *rows]))


def details(run: OneRun) -> dict[str, object]:
    """The run's short fields by the API's names."""
    said = verdict(run.feedback)
    names = ("run_id", "state", "is_flow_successful", "latency", "total_tokens", "llms", "user_id", "conversation_id")
    more = ("run_type", "ran_by_display_name", "ran_by_type", "ran_by_id")
    parent = ("parent_project_name", "parent_project_id", "parent_run_id")
    held: dict[str, object] = {"date": f"{run.date:%Y-%m-%d %H:%M:%S.%f} UTC", "outcome": run.outcome}
    held |= {name: getattr(run, name) for name in (*names, *more, *parent)}
    return held | {"feedback": f"{run.feedback} ({said})" if said else run.feedback}


def _flag(value: bool | None) -> str:  # noqa: FBT001  the API's field
    return NOT_SENT if value is None else str(value).lower()


def _standing(run: OneRun, found: Standing | None) -> str:
    if run.latency is None:
        return "the API sent none"
    return run_words.slower_than(found) if found is not None else "not compared: the run has not finished"


def _shown(value: object) -> str:
    if value is None:
        return f":gray[{NOT_SENT}]"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return plain(text, limit=300) if text.strip() else ":gray[empty]"
