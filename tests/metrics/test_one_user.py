"""One user beside everyone else: both sides against a count by hand, verdicts, pages, conversations."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Any

import numpy as np
import pytest

from analytics_dash.metrics.one_user import (
    ROW_COLUMNS,
    TALK_COLUMNS,
    TIMELINE_COLUMNS,
    Verdict,
    beside,
    newest,
    rows,
    talks,
    timeline,
)
from analytics_dash.metrics.users import of_users, without_user
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)


def runs_of(failed: int, succeeded: int, **more: Any) -> list[dict[str, Any]]:
    states = ["FAILED"] * failed + ["COMPLETED"] * succeeded
    return [
        {"run_id": f"r{n:03}", "date": NOON + timedelta(minutes=n), "state": s, **more} for n, s in enumerate(states)
    ]


def by_hand(one: int, of: int, all_failed: int, all_of: int) -> float:
    """Fisher's test by counting tables with exact integers."""
    chances = {
        k: math.comb(all_failed, k) * math.comb(all_of - all_failed, of - k)
        for k in range(max(0, of - all_of + all_failed), min(of, all_failed) + 1)
    }
    return sum(c for c in chances.values() if c <= chances[one]) / math.comb(all_of, of)


def test_both_sides_agree_with_a_count_by_hand() -> None:
    runs = random_runs(NOON, LATER, count=300, seed=5)
    held = relation(runs)
    found = beside(of_users(held, ["ann"]), without_user(held, "ann"))
    sides = [r for r in runs if r["user_id"] == "ann"], [r for r in runs if r["user_id"] != "ann"]
    for side, totals, tokens in zip(sides, (found.theirs, found.others), found.tokens_per_run, strict=True):
        fates, counts = [fate(r) for r in side], [r["total_tokens"] for r in side if r["total_tokens"] is not None]
        assert (totals.runs, totals.failed, totals.succeeded) == (len(side), *map(fates.count, ("failed", "succeeded")))
        assert totals.p50 is not None
        assert totals.p50.value == pytest.approx(np.median(latencies(side)))
        assert tokens.value == pytest.approx(mean(counts))
        assert tokens.runs == len(counts)
    mine, rest = found.theirs, found.others
    every = (mine.failed + rest.failed, mine.failed + mine.succeeded + rest.failed + rest.succeeded)
    assert found.p_value == pytest.approx(by_hand(mine.failed, mine.failed + mine.succeeded, *every))


@pytest.mark.parametrize(
    ("theirs", "others", "verdict"),
    [
        ((10, 10), (10, 300), Verdict.MORE),
        ((0, 60), (100, 100), Verdict.LESS),
        ((3, 40), (20, 270), Verdict.SAME),
        ((0, 40), (3, 300), Verdict.SAME),
        ((1, 2), (20, 270), Verdict.TOO_FEW),
        ((1, 30), (1, 3), Verdict.TOO_FEW),
        ((0, 2), (0, 300), Verdict.NO_FAILURE),
        ((0, 0), (20, 270), Verdict.NOTHING),
        ((1, 2), (0, 0), Verdict.NOTHING),
    ],
)
def test_it_is_only_them_where_chance_explains_it_badly_and_told_when_runs_are_too_few(
    theirs: tuple[int, int], others: tuple[int, int], verdict: Verdict
) -> None:
    found = beside(relation(runs_of(*theirs)), relation(runs_of(*others)))
    assert found.verdict is verdict
    assert (found.rate_bounds is None) == (found.verdict is Verdict.NOTHING)


def test_a_page_is_cut_newest_first_and_texts_to_a_preview() -> None:
    runs = runs_of(2, 3, error="e" * 5000, user_id="ann")
    page = newest(relation(runs), limit=2, offset=1)
    shown = rows(page.project("*, error AS inputs, NULL::VARCHAR AS outputs"))
    assert tuple(shown.columns) == ROW_COLUMNS
    assert shown["run_id"].to_list() == ["r003", "r002"]
    assert shown["inputs"].str.len().to_list() == [300, 300]
    marks = timeline(relation(runs), limit=4)
    assert tuple(marks.columns) == TIMELINE_COLUMNS
    assert marks["run_id"].to_list() == ["r001", "r002", "r003", "r004"]
    assert marks["date"].iloc[-1] == NOON + timedelta(minutes=4)
    assert timeline(relation([])).empty


def test_conversations_are_counted_the_newest_first() -> None:
    runs = [*runs_of(2, 1, conversation_id="a", total_tokens=5), *runs_of(0, 5, conversation_id="b")]
    found = talks(relation([*runs, *runs_of(0, 1, conversation_id="")]), limit=1)
    assert tuple(found.frame.columns) == TALK_COLUMNS
    assert (found.frame["conversation_id"].to_list(), found.of) == (["b"], 2)
    held = {row["conversation_id"]: row for row in talks(relation(runs)).frame.to_dict("records")}
    assert [held["a"][name] for name in ("runs", "failed", "tokens")] == [3, 2, 15]
    assert held["a"]["last_seen"] == NOON + timedelta(minutes=2)
    assert (talks(relation([])).of, len(talks(relation([])).frame)) == (0, 0)
