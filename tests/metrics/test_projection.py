"""Projections: a range that holds the month's end about four times out of five, and says so when it cannot know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import END, HIGH, LOW, MEDIAN, PROJECTION_COLUMNS, SPENT, START, TOKENS
from analytics_dash.metrics.projection import LOOK_BACK_DAYS, Projection, month_projection, projection_range
from analytics_dash.metrics.projection_draws import Floats, Rng
from analytics_dash.metrics.tokens import tokens_over_time
from tests.metrics.table import relation

ZONE = "Europe/Berlin"
NOON = datetime(2026, 10, 14, 12, tzinfo=ZoneInfo(ZONE))  # a Wednesday; clocks change on the 25th


def daily(amounts: Sequence[float], *, now: datetime, zone: str = ZONE) -> pd.DataFrame:
    """A row per day up to now, the last amount on today; the days before the first amount are left out."""
    start, end = projection_range(now, zone=zone)
    frame = buckets_for(start, end, zone=zone, now=now, granularity=Granularity.DAY).frame()
    return frame.tail(len(amounts)).reset_index(drop=True).assign(**{TOKENS: amounts})


def projected(amounts: Sequence[float], *, now: datetime = NOON, **more: datetime) -> Projection:
    return month_projection(daily(amounts, now=now), TOKENS, zone=ZONE, now=now, **more)


def test_days_that_are_all_alike_go_on_alike() -> None:
    found = projected([100.0] * LOOK_BACK_DAYS + [50.0])
    assert found.spent == 13 * 100 + 50
    assert found.rests_on == LOOK_BACK_DAYS
    assert found.median == pytest.approx(3100, rel=0.01)
    assert found.low == pytest.approx(3100, rel=0.05)
    assert found.high == pytest.approx(3100, rel=0.05)
    assert (found.month_start, found.month_end) == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )


def test_weekends_go_on_like_weekends() -> None:
    week = [10.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0]
    amounts = [*(week * 5)[2 : 2 + LOOK_BACK_DAYS], 5.0]  # from a Wednesday to the Wednesday of now
    assert projected(amounts).median == pytest.approx(22 * 10, rel=0.02)  # October 2026 has 22 such days


def test_a_trend_is_followed() -> None:
    rising = [100.0 + 2 * day for day in range(LOOK_BACK_DAYS)]
    level = projected([float(np.mean(rising))] * LOOK_BACK_DAYS + [50.0]).median
    found = projected([*rising, 50.0]).median
    assert level is not None
    assert found is not None
    assert found > level * 1.1


@pytest.mark.parametrize("days", range(7))
def test_with_fewer_than_seven_full_days_it_is_too_early(days: int) -> None:
    found = projected([10.0] * (days + 1), now=NOON.replace(day=7))
    assert (found.low, found.median, found.high) == (None, None, None)
    assert found.reason == f"too early: it rests on at least 7 full days, and there are {days}"
    assert found.spent == 10 * (days + 1)
    assert found.days[MEDIAN].isna().all()


def test_days_before_the_data_begin_are_not_days_without_runs() -> None:
    amounts = [0.0] * 20 + [10.0] * 9
    starts = daily(amounts, now=NOON)[START]
    first, tenth_of_october = starts.iloc[0].to_pydatetime(), starts.iloc[-5].to_pydatetime()
    assert projected(amounts, held_from=first).rests_on == LOOK_BACK_DAYS
    assert projected(amounts, held_from=starts.iloc[8].to_pydatetime()).rests_on == LOOK_BACK_DAYS - 8
    assert projected(amounts, held_from=tenth_of_october).reason == "the month's first days have not been read"


def test_the_days_of_the_month_say_what_was_and_what_may_be() -> None:
    found = projected([100.0] * LOOK_BACK_DAYS + [50.0])
    days = found.days
    assert tuple(days.columns) == PROJECTION_COLUMNS
    assert len(days) == 31
    assert list(days[END])[:-1] == list(days[START])[1:]
    assert days[SPENT].notna().tolist() == [True] * 14 + [False] * 17
    assert days[MEDIAN].notna().tolist() == [False] * 13 + [True] * 18
    assert days[SPENT].iloc[13] == found.spent
    assert days[[LOW, MEDIAN, HIGH]].iloc[-1].tolist() == [found.low, found.median, found.high]


def test_on_the_last_moment_of_the_month_nothing_is_left_to_come() -> None:
    now = datetime(2026, 10, 31, 22, 59, 59, 999999, tzinfo=UTC)
    found = projected([10.0] * 31, now=now)
    assert found.spent == 310
    assert found.high == pytest.approx(310, abs=0.01)


def test_on_the_first_moment_of_a_month_nothing_is_spent_yet() -> None:
    now = datetime(2026, 9, 30, 22, tzinfo=UTC)
    found = projected([10.0] * 28, now=now)
    assert found.spent == 0
    assert found.median == pytest.approx(310, rel=0.01)


def test_it_projects_the_table_of_tokens_that_the_engine_gives() -> None:
    runs = relation([{"date": NOON - timedelta(days=day), "total_tokens": 10} for day in range(40)])
    start, end = projection_range(NOON, zone=ZONE)
    table = tokens_over_time(runs, buckets_for(start, end, zone=ZONE, now=NOON, granularity=Granularity.DAY))
    found = month_projection(table, TOKENS, zone=ZONE, now=NOON)
    assert (found.spent, found.rests_on) == (130, LOOK_BACK_DAYS)  # a run at noon is not before noon
    assert found.median == pytest.approx(305, rel=0.02)


amounts = st.lists(st.floats(0, 1e12), min_size=9, max_size=29)


@settings(max_examples=25, deadline=None)
@given(amounts=amounts, day=st.integers(1, 31))
def test_it_is_in_order_never_below_what_is_spent_and_the_same_again(amounts: list[float], day: int) -> None:
    now = NOON.replace(day=day)
    found, again = projected(amounts, now=now), projected(amounts, now=now)
    assert found.low is not None
    assert found.median is not None
    assert found.high is not None
    assert found.spent <= found.low <= found.median <= found.high
    assert (found.low, found.median, found.high) == (again.low, again.median, again.high)


def steady(rng: Rng, days: int) -> Floats:
    return rng.lognormal(0, 0.4, days)


def clinging(rng: Rng, days: int) -> Floats:
    """Each day resembles the day before."""
    level = np.zeros(days)
    for day in range(1, days):
        level[day] = 0.5 * level[day - 1] + rng.normal(0, 0.2)
    path: Floats = np.exp(level)
    return path


def growing(rng: Rng, days: int) -> Floats:
    """By a seventh a month."""
    noise: Floats = rng.lognormal(0, 0.25, days)
    path: Floats = noise * np.exp(0.0045 * np.arange(days))
    return path


def wild(rng: Rng, days: int) -> Floats:
    return rng.lognormal(0, 0.9, days)


@pytest.mark.parametrize("world", [steady, clinging, growing, wild])
def test_the_range_holds_the_end_of_at_least_seven_simulated_months_in_ten(
    world: Callable[[Rng, int], Floats],
) -> None:
    rng = np.random.default_rng(11)
    assert sum(holds(world, rng, day) for day in (9, 18) * 60) >= 84


def holds(world: Callable[[Rng, int], Floats], rng: Rng, day: int) -> bool:
    now = NOON.replace(day=day, hour=0)
    past, ahead = LOOK_BACK_DAYS, 31 - day + 1
    weekday = np.array([(now + timedelta(days=n - past)).weekday() < 5 for n in range(past + ahead)])
    truth = np.where(weekday, 1000.0, 300.0) * world(rng, past + ahead)
    found = projected(list(truth[:past]), now=now)
    assert found.low is not None
    assert found.high is not None
    return bool(found.low <= truth[past - day + 1 :].sum() <= found.high)
