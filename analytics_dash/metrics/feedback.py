"""Owns the balance of feedback: how much of what people said with a thumb was positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.feedback import VERDICT_SQL, Verdict

VERDICTS: Final = (Verdict.POSITIVE, Verdict.NEGATIVE, Verdict.OWN_WORDS)


@dataclass(frozen=True)
class Feedback:
    """Runs by what was said of them; shares are of 1, over positive and negative ones, and None without any."""

    positive: int
    negative: int
    own_words: int

    @property
    def rated(self) -> int:
        """Runs whose feedback is positive or negative."""
        return self.positive + self.negative

    @property
    def share(self) -> float | None:
        """The positive share."""
        return self.positive / self.rated if self.rated else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The share's 95 % Wilson interval."""
        if not self.rated:
            return None
        low, high = wilson(self.positive, self.rated)
        return float(low), float(high)


def feedback_balance(runs: duckdb.DuckDBPyRelation) -> Feedback:
    """The runs by verdict; zeros where nobody said anything."""
    counts = ", ".join(f"count(*) FILTER (WHERE verdict = '{verdict}')" for verdict in VERDICTS)
    said = runs.filter("feedback IS NOT NULL").project(f"{VERDICT_SQL} AS verdict")
    positive, negative, own_words = said.aggregate(counts).fetchall()[0]
    return Feedback(positive, negative, own_words)
