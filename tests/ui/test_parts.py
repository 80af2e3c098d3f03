"""The parts of a page: all are drawn until a browser tells which are near its window, then those, then the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from analytics_dash.ui import parts

HEIGHTS = {"one": 300, "two": 400, "three": 500}


def script() -> None:
    from functools import partial
    from unittest.mock import patch

    import streamlit as st

    from analytics_dash.ui import moments, parts

    with patch.object(moments, "leave_if_narrowed"):  # it needs a sign-in
        parts.draw("page", [parts.Part(name, partial(st.markdown, name)) for name in ("one", "two", "three")])


def drawn(seen: dict[str, Any] | None = None) -> tuple[list[str], int]:
    """The parts that are drawn, and how many places are held open."""
    app = AppTest.from_function(script)
    if seen is not None:
        app.session_state[parts.SEEN] = {"page": parts.seen_of(seen)}
    app.run()
    assert not app.exception
    held = [element for element in app.get("html") if "part-held" in element.proto.body]
    return [str(text.value) for text in app.markdown], len(held)


def test_a_browser_that_has_told_nothing_gets_everything() -> None:
    assert drawn() == (["one", "two", "three"], 0)


def test_what_is_not_near_the_window_comes_later_and_its_place_is_kept() -> None:
    assert drawn({"near": ["two"], "heights": HEIGHTS}) == (["two"], 2)


def test_a_part_whose_height_is_not_known_is_drawn_since_its_place_cannot_be_kept() -> None:
    assert drawn({"near": ["two"], "heights": {"one": 300}}) == (["two", "three"], 1)


def test_a_page_comes_whole_until_the_browser_has_told_what_it_shows_of_it() -> None:
    def script() -> None:
        import streamlit as st

        from analytics_dash.ui import parts

        st.text(str(parts.come_whole("page")))

    app = AppTest.from_function(script)
    assert app.run().text[0].value == "True"
    app.session_state[parts.SEEN] = {"page": parts.seen_of({"near": ["one"], "heights": HEIGHTS})}
    assert app.run().text[0].value == "False"


def test_parts_of_another_page_say_nothing_about_this_one() -> None:
    app = AppTest.from_function(script)
    app.session_state[parts.SEEN] = {"other": parts.seen_of({"near": ["two"], "heights": HEIGHTS})}
    assert [text.value for text in app.run().markdown] == ["one", "two", "three"]


@pytest.mark.parametrize("px", [0, -5, 10**9, "300", None, float("nan")])
def test_a_height_that_cannot_be_one_is_not_known(px: object) -> None:
    assert parts.seen_of({"near": ["a"], "heights": {"a": px}}) == (frozenset({"a"}), {})


def test_a_part_that_was_held_when_the_browser_told_of_the_others_keeps_its_height() -> None:
    before = parts.seen_of({"near": ["one"], "heights": HEIGHTS})
    near, heights = parts.seen_of({"near": ["two"], "heights": {"one": 90}}, before)
    assert near == {"two"}
    assert heights == HEIGHTS | {"one": 90}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["near", "heights", "page"]), JSON))
def test_whatever_a_browser_tells_is_no_crash(told: dict[str, Any]) -> None:
    _, heights = parts.seen_of(told)
    assert all(parts.LOWEST_PX <= px <= parts.HIGHEST_PX for px in heights.values())
