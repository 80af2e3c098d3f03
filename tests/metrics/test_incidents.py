"""Incidents: none in steady noise, a planted one with its bounds, going on or since before, and how bad it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.dispersion import repeats
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.incidents import FALSE_ALARM, Incident, incidents
from tests.metrics.table import relation

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = 168
SEEDS = 20


def table(failed: Sequence[int], decided: Sequence[int]) -> pd.DataFrame:
    starts = pd.Series([NOON + HOUR * place for place in range(len(failed))], dtype="datetime64[us, UTC]")
    k, n = np.array(failed, dtype=int), np.array(decided, dtype=int)
    return pd.DataFrame({"start": starts, "end": starts + HOUR, "failed": k, "succeeded": n - k})


def noise(seed: int, *, rate: float = 0.02, runs: int = 50, planted: range = range(0)) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    rates = np.full(WEEK, rate)
    rates[list(planted)] *= 10
    decided = chance.poisson(runs, WEEK)
    return table(chance.binomial(decided, rates).tolist(), decided.tolist())


@pytest.mark.parametrize(("rate", "runs"), [(0.02, 5), (0.02, 50), (0.3, 50), (0.001, 1000)])
def test_steady_noise_seldom_holds_an_incident(rate: float, runs: int) -> None:
    alarms = sum(bool(incidents(noise(seed, rate=rate, runs=runs))) for seed in range(SEEDS))
    assert alarms / SEEDS <= FALSE_ALARM


@pytest.mark.parametrize("seed", range(10))
def test_three_hours_at_ten_times_the_rate_are_found_within_an_hour(seed: int) -> None:
    first = 10 + 15 * seed
    found = incidents(noise(seed, planted=range(first, first + 3)))
    assert len(found) == 1
    assert found[0].end is not None
    assert abs(found[0].start - (NOON + first * HOUR)) <= HOUR
    assert abs(found[0].end - (NOON + (first + 3) * HOUR)) <= HOUR


def test_its_numbers_are_those_inside_against_the_calm_level() -> None:
    (one,) = incidents(table([2] * 20 + [40] * 3 + [2] * 20, [100] * 43))
    assert (one.start, one.end, one.since_before) == (NOON + 20 * HOUR, NOON + 23 * HOUR, False)
    assert (one.failed, one.decided, one.rate, one.baseline) == (120, 300, 0.4, 0.02)
    assert one.extra == pytest.approx(120 - 0.02 * 300)


def test_one_that_holds_at_the_end_is_going_on_even_past_hours_without_runs() -> None:
    (one,) = incidents(table([1] * 10 + [50] * 20 + [0] * 3, [100] * 30 + [0] * 3))
    assert (one.start, one.end) == (NOON + 10 * HOUR, None)


def test_one_that_holds_at_the_beginning_is_since_before() -> None:
    (one,) = incidents(table([50] * 5 + [1] * 30, [100] * 35))
    assert (one.start, one.end, one.since_before) == (NOON, NOON + 5 * HOUR, True)


def test_two_are_told_apart_and_one_that_grows_worse_is_one() -> None:
    two = incidents(table([1] * 10 + [60] * 2 + [1] * 10 + [60] * 2 + [1] * 10, [100] * 34))
    assert [(one.start - NOON) / HOUR for one in two] == [10, 22]
    (worse,) = incidents(table([1] * 10 + [20] * 4 + [80] * 4 + [1] * 10, [100] * 28))
    assert ((worse.start - NOON) / HOUR, worse.failed) == (10, 400)


def test_a_spell_without_failures_and_a_small_rise_are_no_incidents() -> None:
    assert incidents(table([20] * 30 + [0] * 5 + [20] * 30, [100] * 65)) == ()
    assert incidents(table([2000] * 20 + [2800] * 5 + [2000] * 20, [100_000] * 45)) == ()


@pytest.mark.parametrize(
    ("failed", "decided"), [([], []), ([0, 0], [0, 0]), ([1], [1]), ([5] * 9, [5] * 9), ([0] * 9, [5] * 9)]
)
def test_nothing_to_compare_is_no_incident(failed: list[int], decided: list[int]) -> None:
    assert incidents(table(failed, decided)) == ()


def flow(seed: int, *, again: float = 0.6, outage: range = range(0)) -> list[dict[str, object]]:
    """A week in which 3 % of errands fail at first, 30 % in the outage; `again` of their failures have another."""
    chance = np.random.default_rng(seed)
    runs: list[dict[str, object]] = []
    for errand, minute in enumerate(chance.uniform(0, WEEK * 60, 400 * 7)):
        user, at = f"u{chance.integers(0, 100)}", NOON + timedelta(minutes=minute)
        failed = chance.random() < (0.3 if minute // 60 in outage else 0.03)
        runs.append({"date": at, "user_id": user, "conversation_id": f"c{errand}", "state": _state(failed=failed)})
        while failed:
            failed, at = chance.random() < again, at + timedelta(minutes=chance.exponential(4))
            runs.append(runs[-1] | {"date": at, "state": _state(failed=failed)})
    return runs


def _state(*, failed: bool) -> str:
    return "FAILED" if failed else "COMPLETED"


def look(runs: list[dict[str, object]], *, all_alike: bool = False) -> tuple[Incident, ...]:
    end = NOON + WEEK * HOUR
    hours = buckets_for(NOON, end, zone="UTC", now=end, granularity=Granularity.HOUR)
    held = relation(runs)
    return incidents(failures_over_time(held, hours), None if all_alike else failures_over_time(repeats(held), hours))


def test_users_who_fail_again_are_no_incident_in_a_steady_flow() -> None:
    flows = [flow(seed) for seed in range(8)]
    assert sum(bool(look(runs, all_alike=True)) for runs in flows) >= 2  # what it is for
    assert sum(bool(look(runs)) for runs in flows) == 0


@pytest.mark.parametrize("seed", range(3))
def test_an_outage_that_many_users_meet_is_found_and_told_of_all_its_runs(seed: int) -> None:
    runs = flow(seed, outage=range(60, 66))
    (found,) = look(runs)
    assert abs(found.start - (NOON + 60 * HOUR)) <= HOUR
    assert found.end is not None
    inside = [run["state"] for run in runs if found.start <= run["date"] < found.end]  # type: ignore[operator]
    assert (found.failed, found.decided) == (inside.count("FAILED"), len(inside))
    assert found.baseline < 0.1 < found.rate


def test_one_users_batch_is_no_incident_and_one_accounts_outage_is() -> None:
    calm = [{"date": NOON + timedelta(minutes=10 * m), "state": "COMPLETED", "user_id": f"u{m}"} for m in range(1008)]
    batch = [
        {"date": NOON + timedelta(hours=50, seconds=20 * place), "state": "FAILED", "user_id": "ann"}
        for place in range(80)
    ]
    assert look(calm + batch) == ()
    service = [run | {"user_id": "service"} for run in calm]
    (found,) = look([*service, *(run | {"user_id": "service"} for run in batch)])
    assert (found.start, found.failed) == (NOON + 50 * HOUR, 80)
