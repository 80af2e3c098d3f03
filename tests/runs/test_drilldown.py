"""A click names its bucket, in whatever form Streamlit hands it over; anything else is no click."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.drilldown import Bucket, Pick, is_over_time, picked
from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.view import View

START, END = "2026-11-24T14:00:00+00:00", "2026-11-24T15:00:00+00:00"
BUCKET = Bucket(datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC))


def bucket_in(selection: object) -> Bucket | None:
    pick = picked(selection)
    return pick.bucket if pick is not None else None


@pytest.mark.parametrize(
    "customdata",
    [[START, END], (START, END), {"0": START, "1": END}, {1: END, 0: START}, [START, END, "more"]],
)
def test_a_point_of_a_bar_or_of_a_line_names_its_bucket(customdata: object) -> None:
    points = [{"curve_number": 3, "customdata": customdata}]
    assert bucket_in({"selection": {"points": points, "point_indices": [7], "box": [], "lasso": []}}) == BUCKET
    assert bucket_in({"points": points}) == BUCKET


def test_bounds_in_another_zone_are_given_in_utc() -> None:
    bucket = bucket_in({"points": [{"customdata": ["2026-11-24T15:00+01:00", "2026-11-24T16:00+01:00"]}]})
    assert bucket == BUCKET
    assert bucket is not None
    assert bucket.start.tzinfo is UTC


def test_the_first_point_that_names_a_bucket_is_taken() -> None:
    assert bucket_in({"points": [{"x": 1}, None, {"customdata": [START, END]}]}) == BUCKET


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
    assert bucket_in(selection) is None


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["selection", "points", "customdata"]), inner),
    max_leaves=8,
)


@settings(deadline=None)  # a slow machine is not a fault
@given(json_like)
def test_junk_is_never_an_error(selection: object) -> None:
    assert bucket_in(selection) is None
    assert picked(selection) is None


def test_a_bucket_runs_forward_between_instants() -> None:
    with pytest.raises(ValueError, match="before its end"):
        Bucket(BUCKET.end, BUCKET.start)
    with pytest.raises(ValueError, match="with a zone"):
        Bucket(datetime(2026, 11, 24), BUCKET.end)  # noqa: DTZ001  the fault
    assert Bucket(BUCKET.start.astimezone(timezone(timedelta(hours=1))), BUCKET.end) == BUCKET


def pick(*marks: object) -> Pick | None:
    return picked({"selection": {"points": [{"customdata": mark} for mark in marks]}})


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ([START, END], Pick(BUCKET)),
        (["dimension", "run_type", "api"], Pick(value=("run_type", "api"))),
        ({"0": "dimension", "1": "user", "2": "(no user)"}, Pick(value=("user", "(no user)"))),
        (["dimension", "error_group", "0123456789ab"], Pick(value=("error_group", "0123456789ab"))),
        (["cell", START, END, 1, 2.5], Pick(BUCKET, latency=(1.0, 2.5))),
        (["latency", None, 0.5], Pick(latency=(None, 0.5))),
        (["latency", 30, 1e300], Pick(latency=(30.0, None))),
        (["tokens", 0, 1], Pick(tokens=(0.0, 1.0))),
        (["tokens_cell", 10, 100, 1, None], Pick(tokens=(10.0, 100.0), latency=(1.0, None))),
    ],
)
def test_each_kind_of_mark_says_what_it_stands_for(mark: object, expected: Pick) -> None:
    assert pick(mark) == expected
    assert is_over_time(mark) == (expected == Pick(BUCKET))


@pytest.mark.parametrize(
    "mark",
    [
        [],
        ["dimension", "colour", "red"],
        ["dimension", "org", "another"],
        ["dimension", "run_type", None],
        ["dimension", "run_type", " "],
        ["dimension", "run_type"],
        ["dimension", "user", "x" * 501],
        ["dimension", "outcome", "broken"],
        ["dimension", "error_group", "ABC"],
        ["cell", START, END, 2, 1],
        ["latency", 2, 2],
        ["latency", "1", "2"],
        ["latency", float("nan"), 2],
        ["latency", True, 2],
        ["tokens", 1],
        ["calendar", 0, 12],
    ],
)
def test_what_no_filter_could_take_is_no_click(mark: object) -> None:
    assert pick(mark) is None
    assert not is_over_time(mark)


def test_several_buckets_are_the_time_from_the_first_to_the_last() -> None:
    later = Bucket(BUCKET.end, BUCKET.end + timedelta(hours=1))
    marks = [[bucket.start.isoformat(), bucket.end.isoformat()] for bucket in (later, BUCKET)]
    assert pick(*marks, None, ["dimension", "run_type", "api"]) == Pick(Bucket(BUCKET.start, later.end))


def test_several_cells_are_the_region_around_them_and_several_values_the_first() -> None:
    assert pick(["latency", 1, 2], ["latency", 4, None], ["latency", 2, 4]) == Pick(latency=(1.0, None))
    assert pick(["cell", START, END, 4, 8], ["cell", START, END, 1, 2]) == Pick(BUCKET, latency=(1.0, 8.0))
    assert pick(["dimension", "state", "A"], ["dimension", "state", "B"]) == Pick(value=("state", "A"))


NARROWED = View(latency_from=2.0, latency_to=8.0, run_type=("api",), without=(("user", "a"),))


@pytest.mark.parametrize(
    ("mark", "view", "expected"),
    [
        (["dimension", "run_type", "form"], NARROWED, {"run_type": ("api", "form")}),
        (["dimension", "run_type", "api"], NARROWED, {"run_type": ()}),
        (["dimension", "user", "a"], NARROWED, {"user": ("a",), "without": ()}),
        (["dimension", "error_group", "0123456789ab"], View(), {"error_group": "0123456789ab"}),
        (["dimension", "error_group", "0123456789ab"], View(error_group="0123456789ab"), {"error_group": None}),
        (["latency", 1, 4], NARROWED, {"latency_from": 2.0, "latency_to": 4.0}),
        (["latency", None, 1], NARROWED, {"latency_from": None, "latency_to": 1.0}),
        (["tokens", 1.5, 9.2], View(), {"tokens_from": 2, "tokens_to": 10}),
        (["tokens_cell", 10, None, 1, 2], View(tokens_to=50), {"tokens_from": 10, "tokens_to": 50, "latency_to": 2.0}),
        ([START, END], View(range="30d"), {"start": BUCKET.start, "end": BUCKET.end}),
    ],
)
def test_a_click_narrows_the_view_and_never_widens_it(mark: object, view: View, expected: dict[str, object]) -> None:
    found = pick(mark)
    assert found is not None
    applied = found.applied(view)
    assert {name: getattr(applied, name) for name in expected} == expected


def test_a_bucket_that_the_range_cuts_is_narrowed_to_what_is_in_the_range() -> None:
    half = BUCKET.start + timedelta(minutes=30)
    view = View(start=half, end=BUCKET.end + timedelta(hours=9))
    assert Pick(BUCKET).applied(view).interval(half) == (half, BUCKET.end)


edges = st.none() | st.floats(0, 1e12, allow_nan=False) | st.integers(0, 10**16)


@settings(deadline=None)  # a slow machine is not a fault
@given(edges, edges, edges, edges)
def test_every_click_gives_a_view_that_its_link_opens(low: float, high: float, low_s: float, high_s: float) -> None:
    found = pick(["tokens_cell", low, high, low_s, high_s])
    if found is not None:
        view = found.applied(View())
        assert view_from_query(view.to_query(), now=BUCKET.end) == (view, ())
