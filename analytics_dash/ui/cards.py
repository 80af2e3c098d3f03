"""Owns the figures at the top of a page: value, what stands behind it, and the definition a question mark away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd
import streamlit as st

from analytics_dash.metrics.columns import P50, P95, RATE, RUNS, TOKENS, USERS
from analytics_dash.metrics.comparison import Difference, Direction, Metric, Rise
from analytics_dash.metrics.feedback import Feedback
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.metrics.summary import Summary
from analytics_dash.ui.words import NOTHING, age, compact, count, percent, seconds

RUNS_HELP: Final = (
    "Runs in the range and filters. Unfinished: PENDING, PAUSED or RESUMED. Cancelled: CANCELLED. Unknown: neither a "
    "known state nor a success flag."
)
RATE_HELP: Final = (
    "Failed / (failed + succeeded), with its 95 % Wilson interval. A run failed if its state is FAILED or its success "
    "flag is false; it succeeded if its state is COMPLETED or the flag is true; unfinished, cancelled and unknown runs "
    "are not in the rate."
)
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
UNFINISHED_HELP: Final = "Runs that are PENDING, PAUSED or RESUMED, and for how long the oldest of them has been."
LINE_HELP: Final = " The small line is the same figure {per}, over the range."
COMPARED_HELP: Final = (
    " Against the {name}: red is worse, green better, grey neither, within chance, or resting on fewer than 20 runs."
)
CARD_WIDTH: Final = 150  # pixels: six in a row beside the sidebar at 1440, two in a row at 390
IN_A_ROW: Final = 6
WIDE: Final = 2  # columns that a card without a line takes, so that three fill a row

Colour = Literal["red", "green", "gray"]
ARROWS: Final[Mapping[Direction, Literal["up", "down", "off"]]] = {Direction.UP: "up", Direction.DOWN: "down"}


@dataclass(frozen=True)
class Moved:
    """How a figure differs from the compared period's, and that in words."""

    difference: Difference
    text: str

    @property
    def colour(self) -> Colour:
        """Red for worse, green for better; grey where it is neither, or may be chance."""
        held, weak = self.difference, self.difference.few or self.difference.significant is False
        if weak or held.rise is Rise.NEUTRAL or held.direction not in ARROWS:
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
    metric: Metric
    column: str | None = None


def draw(
    summary: Summary,
    *,
    over_time: pd.DataFrame,
    per: str,
    feedback: Feedback,
    moved: Mapping[Metric, Moved],
    against: str = "",
    without_failed: bool = False,
) -> None:
    """Six figures in a row with their lines (`over_time`: CARD_COLUMNS), then those that need more words.

    `moved` says how they differ from the period called `against`; empty where nothing is compared.
    """
    told = COMPARED_HELP.format(name=against) if moved else ""
    with st.grid(IN_A_ROW, min_column_width=CARD_WIDTH, key="cards", gap="small") as grid:
        for card in _with_lines(summary, without_failed=without_failed):
            _card(card, moved, line=_line(over_time, card.column), told=LINE_HELP.format(per=per) + told)
        for card in _without_lines(summary, feedback):
            with grid.cell(column_span=WIDE):
                _card(card, moved, line=None, told=told)


def _with_lines(summary: Summary, *, without_failed: bool) -> list[Card]:
    few = " · few runs" if summary.few else ""
    behind = f"over {count(summary.latency_runs, 'run')}{few}{', failed ones left out' if without_failed else ''}"
    p50_s, p95_s = seconds(summary.p50_s), seconds(summary.p95_s)
    return [
        Card("Runs", f"{summary.runs:,}", _not_in_rate(summary), RUNS_HELP, Metric.RUNS, RUNS),
        Card("Failure rate", percent(summary.failure_rate), _interval(summary), RATE_HELP, Metric.FAILURE_RATE, RATE),
        Card("Latency p50", p50_s, behind, LATENCY_HELP, Metric.P50, P50),
        Card("Latency p95", p95_s, behind, LATENCY_HELP, Metric.P95, P95),
        Card("Tokens", compact(summary.tokens), _per_run(summary), TOKENS_HELP, Metric.TOKENS, TOKENS),
        Card("Users", f"{summary.users:,}", _userless(summary), USERS_HELP, Metric.USERS, USERS),
    ]


