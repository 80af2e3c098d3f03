"""Dependence: which runs are no first attempts, and how far sittings inflate the variance of counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from analytics_dash.metrics.dispersion import PAUSE, clustering, repeats
from tests.metrics.table import relation

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OTHERS = [{"date": NOON, "state": "COMPLETED", "user_id": f"other{number}"} for number in range(200)]


def runs(fates: str, every: timedelta = 5 * MINUTE, **more: Any) -> list[dict[str, Any]]:
    """A run for each letter, failed where it is F."""
    states = {"F": "FAILED", "S": "COMPLETED", "P": "PENDING"}
    return [{"date": NOON + place * every, "state": states[fate], **more} for place, fate in enumerate(fates)]


def again(given: Sequence[dict[str, Any]]) -> list[float]:
    """The minutes at which runs are no first attempts."""
    found = repeats(relation([*given, *OTHERS])).fetchall()
    return sorted((date.replace(tzinfo=UTC) - NOON) / MINUTE for _, date, _ in found)


@pytest.mark.parametrize(
    "whose", [{"user_id": "ann"}, {"conversation_id": "c1"}, {"user_id": "", "conversation_id": "c"}]
)
def test_what_follows_a_failure_of_the_same_user_or_conversation_is_no_first_attempt(whose: dict[str, Any]) -> None:
    assert again(runs("SSFFPS", **whose)) == [15, 25]


def test_another_user_and_nobody_are_not_trying_again() -> None:
    assert again(runs("F", user_id="ann") + runs("SS", user_id="bob") + runs("FFS")) == []


def test_the_user_tells_also_where_each_attempt_is_a_conversation_of_its_own() -> None:
    assert again([run | {"conversation_id": str(run["date"])} for run in runs("FFS", user_id="ann")]) == [5, 10]


def test_after_a_pause_it_is_another_errand_and_a_day_of_failures_counts_every_half_hour() -> None:
    assert again(runs("FFS", every=PAUSE, user_id="ann")) == []
    assert again(runs("F" * 9, every=PAUSE / 3, user_id="ann")) == [10, 20, 40, 50, 70, 80]


def test_failures_of_one_instant_are_one() -> None:
    assert again(runs("FFFF", every=timedelta(0), user_id="ann")) == [0, 0, 0]


def test_a_user_with_most_of_the_runs_is_the_flow_itself() -> None:
    assert again(runs("F" * 300, every=MINUTE, user_id="service")) == []
    talks = [
        run | {"conversation_id": f"c{place // 2}"} for place, run in enumerate(runs("F" * 300, user_id="service"))
    ]
    assert len(again(talks)) == 150


def test_no_runs_depend_on_nothing() -> None:
    assert repeats(relation([])).fetchall() == []
    assert clustering(relation([]), relation([])) == 1
    assert clustering(relation(runs("S", user_id="ann"))) == 1


def came(seed: int, *, size: int, users: int, count: int = 1000, named: str = "user_id") -> list[dict[str, Any]]:
    """Runs in sittings of `size`, three minutes apart, over a week."""
    chance = np.random.default_rng(seed)
    starts, whose = chance.uniform(0, 7 * 1440, count // size), chance.integers(0, users, count // size)
    return [
        {"date": NOON + (start + 3 * place) * MINUTE, "state": "COMPLETED", named: f"u{who}"}
        for start, who in zip(starts, whose, strict=True)
        for place in range(size)
    ]


@pytest.mark.parametrize("users", [1, 3, 100])
def test_runs_at_random_times_are_not_clustered_however_often_a_user_comes(users: int) -> None:
    assert clustering(relation(came(1, size=1, users=users))) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("size", "named"), [(5, "user_id"), (10, "user_id"), (10, "conversation_id")])
def test_sittings_of_so_many_runs_inflate_the_variance_as_many_times(size: int, named: str) -> None:
    sides = (relation(came(seed, size=size, users=200, named=named)) for seed in (2, 3))
    assert clustering(*sides) == pytest.approx(size, rel=0.15)
