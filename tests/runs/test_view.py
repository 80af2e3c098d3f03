"""The view: what a URL holds, read and written without loss, and everything wrong with it told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.choice import CHOICES
from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.order import EVERY_SORT
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.parameter import instant
from analytics_dash.runs.view import (
    COLUMNS,
    COMPARISONS,
    GRANULARITIES,
    MULTIPLE,
    ONLY,
    PARAMETERS,
    PERCENTILES,
    PRESETS,
    STATES,
    View,
)

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)

texts = st.text(min_size=1, max_size=40).filter(lambda t: t.strip() and "\0" not in t and t.upper() not in STATES)
many = st.lists(texts, max_size=4, unique=True).map(tuple)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive


seconds = st.floats(0, 1e9, allow_nan=False)
tokens = st.integers(0, 10**15)
choices = st.fixed_dictionaries({}, optional={n: st.sampled_from(v[1:]) for n, v in CHOICES.items()}).map(
    lambda held: tuple(held.items())
)
left_out = st.lists(st.tuples(st.sampled_from(MULTIPLE), texts), max_size=3, unique=True).map(tuple)


@st.composite
def between(draw: st.DrawFn, numbers: st.SearchStrategy[float]) -> tuple[float | None, float | None]:
    """Both bounds, one, or none."""
    low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    return low if draw(st.booleans()) else None, high if draw(st.booleans()) else None


@st.composite
def views(draw: st.DrawFn) -> View:
    start, end = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    custom = draw(st.booleans())
    fastest, slowest = draw(between(seconds))
    fewest, most = draw(between(tokens))
    free: dict[str, Any] = {name: draw(many) for name in MULTIPLE if name not in {"state", "outcome"}}
    return View(
        org=draw(st.none() | texts),
        flow=draw(st.none() | texts),
        range="7d" if custom else draw(st.sampled_from([*PRESETS, "25m", "36h", "3d", "2w"])),
        start=start if custom else None,
        end=end if custom else None,
        tz=draw(st.none() | st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata"])),
        state=tuple(draw(st.lists(st.sampled_from(STATES), unique=True))) + draw(many),
        outcome=tuple(draw(st.lists(st.sampled_from([str(o) for o in Outcome]), unique=True))),
        q=draw(st.none() | texts),
        granularity=draw(st.none() | st.sampled_from(GRANULARITIES)),
        compare=draw(st.none() | st.sampled_from(COMPARISONS)),
        without=draw(left_out),
        error_group=draw(st.none() | st.from_regex(r"[0-9a-f]{12}", fullmatch=True)),
        latency_from=fastest,
        latency_to=slowest,
        tokens_from=None if fewest is None else int(fewest),
        tokens_to=None if most is None else int(most),
        threshold=draw(st.none() | seconds),
        percentiles=tuple(draw(st.lists(st.sampled_from(PERCENTILES), unique=True))),
        contradicts=draw(st.booleans()),
        tests=draw(st.booleans()),
        latency_without_failed=draw(st.booleans()),
        run=draw(st.none() | texts),
        against=draw(st.none() | texts),
        sort=draw(st.none() | st.sampled_from(EVERY_SORT)),
        find=draw(st.none() | texts),
        only=draw(st.none() | st.sampled_from(ONLY)),
        page=draw(st.none() | st.integers(2, 10**9 - 1)),
        columns=tuple(draw(st.lists(st.sampled_from(COLUMNS), unique=True))),
        choices=draw(choices),
        **free,
    )


@settings(max_examples=30, deadline=None)  # a slow machine is not a fault
@given(views())
def test_a_view_written_to_a_url_is_read_back_the_same_and_without_complaint(view: View) -> None:
    assert view_from_query(view.to_query(), now=NOW) == (view, ())


@settings(max_examples=30, deadline=None)  # the same
@given(
    st.dictionaries(
        st.text(max_size=12) | st.sampled_from(PARAMETERS), st.lists(st.text() | st.sampled_from(["1", "-0", "nan"]))
    )
)
def test_no_url_is_a_crash(query: dict[str, list[str]]) -> None:
    view, problems = view_from_query(query, now=NOW)
    assert view.interval(NOW)[0] < view.interval(NOW)[1]
    assert all(problem.endswith(".") for problem in problems)


def test_the_empty_view_leaves_the_url_clean() -> None:
    assert View().to_query() == {}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"range": ["5y"]}, "24h, 7d, 30d, 90d"),
        ({"tz": ["Mars/Olympus"]}, "Europe/Paris"),
        ({"tz": ["../../etc/passwd"]}, "Europe/Paris"),
        ({"start": ["yesterday"]}, "2026-11-24T14:00:00Z"),
        ({"start": ["2026-11-02"], "end": ["2026-11-01"]}, "not before its end"),
        ({"end": ["2026-11-01"]}, "an end and no start"),
        ({"outcome": ["broken"]}, "failed, succeeded"),
        ({"colour": ["red"]}, "does not know: “colour”"),
        ({"org": ["a", "b"]}, "more than once"),
        ({"user": ["x" * 501]}, "too long"),
        ({"tests": ["yes"]}, "include"),
        ({"latency_without_failed": ["perhaps"]}, "yes"),
        ({"contradicts": ["no"]}, "yes"),
        ({"granularity": ["minute"]}, "hour, day, week"),
        ({"compare": ["none"]}, "off, previous, last_week"),
        ({"error_group": ["ABCDEF012345"]}, "12 hexadecimal digits"),
        ({"latency_from": ["nan"]}, "looks like 1.5"),
        ({"latency_to": ["-1"]}, "looks like 1.5"),
        ({"latency_from": ["2"], "latency_to": ["2"]}, "not below"),
        ({"tokens_from": ["1e3"]}, "looks like 1500"),
        ({"tokens_to": ["9" * 5000]}, "looks like 1500"),
        ({"threshold": ["slow"]}, "looks like 1.5"),
        ({"percentiles": ["p42"]}, "p50, p75, p90, p95, p99"),
        ({"sort": ["-colour"]}, "a sort is one of"),
        ({"find": ["x" * 501]}, "too long"),
        ({"only": ["all"]}, "failing, abandoned"),
        ({"page": ["0"]}, "a number from 1 on"),
        ({"page": ["-2"]}, "a number from 1 on"),
        ({"page": ["1.5"]}, "a number from 1 on"),
        ({"page": ["9" * 5000]}, "a number from 1 on"),
        ({"not": ["run_type"]}, "run_type:api"),
        ({"not": ["colour:red"]}, "run_type:api"),
        ({"show": ["errors_sort"]}, "errors_sort is one of runs, users"),
        ({"show": ["colour:red"]}, "looks like errors_sort:users"),
        ({"show": ["week:month"]}, "runs, failure_rate, p95"),
        ({"show": ["week:runs", "week:p95"]}, "chooses “week” more than once"),
    ],
)
def test_what_cannot_be_used_is_told_and_ignored(query: dict[str, list[str]], told: str) -> None:
    view, problems = view_from_query(query, now=NOW)
    assert told in " ".join(problems)
    assert view == View(org="a" if "org" in query else None)


def test_a_plus_that_the_url_turned_into_a_space_is_still_an_offset() -> None:
    assert instant("2026-11-01T10:00:00 01:00") == datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_an_instant_without_a_zone_is_utc() -> None:
    assert instant("2026-11-01T10:00:00") == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_a_start_alone_reaches_until_now() -> None:
    view, problems = view_from_query({"start": ["2026-11-01"]}, now=NOW)
    assert (view.start, view.end, problems) == (datetime(2026, 11, 1, tzinfo=UTC), NOW, ())


def test_known_states_are_read_in_any_case_and_unknown_ones_kept() -> None:
    assert view_from_query({"state": ["failed", "Sleeping"]}, now=NOW)[0].state == ("FAILED", "Sleeping")


def test_a_preset_ends_now() -> None:
    assert View(range="24h").interval(NOW) == (NOW - timedelta(hours=24), NOW)


def test_one_value_of_a_filter_can_be_taken_away() -> None:
    view = View(user=("a", "b"), q="text", without=(("user", "c"), ("state", "c")))
    assert view.less("user", "a").user == ("b",)
    assert view.less("q", "text").q is None
    assert view.less("without", ("user", "c")).without == (("state", "c"),)


def test_what_is_left_out_keeps_the_colons_of_its_value() -> None:
    view, problems = view_from_query({"not": ["user:urn:people:7"]}, now=NOW)
    assert (view.without, problems) == ((("user", "urn:people:7"),), ())


def test_a_value_that_is_left_out_is_no_longer_asked_for_and_left_out_once() -> None:
    once = View(outcome=("failed", "unknown")).left_out("outcome", "failed")
    assert once == View(outcome=("unknown",), without=(("outcome", "failed"),))
    assert once.left_out("outcome", "failed") == once
