"""Owns the figures at the top of a page: value, what stands behind it, and the definition a question mark away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics_dash.figures.sparkline import data_uri
from analytics_dash.figures.theme import theme
from analytics_dash.metrics.columns import P50, P95, RATE, RUNS, TOKENS, USERS
from analytics_dash.metrics.comparison import Difference, Direction, Metric, Rise
from analytics_dash.metrics.feedback import Feedback
from analytics_dash.metrics.summary import Summary
from analytics_dash.runs.view import View
from analytics_dash.ui import card_notes, places, state
from analytics_dash.ui.words import compact, count, percent, plain, seconds

RUNS_HELP: Final = (
    "Runs in the range and filters. Unfinished: PENDING, PAUSED or RESUMED. Cancelled: CANCELLED. Unknown: neither a "
    "known state nor a success flag."
)
RATE_HELP: Final = (
    "Failed / (failed + succeeded), with its 95 % Wilson interval. A run failed if its state is FAILED or its success "
    "flag is false; it succeeded if its state is COMPLETED or the flag is true; unfinished, cancelled and unknown runs "
    "are not in the rate."
)
BAND_HELP: Final = "The band is the interval where at least 20 runs were decided; the numbers tell it everywhere."
LATENCY_HELP: Final = (
    "Exact percentile (linear interpolation) over the runs themselves that have finished and have a latency; failed "
    "runs count unless you leave them out. A run without a latency is left out, not zero."
)
TOKENS_HELP: Final = "The sum of total_tokens. A parent's and its sub-workflows' tokens are never added together."
USERS_HELP: Final = "Distinct user_id in the range, counted anew for every range. Runs without one are “(no user)”."
FEEDBACK_HELP: Final = (
    "Positive / (positive + negative) over the runs that people rated, with its 95 % Wilson interval. A thumb or its "
    "word counts as positive or negative; any other text is own words and in neither."
)
COST_HELP: Final = (
    "An estimate: each model's input and output tokens times its list price at the run's date. Tokens that no model "
    "accounts for, and models without a price, are not in it. The prices are on the page “Tokens and cost”."
)
UNFINISHED_HELP: Final = "Runs that are PENDING, PAUSED or RESUMED, and for how long the oldest of them has been."
LINE_HELP: Final = " The small line is the same figure {per}, over the range."
COMPARED_HELP: Final = (
    " Against the {name}: red is worse, green better, grey neither, less than half a percent, within chance, or "
    "resting on fewer than 20 runs."
)
UNCOMPARED: Final = Metric.UNFINISHED  # earlier runs had longer to end, so that this one would always be up
CARD_WIDTH: Final = 150  # pixels: six in a row beside the sidebar at 1440, two in a row at 390
IN_A_ROW: Final = 6
WIDE_IN_A_ROW: Final = 3  # of those whose note needs more room; on a narrow screen one
SLIGHT: Final = 0.005  # of the former value: it is written as 0 %
SPARKLINE: Final = '<img alt="{alt}" src="{address}" style="display:block;width:100%;height:44px;margin:4px 0">'
COST_LABEL: Final = "Estimated cost"

Colour = Literal["red", "green", "gray"]
ARROWS: Final[Mapping[Direction, Literal["up", "down", "off"]]] = {Direction.UP: "up", Direction.DOWN: "down"}


@dataclass(frozen=True)
class Moved:
    """How a figure differs from the compared period's, and that in words: how far, then what weakens it."""

    difference: Difference
    text: str

    @property
    def far(self) -> str:
        """“up 2.10 s (34 %)”: what fits a card."""
        return self.text.partition(", ")[0]

    @property
    def weakness(self) -> str:
        """“within chance”, “few runs”; nothing where nothing weakens it."""
        return self.text.partition(", ")[2]

    @property
    def colour(self) -> Colour:
        """Red for worse, green for better; grey where it is neither, may be chance, or is next to nothing."""
        held = self.difference
        slight = held.relative is not None and abs(held.relative) < SLIGHT
        if slight or held.few or held.significant is False or held.rise is Rise.NEUTRAL or held.direction not in ARROWS:
            return "gray"
        return "green" if (held.direction is Direction.UP) is (held.rise is Rise.GOOD) else "red"

    @property
    def arrow(self) -> Literal["up", "down", "off"]:
        """Where it went."""
        return ARROWS.get(self.difference.direction, "off")


@dataclass(frozen=True)
class Card:
    """One figure: its value and what is behind it as texts, and the column of its line, if it has one."""

    label: str
    value: str
    note: str
    help_text: str
    metric: Metric | None = None
    """What of a comparison belongs to it."""
    column: str | None = None


@dataclass(frozen=True)
class Against:
    """How the figures differ from the period of this name; nothing where nothing is compared."""

    name: str = ""
    moved: Mapping[Metric, Moved] = field(default_factory=dict)


def draw_row(cards: Sequence[Card], *, key: str, against: Against | None = None) -> list[DeltaGenerator]:
    """The figures in a row over the whole width, two by two on a narrow screen; their places, to be added to.

    Values and notes are Markdown; the n-th card's key is `key` and n.
    """
    held = against or Against()
    told = COMPARED_HELP.format(name=held.name)
    places: list[DeltaGenerator] = []
    with st.grid(len(cards), min_column_width=CARD_WIDTH, key="cards", gap="small"):
        for number, card in enumerate(cards):
            places.append(st.container(border=True, height="stretch", key=f"{key}_{number}", gap=None))
            _card(places[-1], card, _of(held.moved, card), told=told)
    return places


