"""Owns what can be chosen of how a page shows its runs: each choice's name and values, as a link writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.view import View

FAILING_DIMENSIONS: Final = ("run_type", *(name for name in DIMENSIONS if name not in {"run_type", "state", "outcome"}))
"""What failure rates are told apart by; a state and an outcome say themselves whether a run failed."""
SPENDING_DIMENSIONS: Final = ("model", "user", "run_type", "parent")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "values_by": tuple(DIMENSIONS),
    "values_sort": ("runs", "rate", "p50_s", "p95_s", "tokens", "users", "last_seen", "change", "value"),
    "week": ("runs", "failure_rate", "p95"),
    "common_to": ("slowest", "failed", "view"),
    "latency_by": tuple(DIMENSIONS),
    "latency_sort": ("p95_s", "p50_s", "p99_s", "max_s", "latency_runs"),
    "spend_by": SPENDING_DIMENSIONS,
    "spend_in": ("tokens", "cost_usd"),
    "spend_as": ("amounts", "shares"),
    "month_in": ("cost_usd", "tokens"),
    "sides": ("time", "model"),
    "outcomes_as": ("counts", "shares"),
    "errors_sort": ("runs", "users", "first_seen", "last_seen"),
    "failures_by": FAILING_DIMENSIONS,
    "recovery_within": ("1h", "15m", "6h", "24h", "7d"),
    "recovery_by": ("conversation_id", "user_id"),
    "parents_sort": ("failed", "rate", "p95_s", "runs", "tokens", "last_seen"),
    "called_sort": ("newest", "failures", "slowest"),
}
"""By name, the values; the first holds until somebody chooses."""


def chosen(view: View, name: str) -> str:
    """The value of a choice (a name in CHOICES)."""
    return dict(view.choices).get(name, CHOICES[name][0])


def choosing(view: View, name: str, value: str) -> View:
    """The view with this value chosen; the first of a choice needs no word in the link."""
    others = tuple(pair for pair in view.choices if pair[0] != name)
    return replace(view, choices=others if value == CHOICES[name][0] else (*others, (name, value)))
