"""How two texts differ: nothing of either is lost, and what is marked is what was changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.difference import LINES_WITHIN, WORDS_WITHIN, Line, Sign, difference

WORDS = st.lists(st.sampled_from(["a", "b", "the claim", "\n", " ", "\t", "<b>", "é", "\r\n", "12,5"]), max_size=40)
TEXTS = st.text(max_size=60) | WORDS.map("".join)


def side(lines: list[Line], sign: Sign) -> str:
    return "\n".join(line.text for line in lines if line.sign in (Sign.SAME, sign))


@settings(max_examples=30, deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_it(first: str, second: str) -> None:
    lines = difference(first, second)
    assert (side(lines, Sign.REMOVED), side(lines, Sign.ADDED)) == (first, second)


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_equal_texts_do_not_differ(text: str) -> None:
    assert {line.sign for line in difference(text, text)} == {Sign.SAME}


def test_within_a_line_only_the_changed_words_are_marked() -> None:
    removed, added = difference("the amount is 120 EUR today", "the amount is 999 EUR today")
    assert [part.text for part in removed.parts if part.changed] == ["120"]
    assert [part.text for part in added.parts if part.changed] == ["999"]


def test_lines_with_nothing_in_common_are_marked_whole() -> None:
    removed, added = difference("alpha beta gamma", "1;2;3;4;5;6;7")
    assert (removed.sign, added.sign) == (Sign.REMOVED, Sign.ADDED)
    assert not any(part.changed for line in (removed, added) for part in line.parts)


def test_texts_beyond_the_limits_are_kept_whole() -> None:
    first, second = "x\n" * (LINES_WITHIN + 1), "a " * (WORDS_WITHIN + 1)
    lines = difference(first, second)
    assert (side(lines, Sign.REMOVED), side(lines, Sign.ADDED)) == (first, second)
