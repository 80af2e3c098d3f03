"""Owns the figures at the top of a page: value, what stands behind it, and the definition a question mark away."""

from __future__ import annotations

from typing import Final

import streamlit as st

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


def draw(summary: Summary, *, without_failed: bool = False) -> None:
    """Six figures in a row; on a narrow screen two by two."""
    few = " · few runs" if summary.few else ""
    behind = f"over {count(summary.latency_runs, 'run')}{few}{', failed ones left out' if without_failed else ''}"
    figures = [
        ("Runs", f"{summary.runs:,}", _not_in_rate(summary), RUNS_HELP),
        ("Failure rate", percent(summary.failure_rate), _interval(summary), RATE_HELP),
        ("Latency p50", seconds(summary.p50_s), behind, LATENCY_HELP),
        ("Latency p95", seconds(summary.p95_s), behind, LATENCY_HELP),
        ("Tokens", compact(summary.tokens), _per_run(summary), TOKENS_HELP),
        ("Users", f"{summary.users:,}", _userless(summary), USERS_HELP),
    ]
    with st.container(horizontal=True, key="cards", gap="small"):
        for label, value, note, help_text in figures:
            key = f"card_{label.lower().replace(' ', '_')}"
            with st.container(border=True, width=CARD_WIDTH, height="stretch", key=key, gap=None):
                st.metric(label, value, help=help_text)
                st.markdown(f":small[{note}]")


CARD_WIDTH: Final = 150  # pixels: six in a row beside the sidebar at 1440, two in a row at 390


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
