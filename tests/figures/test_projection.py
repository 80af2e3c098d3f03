"""The picture of a month's end: the range goes on from what is spent now, or says why it cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from analytics_dash.figures import projection
from analytics_dash.figures.theme import LIGHT
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import COST, TOKENS
from analytics_dash.metrics.projection import Projection, month_projection, projection_range
from analytics_dash.metrics.tokens import tokens_over_time
from tests.metrics.table import relation

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)


def projected(days: int) -> Projection:
    runs = [{"date": NOON - timedelta(days=day, hours=1), "total_tokens": 1_000} for day in range(days)]
    start, end = projection_range(NOON, zone="UTC")
    buckets = buckets_for(
        max(start, NOON.replace(hour=0) - timedelta(days=days - 1)),
        end,
        zone="UTC",
        now=NOON,
        granularity=Granularity.DAY,
    )
    return month_projection(tokens_over_time(relation(runs), buckets), TOKENS, zone="UTC", now=NOON)


def test_a_projection_goes_on_from_now_where_the_sum_so_far_ends() -> None:
    band, middle, so_far, columns = projection.figure(projected(40), TOKENS, zone="UTC", theme=LIGHT).data
    assert (so_far.x[-1], so_far.y[-1]) == (middle.x[0], middle.y[0]) == (NOON.replace(tzinfo=None), 24_000)
    assert len(band.x) == 2 * len(middle.x) == 2 * 8
    assert middle.y[-1] == pytest.approx(30_500, rel=0.02)
    assert [data is None for data in columns.customdata] == [False] * 24 + [True] * 6


def test_a_projection_says_its_range_or_why_there_is_none() -> None:
    assert projection.sentence(projected(40), TOKENS).startswith(
        "24.0 k tokens so far; four times out of five such a month ends between 30."
    )
    early = projected(5)
    assert projection.sentence(early, TOKENS) == (
        "5.00 k tokens so far; no projection: too early: it rests on at least 7 full days, and there are 4."
    )
    drawn = projection.figure(early, TOKENS, zone="UTC", theme=LIGHT)
    assert drawn.layout.annotations[-1].text == "No projection yet"
    assert projection.alt_text(early, COST, zone="UTC").startswith(
        "Estimated cost of the month that ends Tue 1 Dec 2026, 00:00 UTC"
    )
