"""The lookup: whatever is pasted is found among all that is stored, and the view that opens shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.record import Run
from analytics_dash.runs.view import View
from analytics_dash.store.lookup import Hit, Kind, cleaned, look_up
from analytics_dash.store.lookup_view import opening_on
from tests.store.listed import END, START, data, run

HOSTILE = "x'); DROP TABLE runs; --"
RUNS = [
    run(1, run_id="R-1", user_id="ada@example.com", conversation_id="talk-1", ran_by_display_name="Ada L"),
    run(2, run_id="R-2", user_id="ada@example.com", parent_project_id="p-1", parent_project_name="Intake"),
    run(3, run_id="R-3", user_id="u-9", ran_by_display_name="Desk", ran_by_id="id-9", parent_run_id="R-2"),
    run(4, run_id="R-4", ran_by_display_name="Robot", ran_by_id="id-4", run_type="workflow_builder"),
    run(5, run_id="R-5", user_id=HOSTILE, conversation_id="100%_"),
    run(6, run_id="R-6", user_id="U-9", parent_project_id="p-1", parent_project_name="Intake", parent_run_id="up-1"),
]


def told(hits: list[Hit]) -> list[tuple[str, str, int]]:
    return [(str(hit.kind), hit.value, hit.runs) for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R-1", [("run", "R-1", 1)]),
        (" `R-1`,\n", [("run", "R-1", 1)]),
        ("“r-1”", [("run", "R-1", 1)]),
        ("ada@example.com", [("user", "ada@example.com", 2)]),
        ("ADA@example.com", [("user", "ada@example.com", 2)]),
        ("example", [("user", "ada@example.com", 2)]),
        ("ada l", [("user", "ada@example.com", 1)]),
        ("u-9", [("user", "u-9", 1)]),
        ("id-9", [("user", "u-9", 1)]),
        ("id-4", [("starter", "Robot", 1)]),
        ("robot", [("starter", "Robot", 1)]),
        ("talk-1", [("conversation", "talk-1", 1)]),
        ("p-1", [("parent", "p-1", 2)]),
        ("intake", [("parent", "p-1", 2)]),
        ("up-1", [("parent", "p-1", 1)]),
        (HOSTILE, [("user", HOSTILE, 1)]),
        ("100%_", [("conversation", "100%_", 1)]),
        ("%_", []),
        ("no such thing", []),
        ("a", []),
        ("a\0b", []),
        (" '' ", []),
        ("R-", []),
        ("exam", [("user", "ada@example.com", 2)]),
    ],
)
def test_what_is_pasted_is_found(text: str, expected: list[tuple[str, str, int]]) -> None:
    with data(RUNS) as dataset:
        assert told(look_up(dataset, text)) == expected


def test_a_run_that_others_call_their_parent_is_found_as_itself_first() -> None:
    runs = [*RUNS, run(7, run_id="R-7", parent_run_id="R-1", parent_project_id="p-2")]
    with data(runs) as dataset:
        assert told(look_up(dataset, "R-1")) == [("run", "R-1", 1), ("parent", "p-2", 1)]


def test_everything_stored_is_searched_and_not_only_the_range_of_the_view() -> None:
    with data(RUNS, start=START + timedelta(hours=5), end=START + timedelta(hours=6)) as dataset:
        hit = look_up(dataset, "R-1")[0]
        opens = opening_on(dataset, View(start=dataset.scope.start, end=dataset.scope.end), hit)
    assert (opens.run, opens.start, opens.end) == ("R-1", START + timedelta(minutes=1), START + timedelta(hours=6))


@pytest.mark.parametrize(
    ("text", "view", "expected"),
    [
        ("R-1", View(), View(run="R-1")),
        ("R-1", View(user=("ada@example.com",), q="x"), View(run="R-1")),
        (
            "R-1",
            View(user=("ada@example.com",), sort="latency"),
            View(user=("ada@example.com",), sort="latency", run="R-1"),
        ),
        ("R-4", View(tz="UTC"), View(tz="UTC", run="R-4", tests=True)),
        ("ada@example.com", View(user=("u-9",), run="R-2"), View(user=("ada@example.com",))),
        ("ada@example.com", View(parent=("p-1",)), View(user=("ada@example.com",), parent=("p-1",))),
        ("talk-1", View(parent=("p-1",)), View(conversation=("talk-1",))),
        ("intake", View(without=(("user", "u-9"),)), View(without=(("user", "u-9"),), parent=("p-1",))),
        ("robot", View(), View(ran_by=("Robot",), tests=True)),
    ],
)
def test_only_what_would_hide_a_hit_is_dropped(text: str, view: View, expected: View) -> None:
    with data(RUNS) as dataset:
        assert opening_on(dataset, view, look_up(dataset, text)[0]) == expected


values = st.none() | st.sampled_from(["", "ada", "Ada", "adam", "bo", HOSTILE])


@settings(max_examples=10, deadline=None)  # each makes an engine
@given(st.lists(st.tuples(values, values), max_size=8), st.sampled_from(["ada", "ADA", "dam", "bo", HOSTILE, "zoe"]))
def test_users_are_found_as_python_finds_them(held: list[tuple[str | None, str | None]], text: str) -> None:
    runs = [run(n, user_id=user, ran_by_display_name=name or "someone") for n, (user, name) in enumerate(held)]
    with data(runs) as dataset:
        hits = look_up(dataset, text)
    found, starters = ({hit.value for hit in hits if hit.kind is kind} for kind in (Kind.USER, Kind.STARTER))
    assert (found, starters) == _found(runs, text)


def _found(runs: list[Run], text: str) -> tuple[set[str], set[str]]:
    lowered = text.casefold()
    tests: list[Any] = [
        lambda value: value == text,
        lambda value: value.casefold() == lowered,
        lambda value: len(text) > 2 and lowered in value.casefold(),
    ]
    for fits in tests:
        users = {r.user_id for r in runs if r.user_id and (fits(r.user_id) or fits(r.ran_by_display_name))}
        others = {r.ran_by_display_name for r in runs if not r.user_id and fits(r.ran_by_display_name)}
        if users or others:
            return {str(user) for user in users}, {str(other) for other in others}
    return set(), set()


def test_nothing_but_wrapping_is_nothing() -> None:
    assert [cleaned(text) for text in ("", " “” ", "`a b`", "'x',")] == ["", "", "a b", "x"]


def test_a_preset_grows_to_the_next_that_holds_the_hit() -> None:
    old = [run(n, run_id=f"O-{n}", date=END - timedelta(days=n)) for n in (0, 3, 20, 200)]
    with data(old, start=END - timedelta(days=1), low=END - timedelta(days=400), live=True) as dataset:
        lengths = {n: opening_on(dataset, View(range="24h"), look_up(dataset, f"O-{n}")[0]) for n in (3, 20, 200)}
    assert (lengths[3], lengths[20]) == (View(range="7d", run="O-3"), View(range="30d", run="O-20"))
    assert lengths[200].start == END - timedelta(days=200)