def _without_lines(summary: Summary, feedback: Feedback) -> list[Card]:
    waiting = still_running(summary).partition(", ")[2] or "every run has ended"
    return [
        Card("Positive feedback", percent(feedback.share), _said(feedback), FEEDBACK_HELP, Metric.FEEDBACK),
        Card("Unfinished", f"{summary.unfinished:,}", waiting, UNFINISHED_HELP, Metric.UNFINISHED),
    ]


def _card(card: Card, moved: Mapping[Metric, Moved], *, line: Sequence[float] | None, told: str) -> None:
    key = f"card_{card.label.lower().replace(' ', '_')}"
    move = moved.get(card.metric)
    with st.container(border=True, height="stretch", key=key, gap=None):
        st.metric(
            card.label,
            card.value,
            help=card.help_text + told,
            delta=move.text if move else None,
            delta_color=move.colour if move else "off",
            delta_arrow=move.arrow if move else "off",
            chart_data=line,
        )
        st.markdown(f":small[{card.note}]")


def _line(over_time: pd.DataFrame, column: str | None) -> list[float] | None:
    """The buckets that have a value, since a line of these figures knows no gaps; None where there is no line."""
    held = [] if column is None else [float(value) for value in over_time[column].dropna()]
    return held if len(held) > 1 else None


def _not_in_rate(summary: Summary) -> str:
    parts = [
        _whole(f"{number:,} {name}")
        for name, number in (
            ("unfinished", summary.unfinished),
            ("cancelled", summary.cancelled),
            ("unknown", summary.unknown),
        )
        if number
    ]
    if summary.contradictions:
        parts.append(_whole(f"{summary.contradictions:,} contradictory"))
    return " · ".join(parts) or "all ended"


def _interval(summary: Summary) -> str:
    if summary.failure_rate is None:
        return "nothing has ended yet" if summary.runs else NOTHING
    ended = summary.failed + summary.succeeded
    interval = f"{_bare(summary.rate_low)}\u2060–\u2060{percent(summary.rate_high)}"
    return f"{summary.failed:,} of {ended:,} · {_whole(interval)}"


def _said(feedback: Feedback) -> str:
    """Both counts, the interval, and what is in neither."""
    own = [_whole(f"{feedback.own_words:,} in own words")] if feedback.own_words else []
    if feedback.interval is None:
        return " · ".join(own) or "nobody rated a run"
    low, high = feedback.interval
    few = ["few runs"] if is_few(feedback.rated) else []
    rated = f"{feedback.positive:,} of {count(feedback.rated, 'rated run')}"
    return " · ".join([rated, _whole(f"{_bare(low)}\u2060–\u2060{percent(high)}"), *few, *own])


def _whole(text: str) -> str:
    """The same, never broken over two lines."""
    return text.replace(" ", "\u00a0")


def _bare(rate: float | None) -> str:
    return percent(rate).removesuffix(" %")


def _per_run(summary: Summary) -> str:
    return f"{compact(round(summary.tokens / summary.token_runs))} a run" if summary.token_runs else NOTHING


def _userless(summary: Summary) -> str:
    return f"and {count(summary.no_user_runs, 'run')} without" if summary.no_user_runs else "every run has one"


def still_running(summary: Summary) -> str:
    """“3 still running, the oldest for 3 h”; nothing where none is."""
    if not summary.unfinished or summary.oldest_unfinished is None:
        return ""
    return f"{summary.unfinished:,} still running, the oldest for {age(summary.oldest_unfinished)}"
