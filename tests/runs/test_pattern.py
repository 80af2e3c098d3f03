"""Patterns: a part of a value between asterisks, and every text of a run's own reachable just as it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.drilldown import picked
from analytics_dash.runs.pattern import Pattern, exactly, only_value, pattern_of
from analytics_dash.runs.view import View
from analytics_dash.store.reader import _conditions
from tests.metrics.table import relation

ALPHABET = "aAbB*\\%_ .'\"[]^$?-éÉñÑüÜжЖ中😀"
TEXTS = st.text(ALPHABET, max_size=6)
FIELDS = {name: DIMENSIONS[name].column for name in ("user", "ran_by", "parent", "conversation")}


def users(*names: str | None) -> list[dict[str, Any]]:
    return [{"run_id": str(place), "user_id": name} for place, name in enumerate(names)]


def modelled(*lists: list[str | None]) -> list[dict[str, Any]]:
    return [{"run_id": str(n), "usage": [{"model_id": name} for name in names]} for n, names in enumerate(lists)]


def kept(runs: list[dict[str, Any]], view: View) -> set[int]:
    found = relation(runs)
    for condition in _conditions(view):
        found = found.filter(condition)
    return {int(row[0]) for row in found.project("run_id").fetchall()}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("acme", Pattern("acme")),
        ("*acme*", Pattern("acme", is_part=True)),
        ("***", Pattern("*", is_part=True)),
        (r"*\*", Pattern("\\", is_part=True)),
        ("**", Pattern("**")),
        ("*", Pattern("*")),
        ("*acme", Pattern("*acme")),
        ("acme*", Pattern("acme*")),
        (r"\*acme*", Pattern("*acme*")),
        (r"\\*acme*", Pattern(r"\*acme*")),
        (r"\acme", Pattern(r"\acme")),
        ("", Pattern("")),
    ],
)
def test_a_text_between_asterisks_is_a_part_and_a_backslash_takes_that_away(written: str, asked: Pattern) -> None:
    assert pattern_of(written) == asked


@given(value=st.text() | TEXTS)
def test_any_text_can_be_asked_for_just_as_it_is(value: str) -> None:
    assert pattern_of(exactly(value)) == Pattern(value)
    assert only_value([exactly(value)]) == value
    assert exactly(value) in {value, f"\\{value}"}


def test_a_value_of_its_own_is_one_that_is_whole_and_alone() -> None:
    assert only_value(["acme"]) == "acme"
    assert only_value([r"\*acme*"]) == "*acme*"
    assert [only_value(values) for values in ([], ["*acme*"], ["a", "b"], ["a", "*b*"])] == [None] * 4


@settings(max_examples=30, deadline=None)
@given(names=st.lists(TEXTS | st.none(), max_size=6), parts=st.lists(st.text(ALPHABET, min_size=1, max_size=3)))
def test_the_engine_finds_a_part_as_python_does_and_any_of_several(names: list[str | None], parts: list[str]) -> None:
    runs, asked = users(*names), tuple(f"*{part}*" for part in parts)
    found = {n for n, name in enumerate(names) if any(part.lower() in (name or "").lower() for part in parts)}
    everyone = set(range(len(names)))
    assert kept(runs, View(tests=True, user=asked)) == (found if parts else everyone)
    assert kept(runs, View(tests=True, without=tuple(("user", part) for part in asked))) == everyone - found


@settings(max_examples=25, deadline=None)
@given(
    lists=st.lists(st.lists(TEXTS | st.none(), max_size=3), max_size=5), part=st.text(ALPHABET, min_size=1, max_size=2)
)
def test_a_part_is_looked_for_in_each_of_a_run_s_models_alone(lists: list[list[str | None]], part: str) -> None:
    found = {n for n, names in enumerate(lists) if any(part.lower() in (name or "").lower() for name in names)}
    assert kept(modelled(*lists), View(tests=True, model=(f"*{part}*",))) == found
    left_out = View(tests=True, without=(("model", f"*{part}*"),))
    assert kept(modelled(*lists), left_out) == set(range(len(lists))) - found


@settings(max_examples=25, deadline=None)
@given(names=st.lists(TEXTS.filter(bool), min_size=1, max_size=6), more=TEXTS)
def test_a_value_that_is_clicked_is_found_exactly_whatever_its_characters(names: list[str], more: str) -> None:
    runs, clicked = users(*names, None, "", f"{names[0]}x", f"x{names[0]}", more), names[0]
    same = {n for n, run in enumerate(runs) if run["user_id"] == clicked}
    view = View(tests=True)
    assert kept(runs, view.toggled("user", clicked)) == same
    assert kept(runs, view.left_out("user", clicked)) == set(range(len(runs))) - same
    assert view.toggled("user", clicked).toggled("user", clicked) == view
    assert view.left_out("user", clicked).toggled("user", clicked).without == ()


@pytest.mark.parametrize("name", FIELDS)
def test_every_filter_of_values_takes_a_part_beside_whole_values_and_none(name: str) -> None:
    column, dimension = FIELDS[name], DIMENSIONS[name]
    runs = [{"run_id": str(n), column: value} for n, value in enumerate(["xAcMex", "b", "c", "*acme*", None, ""])]
    asked: dict[str, Any] = {name: ("*ACME*", "b", dimension.none_label)}
    assert kept(runs, View(tests=True, **asked)) == {0, 1, 3, 4, 5}
    assert kept(runs, View(tests=True, without=((name, "*acme*"),))) == {1, 2, 4, 5}
    literal: dict[str, Any] = {name: (r"\*acme*",)}
    assert kept(runs, View(tests=True, **literal)) == {3}


def test_a_mark_of_a_chart_that_stands_for_a_text_between_asterisks_asks_for_that_text() -> None:
    pick = picked({"points": [{"customdata": ["dimension", "user", "*acme*"]}]})
    assert pick is not None
    assert pick.applied(View()).user == (r"\*acme*",)
