"""Owns the figures at the top of the page of tokens and cost, each with its definition a question mark away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

import streamlit as st

from analytics_dash.metrics.comparison import Metric
from analytics_dash.ui.cards import TOKENS_HELP, Against, Card, draw_row
from analytics_dash.ui.pricing import COST_HELP
from analytics_dash.ui.words import plain

FAMILIES: Final = (
    "A parent's tokens and those of its sub-workflows are never added together: whether a parent's total includes its "
    "children's is not documented."
)
PER_RUN_HELP: Final = (
    "total_tokens of a run: the mean, median and 95th percentile over the runs that have a count, zeros included."
)
NOT_ATTRIBUTED_HELP: Final = (
    "The runs' total_tokens less what llm_usage says of their models. Every breakdown by model shows it, so that the "
    "parts add up to the whole."
)
UNPRICED_HELP: Final = (
    "Tokens of models that the price list below does not have; no cost is estimated for them. All are named there."
)
MONTH_TITLE: Final = "Month-end projection"
MONTH_HELP: Final = (
    "The calendar month of the time zone, whatever the range: what is spent so far, and what days like the last four "
    "weeks would add. The range should hold the month's end four times out of five."
)
BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=[kMG]\b|\\%)")
HELPS: Final = (
    (TOKENS_HELP, Metric.TOKENS),
    (PER_RUN_HELP, None),
    (COST_HELP, Metric.COST),
    (NOT_ATTRIBUTED_HELP, None),
    (UNPRICED_HELP, None),
    (MONTH_HELP, None),
)
"""What a card's question mark says, and what of a comparison belongs to it."""


class Words(Protocol):
    """A figure in words, all of it plain text."""

    @property
    def label(self) -> str:
        """What it is called."""

    @property
    def value(self) -> str:
        """The figure."""

    @property
    def note(self) -> str:
        """What stands behind it."""


def draw(words: Sequence[Words], *, against: Against) -> None:
    """The figures in the order of HELPS; six in a row, on a narrow screen two by two."""
    figures = [
        Card(one.label, one.value, _whole_amounts(plain(one.note, limit=120)), help_text, metric)
        for one, (help_text, metric) in zip(words, HELPS, strict=True)
    ]
    draw_row(figures, key="card_spend", against=against)
    st.markdown(f":small[{FAMILIES}]")


def _whole_amounts(markdown: str) -> str:
    """The same with no line broken between a number and its unit."""
    return BEFORE_UNIT.sub("\u00a0", markdown)
