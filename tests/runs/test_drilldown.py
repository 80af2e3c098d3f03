"""A click names its bucket, in whatever form Streamlit hands it over; anything else is no click."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.drilldown import Bucket, clicked_bucket

START, END = "2026-11-24T14:00:00+00:00", "2026-11-24T15:00:00+00:00"
BUCKET = Bucket(datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    "customdata",
    [[START, END], (START, END), {"0": START, "1": END}, {1: END, 0: START}, [START, END, "more"]],
)
def test_a_point_of_a_bar_or_of_a_line_names_its_bucket(customdata: object) -> None:
    points = [{"curve_number": 3, "customdata": customdata}]
    assert clicked_bucket({"selection": {"points": points, "point_indices": [7], "box": [], "lasso": []}}) == BUCKET
    assert clicked_bucket({"points": points}) == BUCKET


def test_bounds_in_another_zone_are_given_in_utc() -> None:
    bucket = clicked_bucket({"points": [{"customdata": ["2026-11-24T15:00+01:00", "2026-11-24T16:00+01:00"]}]})
    assert bucket == BUCKET
    assert bucket is not None
    assert bucket.start.tzinfo is UTC


def test_the_first_point_that_names_a_bucket_is_taken() -> None:
    assert clicked_bucket({"points": [{"x": 1}, None, {"customdata": [START, END]}]}) == BUCKET


@pytest.mark.parametrize(
    "selection",
    [
        None,
        {},
        [],
        {"selection": None},
        {"selection": {"points": []}},
        {"points": "text"},
        {"points": [{"customdata": None}]},
        {"points": [{"customdata": [START]}]},
        {"points": [{"customdata": START}]},
        {"points": [{"customdata": [END, START]}]},
        {"points": [{"customdata": [START, START]}]},
        {"points": [{"customdata": ["2026-11-24T14:00", "2026-11-24T15:00"]}]},
        {"points": [{"customdata": ["0001-01-01T00:00+14:00", END]}]},
        {"points": [{"customdata": [1, 2]}]},
    ],
)
def test_anything_else_names_no_bucket(selection: object) -> None:
    assert clicked_bucket(selection) is None


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["selection", "points", "customdata"]), inner),
    max_leaves=8,
)


@settings(deadline=None)  # a slow machine is not a fault
@given(json_like)
def test_junk_is_never_an_error(selection: object) -> None:
    assert clicked_bucket(selection) is None


def test_a_bucket_runs_forward_between_instants() -> None:
    with pytest.raises(ValueError, match="before its end"):
        Bucket(BUCKET.end, BUCKET.start)
    with pytest.raises(ValueError, match="with a zone"):
        Bucket(datetime(2026, 11, 24), BUCKET.end)  # noqa: DTZ001  the fault
    assert Bucket(BUCKET.start.astimezone(timezone(timedelta(hours=1))), BUCKET.end) == BUCKET
