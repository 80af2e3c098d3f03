"""A search is what somebody typed: words, phrases, and what must not occur."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.runs.search import Search, search_of


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (None, Search()),
        ("  ", Search()),
        ("rate limit", Search(("rate", "limit"))),
        ("rate rate", Search(("rate",))),
        ('"rate limit" 429', Search(("rate limit", "429"))),
        ("“rate limit”", Search(("rate limit",))),
        ("-timeout", Search((), ("timeout",))),
        ('error -"rate limit"', Search(("error",), ("rate limit",))),
        ("--verbose -", Search(("--verbose", "-"))),
        ("well-known", Search(("well-known",))),
        ('5" screen', Search(('5"', "screen"))),
        ('"rate limit', Search(('"rate', "limit"))),
        ('""', Search()),
        ('say "hi"!', Search(("say", '"hi"!'))),
    ],
)
def test_what_is_typed_is_read_as_people_mean_it(typed: str | None, expected: Search) -> None:
    assert search_of(typed) == expected


@given(st.text())
def test_no_text_is_an_error_and_every_plain_word_is_looked_for(typed: str) -> None:
    search = search_of(typed)
    assert all(term.strip() for term in [*search.wanted, *search.unwanted])
    if not set(typed) & set('-"“”„'):
        assert search == Search(tuple(dict.fromkeys(typed.split())))