def draw(
    summary: Summary,
    *,
    over_time: pd.DataFrame,
    per: str,
    feedback: Feedback,
    against: Against,
    without_failed: bool = False,
    view: View,
) -> DeltaGenerator:
    """Six figures in a row with their lines (`over_time`: CARD_COLUMNS), then those that need more words.

    The answer is the place of the estimated cost, which can come later.
    """
    told = COMPARED_HELP.format(name=against.name)
    with st.grid(IN_A_ROW, min_column_width=CARD_WIDTH, key="cards", gap="small"):
        for card in _with_lines(summary, without_failed=without_failed):
            line = _line(over_time, card.column)
            place = _place(card.label)
            _card(place, card, _of(against.moved, card), told=told, line=line, per=per)
            if card.metric is Metric.RUNS:
                with place:
                    places.contradictions(summary.contradictions, view)
    with st.grid(WIDE_IN_A_ROW, min_column_width=2 * CARD_WIDTH, key="cards_wide", gap="small"):
        for card in _without_lines(summary, feedback):
            _card(_place(card.label), card, _of(against.moved, card), told=told)
        return _place(COST_LABEL)


def draw_cost(place: DeltaGenerator, *, value: str, note: str, against: Against) -> None:
    """The estimated cost in its place; value and note are plain text."""
    card = Card(COST_LABEL, value, plain(note, limit=120), COST_HELP, Metric.COST)
    _card(place, card, _of(against.moved, card), told=COMPARED_HELP.format(name=against.name))


def _with_lines(summary: Summary, *, without_failed: bool) -> list[Card]:
    few = " · few runs" if summary.few else ""
    behind = f"over {count(summary.latency_runs, 'run')}{few}{', failed ones left out' if without_failed else ''}"
    p50_s, p95_s = seconds(summary.p50_s), seconds(summary.p95_s)
    return [
        Card("Runs", f"{summary.runs:,}", card_notes.not_in_rate(summary), RUNS_HELP, Metric.RUNS, RUNS),
        Card(
            "Failure rate",
            percent(summary.failure_rate),
            card_notes.rate_interval(summary),
            RATE_HELP,
            Metric.FAILURE_RATE,
            RATE,
        ),
        Card("Latency p50", p50_s, behind, LATENCY_HELP, Metric.P50, P50),
        Card("Latency p95", p95_s, behind, LATENCY_HELP, Metric.P95, P95),
        Card("Tokens", compact(summary.tokens), card_notes.per_run(summary), TOKENS_HELP, Metric.TOKENS, TOKENS),
        Card("Users", f"{summary.users:,}", card_notes.userless(summary), USERS_HELP, Metric.USERS, USERS),
    ]


def _without_lines(summary: Summary, feedback: Feedback) -> list[Card]:
    waiting = ", ".join(card_notes.unended(summary))
    waiting = f"{waiting}; not in the rate" if waiting else "every run has ended"
    return [
        Card("Positive feedback", percent(feedback.share), card_notes.said(feedback), FEEDBACK_HELP, Metric.FEEDBACK),
        Card("Unfinished", f"{summary.unfinished:,}", waiting, UNFINISHED_HELP, Metric.UNFINISHED),
    ]


def _place(label: str) -> DeltaGenerator:
    key = f"card_{label.lower().replace(' ', '_')}"
    return st.container(border=True, height="stretch", key=key, gap=None)


def _card(
    place: DeltaGenerator,
    card: Card,
    moved: Moved | None,
    *,
    told: str,
    line: Sequence[float] | None = None,
    per: str = "",
) -> None:
    move = moved if card.metric is not UNCOMPARED else None
    weak = f" · change: {weakness}" if move and (weakness := _weakness(move, card.note)) else ""
    with place:
        st.metric(
            card.label,
            _unformulaic(card.value),
            help=card.help_text + (LINE_HELP.format(per=per) if line else "") + (told if move else ""),
            delta=_unformulaic(move.far) if move else None,
            delta_color=move.colour if move else "off",
            delta_arrow=move.arrow if move else "off",
        )
        if line:
            st.html(SPARKLINE.format(alt=escape(f"{card.label} {per}"), address=data_uri(line, colour=_line_colour())))
        st.markdown(f":small[{card.note}{weak}]")


def _of(moved: Mapping[Metric, Moved], card: Card) -> Moved | None:
    return None if card.metric is None else moved.get(card.metric)


def _weakness(move: Moved, note: str) -> str:
    """What weakens a change, but for what the card's own note says already."""
    return ", ".join(part for part in move.weakness.split(", ") if part and part not in note)


def _unformulaic(text: str) -> str:
    """Dollars, two of which would be a formula in Markdown."""
    return text.replace("$", r"\$")


def _line(over_time: pd.DataFrame, column: str | None) -> list[float] | None:
    """A value per bucket, NaN in a gap; None where there is no line."""
    held = [] if column is None else [float(value) for value in over_time[column]]
    return held if sum(map(math.isfinite, held)) > 1 else None


def _line_colour() -> str:
    return theme(state.theme()).runs
