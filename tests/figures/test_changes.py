"""The sentences of “what changed”: what moved, from which runs, by how much, in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_dash.figures.changes import part_of, sentence
from analytics_dash.metrics.changes import Change
from analytics_dash.metrics.changes_periods import Part
from analytics_dash.metrics.comparison import Metric

SONNET, SCHEDULED = Part("model", "sonnet", "sonnet"), Part("run_type", "scheduled", "scheduled")
PARENT = Part("parent", "5f1c", "Claims")


def change(metric: Metric, *parts: Part, now: float, then: float, **more: Any) -> Change:
    known: dict[str, Any] = {
        "share": 0.9, "here_now": now, "here_then": then, "runs_now": 1204, "runs_then": 980, "p_value": 0.001,
    }  # fmt: skip
    return Change(metric=metric, parts=parts, now=now, then=then, **(known | more))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (
            change(Metric.P95, SONNET, SCHEDULED, now=6.4, then=4.3, here_now=9.1, here_then=4.2),
            ("P95 latency up 2.10 s, nine tenths of it from runs with model “sonnet” and run type “scheduled”, which "
            "went from 4.20 s to 9.10 s (1,204 runs, 980 before)."),
        ),
        (
            change(Metric.FAILURE_RATE, PARENT, now=0.05, then=0.03, share=1.2, here_now=0.2, here_then=None,
                   runs_then=0),
            ("Failure rate up 2.0 points, more than all of it from runs with parent workflow “Claims”, which came to "
            "20.0 % (1,204 runs, 0 before)."),
        ),
        (
            change(Metric.RUNS, SONNET, now=900, then=1200, share=0.5, here_now=50, here_then=200),
            "Runs down 300, half of it from runs with model “sonnet”, which went from 200 to 50.",
        ),
        (
            change(Metric.TOKENS, SONNET, now=24_000, then=12_000, share=-0.3, here_now=1_000, here_then=4_600),
            ("Tokens up 12.0 k, in spite of runs with model “sonnet”, which went from 4.60 k to 1.00 k (1,204 runs, "
            "980 before)."),
        ),
        (
            change(Metric.FAILURE_RATE, SONNET, now=0.051, then=0.05, share=None, here_now=0.12, here_then=0.05),
            ("Failure rate of runs with model “sonnet” went from 5.0 % to 12.0 % (1,204 runs, 980 before), while that "
            "of all runs moved within chance."),
        ),
        (
            change(Metric.P95, now=6.4, then=4.3, share=None),
            "P95 latency went from 4.30 s to 6.40 s (up 2.10 s), with no runs that stand out.",
        ),
    ],
)  # fmt: skip
def test_a_change_is_one_plain_sentence(told: Change, text: str) -> None:
    assert sentence(told) == text


def test_runs_that_only_became_more_are_told_by_their_number() -> None:
    told = change(Metric.P95, SONNET, now=25.0, then=20.0, here_now=19.0, here_then=19.0)
    assert "which stayed at 19.0 s (1,204 runs, 980 before)" in sentence(told)


def test_runs_are_not_counted_of_runs() -> None:
    told = change(Metric.RUNS, SONNET, now=1204, then=980, share=None)
    assert sentence(told).startswith("Runs with model “sonnet” went from 980 to 1.20 k")


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.04, "hardly any"), (0.33, "three tenths"), (0.5, "half"), (0.93, "nine tenths"), (0.96, "nearly all"),
     (1.0, "all"), (1.04, "all"), (1.3, "more than all")],
)  # fmt: skip
def test_a_share_is_told_in_words(share: float, words: str) -> None:
    assert part_of(share) == words
