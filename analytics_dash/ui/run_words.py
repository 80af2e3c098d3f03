"""Owns how a run's facts are put into words: its outcome, who started it, its standing, its cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from analytics_dash.metrics.standing import Standing
from analytics_dash.runs.one_run import Glimpse, OneRun
from analytics_dash.ui.words import NOTHING, age, count, moment, percent, seconds

MARKS: Final = {
    "failed": "✕ Failed",
    "succeeded": "✓ Succeeded",
    "cancelled": "– Cancelled",
    "unfinished": "… Unfinished",
    "unknown": "? Unknown",
}
COLOURS: Final = {"failed": "red", "succeeded": "green", "cancelled": "gray", "unfinished": "orange", "unknown": "gray"}
ALL: Final = 0.9995  # a share that would be written as 100 % though some were slower


def outcome(value: str) -> str:
    """The outcome with its mark: “✕ Failed”."""
    return MARKS.get(value, value)


def ago(instant: datetime, now: datetime) -> str:
    """How long ago, “3 h ago”; “just now”, and “in 3 h” for what a server dates ahead."""
    passed = now - instant
    if passed <= -timedelta(seconds=1):
        return f"in {age(-passed)}"
    return f"{age(passed)} ago" if passed >= timedelta(seconds=1) else "just now"


def slower_than(found: Standing) -> str:
    """“slower than 93 % of 4,102 comparable runs”, and what is special about it."""
    others = count(found.runs, "comparable run")
    share = found.slower_than
    if share is None:
        return "no comparable runs"
    if found.faster == found.runs:
        told = f"slower than all {others}" if found.runs > 1 else "slower than the one comparable run"
    elif not found.faster:
        told = f"none of {others} was faster"
    else:
        told = f"slower than {'over 99.9 %' if share > ALL else _share(share)} of {others}"
    return f"{told}, which are few" if found.is_few else told


def _share(share: float) -> str:
    return f"{share * 100:.0f} %" if 0.01 <= share <= 0.985 else percent(share)


def started_by(run: OneRun) -> str:
    """Who started the run and how: “Jo (user u-1), as api”; what is not known is left out."""
    ident = " ".join(filter(None, (run.ran_by_type, run.ran_by_id)))
    who = f"{run.ran_by_display_name} ({ident})" if run.ran_by_display_name and ident else None
    how = f"as {run.run_type}" if run.run_type else None
    return ", ".join(filter(None, (who or run.ran_by_display_name or ident, how))) or NOTHING


def glimpse(found: Glimpse, zone: str) -> str:
    """A run of a list in one line: “✕ Failed · 24 Nov 2026, 14:02 · 3.21 s”."""
    latency = seconds(found.latency) if found.latency is not None else "no latency"
    return f"{outcome(found.outcome)} · {moment(found.date, zone)} · {latency}"
