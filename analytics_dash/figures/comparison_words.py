"""Owns how a difference between two periods is written: “up 2.10 s (34 %)”, “down 1.2 points, within chance”."""

from __future__ import annotations

from typing import Final

from analytics_dash.metrics.comparison import Difference, Direction, Metric
from analytics_dash.quantities import compact, percent, seconds

LABELS: Final = {
    Metric.RUNS: "runs",
    Metric.FAILURE_RATE: "failure rate",
    Metric.P50: "p50 latency",
    Metric.P95: "p95 latency",
    Metric.TOKENS: "tokens",
    Metric.COST: "estimated cost",
    Metric.USERS: "users",
    Metric.FEEDBACK: "positive feedback",
    Metric.UNFINISHED: "unfinished runs",
}
SHARES: Final = (Metric.FAILURE_RATE, Metric.FEEDBACK)
SECONDS: Final = (Metric.P50, Metric.P95)
NO_DATA: Final = "nothing to compare with"
UNCHANGED: Final = "unchanged"
FEW: Final = "few runs"
CHANCE: Final = "within chance"


def amount(metric: Metric, value: float | None) -> str:
    """A metric's value in its unit; “no data” for None."""
    if metric in SHARES:
        return percent(value)
    if metric in SECONDS or value is None:
        return seconds(value)
    return f"${value:,.2f}" if metric is Metric.COST else compact(round(value))


def moved(metric: Metric, difference: float) -> str:
    """“up 2.10 s”, “down 1.2 points”, “up 340”."""
    way = "up" if difference > 0 else "down"
    if metric in SHARES:
        points = abs(difference) * 100
        return f"{way} {points:.1f} points" if points >= 0.1 else f"{way} {points:.2f} points"
    return f"{way} {amount(metric, abs(difference))}"


def difference_text(difference: Difference) -> str:
    """The difference in a few words, with what weakens it."""
    if difference.direction is Direction.UNKNOWN or difference.difference is None:
        return NO_DATA
    weak = [*([FEW] if difference.few else []), *([CHANCE] if difference.significant is False else [])]
    if difference.direction is Direction.SAME:
        return ", ".join([UNCHANGED, *weak[:1]] if difference.few else [UNCHANGED])
    part = difference.relative
    relative = "" if part is None or difference.metric in SHARES else f" ({abs(part) * 100:.0f} %)"
    return ", ".join([f"{moved(difference.metric, difference.difference)}{relative}", *weak])
