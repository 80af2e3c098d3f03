"""Owns which figure colours the hours of the week, and what that picture means."""

from __future__ import annotations

from typing import Final

from analytics_dash.ui import choices

FIGURES: Final = {"runs": "Runs", "failure_rate": "Failure rate", "p95": "Latency p95"}
HELP: Final = (
    "Every hour of the week on the clocks of the time zone, over all its occurrences in the range: runs per hour that "
    "the range holds, the failure rate of the runs started in it, or their exact p95 latency. Hatched: fewer than 20 "
    "runs. Outlined: nothing to tell it from."
)


def choose() -> str:
    """What colours the hours (a key of FIGURES), as chosen in the current container."""
    return choices.buttons("week", "Hours of the week show", FIGURES)
