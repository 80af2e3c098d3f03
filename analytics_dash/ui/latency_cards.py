"""Owns the figures at the top of the Latency page, each with the runs behind it."""

from __future__ import annotations

from typing import Final

from analytics_dash.metrics.comparison import Metric
from analytics_dash.metrics.distribution import Distribution
from analytics_dash.metrics.latency_threshold import Within
from analytics_dash.metrics.percentiles import P99_RUNS
from analytics_dash.metrics.summary import Summary
from analytics_dash.ui.cards import LATENCY_HELP, Against, Card, draw_row
from analytics_dash.ui.words import NOTHING, age, count, percent, seconds

P99_HELP: Final = f"{LATENCY_HELP} Below {P99_RUNS} runs a p99 is the slowest run, and is not shown."
WITHIN_HELP: Final = (
    "Runs that took no longer than the threshold / all runs with a latency that counts, with the 95 % Wilson interval. "
    "Choose the threshold below."
)
UNTIMED_HELP: Final = (
    "Runs that have ended without a latency. They are in no percentile; a missing latency is not zero."
)
RUNNING_HELP: Final = (
    "Runs that are PENDING, PAUSED or RESUMED. How long they take is not known yet, so they are in no percentile."
)


def draw(everything: Summary, spread: Distribution, within: Within, *, against: Against) -> None:
    """Six figures in a row, two by two on a narrow screen; `everything` counts failed runs as timed."""
    behind = over(spread)
    few = f"too few: {count(spread.latency_runs, 'run')}"
    tail = behind if spread.p99_s is not None or not spread.latency_runs else few
    share, left_out = percent(within.share), _left_out(everything, spread)
    figures = [
        Card("Latency p50", seconds(spread.p50_s), behind, LATENCY_HELP, Metric.P50),
        Card("Latency p95", seconds(spread.p95_s), behind, LATENCY_HELP, Metric.P95),
        Card("Latency p99", seconds(spread.p99_s), tail, P99_HELP),
        Card(f"Within {seconds(within.threshold_s)}", share, _interval(within), WITHIN_HELP),
        Card("Without latency", f"{untimed(everything):,}", left_out, UNTIMED_HELP),
        Card("Still running", f"{everything.unfinished:,}", _oldest(everything), RUNNING_HELP),
    ]
    draw_row(figures, key="card_latency", against=against)


def over(spread: Distribution) -> str:
    """“over 1,234 runs”, with a word where they are few."""
    return f"over {count(spread.latency_runs, 'run')}{' · few runs' if spread.few else ''}"


def untimed(everything: Summary) -> int:
    """How many runs have ended without a latency."""
    return everything.runs - everything.unfinished - everything.latency_runs


def why_nothing(everything: Summary, spread: Distribution) -> str:
    """Why no run of some is timed, and what to do."""
    left_out = everything.latency_runs - spread.latency_runs
    reasons = [
        f"{number:,} {words}"
        for number, words in (
            (everything.unfinished, "still running"),
            (untimed(everything), "without a latency"),
            (left_out, "failed and left out"),
        )
        if number
    ]
    way = "Turn off “Latency without failed runs”" if left_out else "Choose a longer range or fewer filters"
    return f"None of the {count(everything.runs, 'run')} has a latency to show: {', '.join(reasons)}. {way}."


def _left_out(everything: Summary, spread: Distribution) -> str:
    failed = everything.latency_runs - spread.latency_runs
    ended = everything.runs - everything.unfinished
    return f"of {ended:,} ended{f' · {failed:,} failed left out' if failed else ''}"


def _interval(within: Within) -> str:
    if within.share is None:
        return NOTHING
    interval = f"{percent(within.low).removesuffix(' %')}\u2060–\u2060{percent(within.high)}".replace(" ", "\u00a0")
    return f"{within.within:,} of {within.latency_runs:,} · {interval}"


def _oldest(everything: Summary) -> str:
    return f"the oldest for {age(everything.oldest_unfinished)}" if everything.oldest_unfinished else "none"
