"""Owns the small line under a figure: the runs behind it, its interval, and what is not in it."""

from __future__ import annotations

from analytics_dash.metrics.feedback import Feedback
from analytics_dash.metrics.percentiles import is_few
from analytics_dash.metrics.summary import Summary
from analytics_dash.ui.words import NOTHING, age, compact, count, percent


def not_in_rate(summary: Summary) -> str:
    """Ended runs that are not in the failure rate."""
    parts = [
        _whole(f"{number:,} {name}")
        for name, number in (
            ("cancelled", summary.cancelled),
            ("unknown", summary.unknown),
        )
        if number
    ]
    return " · ".join(parts) or "none cancelled"


def rate_interval(summary: Summary) -> str:
    """Both counts of the failure rate and its interval; why there is none."""
    if summary.failure_rate is None:
        return "nothing has ended yet" if summary.runs else NOTHING
    ended = summary.failed + summary.succeeded
    interval = f"{_bare(summary.rate_low)}\u2060–\u2060{percent(summary.rate_high)}"
    return f"{summary.failed:,} of {ended:,} · {_whole(interval)}"


def said(feedback: Feedback) -> str:
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


def per_run(summary: Summary) -> str:
    """The mean number of tokens."""
    return f"{compact(round(summary.tokens / summary.token_runs))} a run" if summary.token_runs else NOTHING


def userless(summary: Summary) -> str:
    """How many runs have no user."""
    return f"and {count(summary.no_user_runs, 'run')} without" if summary.no_user_runs else "every run has one"


def still_running(summary: Summary) -> str:
    """“3 still running, the oldest for 3 h”, and how many the server no longer has; nothing where every run ended."""
    running = summary.unfinished - summary.unfinished_gone
    return ", ".join([*([f"{running:,} still running"] if running else []), *unended(summary)])


def unended(summary: Summary) -> list[str]:
    """How long the oldest unfinished run has been, and how many of them the server no longer has."""
    oldest, gone = summary.oldest_unfinished, summary.unfinished_gone
    told = [f"the oldest for {age(oldest)}"] if oldest is not None else []
    return [*told, *([f"{gone:,} no longer on the server"] if gone else [])]
