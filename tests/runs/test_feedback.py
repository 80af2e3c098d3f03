"""Feedback is free text: thumbs and their words have a side, everything else is told apart."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.feedback import AROUND, NEGATIVE_WORDS, POSITIVE_WORDS, VERDICT_SQL, WHITESPACE, verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        (" \t\n", None),
        ("positive", "positive"),
        ("  Thumbs Up! ", "positive"),
        ('"positive"', "positive"),
        (":+1:", "positive"),
        ("👍🏽", "positive"),
        ("❤\ufe0f", "positive"),
        ("NEGATIVE", "negative"),
        ("-1", "negative"),
        ("👎", "negative"),
        ("1", "own words"),
        ("0", "own words"),
        ("!!!", "own words"),
        ("not good", "own words"),
        ("Good answer, but far too long.", "own words"),
        ("'; drop table runs; --", "own words"),
    ],
)
def test_a_feedback_has_one_verdict(text: str | None, expected: str | None) -> None:
    assert verdict(text) == expected


def test_no_word_is_on_both_sides() -> None:
    assert not set(POSITIVE_WORDS) & set(NEGATIVE_WORDS)


@pytest.mark.parametrize("word", [*POSITIVE_WORDS, *NEGATIVE_WORDS])
def test_every_word_is_recognized_however_it_is_wrapped(word: str) -> None:
    side = "positive" if word in POSITIVE_WORDS else "negative"
    assert verdict(f' "{word.upper()}!" ') == side


pieces = st.sampled_from([*POSITIVE_WORDS, *NEGATIVE_WORDS, *WHITESPACE, *AROUND, "\ufe0f", "\U0001f3fd", "İ", "K"])
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.lists(pieces, max_size=4).map("".join)


@settings(max_examples=30, deadline=None)  # a slow machine is not a fault
@given(given_texts=st.lists(texts, min_size=1, max_size=60))
def test_the_engine_decides_as_python_does(given_texts: list[str | None]) -> None:
    with duckdb.connect() as connection:
        given_rows = connection.sql("SELECT unnest(?::VARCHAR[]) AS feedback", params=[given_texts])
        assert [row[0] for row in given_rows.project(VERDICT_SQL).fetchall()] == list(map(verdict, given_texts))
