"""JSON in a text: what counts as a document, and how it is read."""

from __future__ import annotations

import json

import pytest

from analytics_dash.runs.readable import as_lines, document_of, indented


@pytest.mark.parametrize(
    "text", ["", "hello", '"text"', "12", "{", "[1, NaN]", "[" * 100_000, "[" * 200 + "]" * 200, r'["\ud800"]']
)
def test_what_is_no_object_or_list_is_no_document(text: str) -> None:
    assert document_of(text) is None


def test_a_document_is_read_as_named_lines_with_texts_unescaped() -> None:
    document = document_of(' {"question": "one\\ntwo", "n": 1.50, "none": null, "list": ["a", {"b": true}], "e": {}}')
    assert as_lines(document).split("\n") == [
        "question:",
        "    one",
        "    two",
        "n: 1.5",
        "none: null",
        "list:",
        "    – a",
        "    –",
        "        b: true",
        "e: {}",
    ]
    assert json.loads(indented(document)) == document


def test_numbers_that_a_browser_would_round_are_kept_as_their_digits() -> None:
    assert document_of("[123456789012345678, -7, 1e400, 0.5]") == ["123456789012345678", -7, "1e400", 0.5]
