"""The month so far as a page has it: what is missing, and which days a projection may rest on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd
import pytest

from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import TOKENS
from analytics_dash.metrics.projection import projection_range
from analytics_dash.ui.month import Month, _missing, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SINCE, _ = projection_range(NOON, zone="UTC")


def month(*, held_from: datetime = SINCE, first_run: datetime = SINCE, missing: str = "") -> Month:
    days = buckets_for(SINCE, NOON, zone="UTC", now=NOON, granularity=Granularity.DAY)
    return Month(duckdb.sql("SELECT 1 AS one"), days, SINCE, held_from, NOON, first_run, missing)


def daily(found: Month, *, since: datetime = SINCE) -> pd.DataFrame:
    frame = found.days.frame()
    return frame.assign(**{TOKENS: [100.0 if start >= since else 0.0 for start in frame["start"]]})


@pytest.mark.parametrize(
    ("low", "until", "words"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), NOON, ""),
        (datetime(2026, 11, 3, 8, tzinfo=UTC), NOON, "before 3 Nov 2026, 08:00 are not read"),
        (datetime(2026, 10, 1, tzinfo=UTC), NOON - timedelta(days=3), "since 21 Nov 2026, 12:00 are not read"),
    ],
)
def test_what_a_projection_lacks_is_told(low: datetime, until: datetime, words: str) -> None:
    sentence = _missing(low, until, zone="UTC", now=NOON)
    assert (words in sentence) if words else not sentence


def test_the_month_begins_where_the_zone_s_month_begins() -> None:
    begins = datetime(2026, 10, 31, 15, tzinfo=UTC)  # midnight in Tokyo
    assert _missing(begins, NOON, zone="Asia/Tokyo", now=NOON) == ""
    assert _missing(begins + timedelta(hours=1), NOON, zone="Asia/Tokyo", now=NOON)


def test_days_before_the_flow_s_first_run_do_not_pull_the_projection_down() -> None:
    born = datetime(2026, 11, 10, tzinfo=UTC)
    new, old = month(first_run=born), month()
    young, pulled = new.end(daily(new, since=born), TOKENS), old.end(daily(old, since=born), TOKENS)
    assert young is not None
    assert pulled is not None
    assert young.rests_on == 14
    assert young.median == pytest.approx(14.5 * 100 + 6.5 * 100, rel=0.05)
    assert pulled.rests_on > young.rests_on


def test_nothing_is_projected_from_a_month_with_a_gap() -> None:
    found = month(missing="No projection.")
    assert found.end(daily(found), TOKENS) is None


def test_too_few_days_are_lacking_only_if_more_could_be_read() -> None:
    late = datetime(2026, 11, 20, tzinfo=UTC)
    for held_from, lacking in ((SINCE, False), (SINCE + timedelta(days=1), True)):
        found = month(held_from=held_from, first_run=late)
        end = found.end(daily(found, since=late), TOKENS)
        assert end is not None
        assert end.low is None
        assert found.lacks(end) is lacking


def test_the_sentence_shows_dollars_as_they_are() -> None:
    assert told("$5.00 to $6.00.", month()).startswith(r"\$5\.00 to \$6\.00")
