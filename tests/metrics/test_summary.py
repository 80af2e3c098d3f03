"""The figures at the top: each agrees with a count run by run, and says “no data” where there is none."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics_dash.metrics.summary import Summary, summary
from analytics_dash.ui.card_notes import still_running
from tests.metrics.reference import fate, latencies, random_runs
from tests.metrics.table import relation

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_a_count_run_by_run(seed: int, failed: bool) -> None:
    runs = random_runs(NOW - WEEK, NOW, count=500, seed=seed)
    found = summary(relation(runs), now=NOW, failed_in_latency=failed)
    counts, values = Counter(map(fate, runs)), latencies(runs, failed=failed)
    assert (found.runs, found.latency_runs) == (500, len(values))
    assert {name: getattr(found, name) for name in counts} == counts
    assert found.failure_rate == counts["failed"] / (counts["failed"] + counts["succeeded"])
    assert [found.p50_s, found.p95_s] == pytest.approx(np.percentile(values, [50, 95]))
    assert found.tokens == sum(run["total_tokens"] or 0 for run in runs)
    assert found.token_runs == sum(run["total_tokens"] is not None for run in runs)
    assert found.users == len({run["user_id"] for run in runs} - {None})
    assert found.no_user_runs == sum(run["user_id"] is None for run in runs)
    assert found.oldest_unfinished == NOW - min(run["date"] for run in runs if fate(run) == "unfinished")
    assert (found.first, found.last) == (min(r["date"] for r in runs), max(r["date"] for r in runs))
    assert found.contradictions == sum(
        (r["state"], r["is_flow_successful"]) in {("COMPLETED", False), ("FAILED", True)} for r in runs
    )


def test_no_runs_are_zero_counts_and_no_data() -> None:
    assert summary(relation([]), now=NOW) == Summary(
        runs=0, failed=0, succeeded=0, cancelled=0, unfinished=0, unfinished_gone=0, unknown=0,
        failure_rate=None, rate_low=None, rate_high=None,
        latency_runs=0, p50_s=None, p95_s=None, few=False,
        tokens=0, token_runs=0, users=0, no_user_runs=0, contradictions=0,
        oldest_unfinished=None, first=None, last=None,
    )  # fmt: skip


def test_a_run_of_which_nothing_is_known_counts_as_unknown_and_as_nothing_else() -> None:
    found = summary(relation([{"date": NOW}]), now=NOW)
    assert (found.runs, found.unknown, found.no_user_runs) == (1, 1, 1)
    assert (found.failure_rate, found.p50_s, found.tokens, found.token_runs) == (None, None, 0, 0)


def test_one_timed_run_is_its_own_percentile_and_few() -> None:
    found = summary(relation([{"date": NOW, "state": "COMPLETED", "latency": 4.0}]), now=NOW)
    assert (found.p50_s, found.p95_s, found.few) == (4.0, 4.0, True)
    assert (found.failure_rate, found.rate_low) == (0.0, 0.0)


def test_what_the_server_no_longer_has_is_unfinished_but_does_not_run_and_is_not_the_oldest() -> None:
    held = [{"date": NOW - timedelta(days=age), "state": "PENDING", "gone": age == 19} for age in (1, 2, 19)]
    found = summary(relation(held), now=NOW)
    assert (found.unfinished, found.unfinished_gone, found.oldest_unfinished) == (3, 1, timedelta(days=2))
    assert still_running(found) == "2 still running, the oldest for 2 d, 1 no longer on the server"
    only_gone = summary(relation(held[2:]), now=NOW)
    assert (only_gone.oldest_unfinished, still_running(only_gone)) == (None, "1 no longer on the server")
    assert still_running(summary(relation([]), now=NOW)) == ""


def test_a_run_that_begins_after_now_is_not_older_than_nothing() -> None:
    found = summary(relation([{"date": NOW + timedelta(minutes=1), "state": "PENDING"}]), now=NOW)
    assert found.oldest_unfinished == timedelta()


def test_the_same_relation_can_be_asked_again() -> None:
    runs = relation(random_runs(NOW - WEEK, NOW, count=50, seed=1))
    assert summary(runs, now=NOW) == summary(runs, now=NOW)
