"""Owns the sentences of “what changed”: what moved, how much of it came from which runs, and what these did."""

from __future__ import annotations

from typing import Final

from analytics_dash.figures.comparison_words import LABELS, amount, moved
from analytics_dash.metrics.changes import Change
from analytics_dash.metrics.changes_periods import Part
from analytics_dash.metrics.comparison import Metric
from analytics_dash.quantities import count
from analytics_dash.runs.dimension import DIMENSIONS

NOTHING: Final = "Nothing moved beyond chance."
TENTHS: Final = (
    "hardly any", "a tenth", "a fifth", "three tenths", "two fifths", "half", "three fifths", "seven tenths",
    "four fifths", "nine tenths", "nearly all",
)  # fmt: skip


def sentence(change: Change) -> str:
    """One plain sentence; values are a stranger's text in quotation marks, to be escaped where it becomes markup."""
    label = LABELS[change.metric]
    head = label if change.difference is None else f"{label} {moved(change.metric, change.difference)}"
    if not change.parts:
        text = f"{label} {_over_all(change)}, with no runs that stand out"
    elif change.share is None:
        subject = _who(change) if change.metric is Metric.RUNS else f"{label} of {_who(change)}"
        text = f"{subject} {_here(change)}, while that of all runs moved within chance"
    elif change.share < 0:
        text = f"{head}, in spite of {_who(change)}, which {_here(change)}"
    else:
        text = f"{head}, {part_of(change.share)} of it from {_who(change)}, which {_here(change)}"
    return text[0].upper() + text[1:] + "."


def _over_all(change: Change) -> str:
    """“went from 503 to 699 (up 196)”."""
    now = amount(change.metric, change.now)
    if change.difference is None:
        return f"came to {now}"
    return f"went from {amount(change.metric, change.then)} to {now} ({moved(change.metric, change.difference)})"


def part_of(share: float) -> str:
    """A share of a change in words: “nine tenths”, “nearly all”, “more than all” where others went the other way."""
    if share >= 1.05:
        return "more than all"
    return TENTHS[round(share * 10)] if share < 0.985 else "all"


def _who(change: Change) -> str:
    named = " and ".join(_named(part) for part in change.parts)
    return f"runs with {named}"


def _named(part: Part) -> str:
    label = DIMENSIONS[part.name].label
    return f"{label[0].lower()}{label[1:]} “{part.title}”"


def _here(change: Change) -> str:
    """“went from 1.20 s to 4.31 s (1,204 runs, 980 before)”."""
    then, now = (amount(change.metric, value) for value in (change.here_then, change.here_now))
    went = f"went from {then} to {now}" if change.here_then is not None else f"came to {now}"
    if then == now:  # their number changed, not what they did
        went = f"stayed at {now}"
    runs = f"{count(change.runs_now, 'run')}, {change.runs_then:,} before"
    return went if change.metric is Metric.RUNS else f"{went} ({runs})"
