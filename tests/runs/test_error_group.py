"""Error groups: what varies gives way to placeholders, what tells errors apart stays, and SQL agrees with Python."""

from __future__ import annotations

import hashlib

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.error_group import (
    HEAD,
    NO_ERROR_TEXT,
    RULE_VERSION,
    TEMPLATE_LENGTH,
    error_group_id,
    error_template,
    id_sql,
    is_error_group_id,
    template_sql,
)

PIECES = [
    "'", '"', "`", "\\", "\n", " ", "\t", "\r\n", "\v", "\f", "\x00", "\x01", "-", "_", ".", ",", ":", "/", "(", "$",
    "Error code: ", "429", "503 Not Found", "deadbeefcafe", "12.5s", "1,000", "é", "ſtatus 500", "K", "İ", "😀", "…",
    "\u00a0", "\u2028", "“x”", "„y“", "<n>", "<n>, <id>", "/var/lib/x", "C:\\a\\b", "http://a.b/c?d=1", "a@b.co",
    "550e8400-e29b-41d4-a716-446655440000", "2026-11-24T10:00:00Z", "'rate_limit'", "gpt-4o", "user1234", "[a-z]+",
    "Traceback (most recent call last):\n  File x\n    y\nValueError: z", "\n  at foo (x:1)", "abcdefghijklmnopqrst",
]  # fmt: skip
TRACE = 'Traceback (most recent call last):\n  File "/app/{}.py", line {}, in run\n    x()\nKeyError: {}'
CONNECTION = duckdb.connect(":memory:")


def in_sql(text: str | None) -> tuple[str, str]:
    sql = f"SELECT t, {id_sql('t')} FROM (SELECT {template_sql('e')} AS t FROM (SELECT ?::VARCHAR AS e))"  # noqa: S608  ours
    template, group = CONNECTION.cursor().execute(sql, [text]).fetchall()[0]
    return template, group


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Node 'llm-1' timed out after 60 s (req_0a1b2c3d4e5f)", "Node 'x y' timed out after 7.5 s (req_ffffffffffff)"),
        ("User ann@example.com: no kb_VFEJFsAjGjIJmpqM", "User bob.b@example.org: no kb_0FEJFsAjGjIJmpq1"),
        ("GET https://a.example/x?y=1 refused", "GET http://b.example:80/ refused"),
        ("cannot read /tmp/a/b.pdf", "cannot read /var/x.pdf/y/z"),
        ("row 5 of 2026-11-24T10:00:00Z", "row 1,000 of 2025-01-01 00:00:00.5+01:00"),
        ("Run 550e8400-e29b-41d4-a716-446655440000 failed", "Run 650e8400-e29b-41d4-a716-44665544ffff failed"),
        (TRACE.format("a", 5, 9), TRACE.format("b", 99, 8)),
        ('bad value "one \\"quoted\\" word"', 'bad value "two"'),
        ("ids [1, 2, 3] unknown", "ids [4, 5] unknown"),
        ("two\nlines  7", "two lines 8"),
        ("Anhang „a-1.heic“ fehlt", "Anhang „b“ fehlt"),
    ],
)  # fmt: skip
def test_what_varies_from_run_to_run_does_not_make_a_group(one: str, other: str) -> None:
    assert error_template(one) == error_template(other)
    assert error_group_id(one) == error_group_id(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Error code: 429 - {'error': {}}", "Error code: 500 - {'error': {}}"),
        ("Client error '404 Not Found' for url 'http://a'", "Client error '401 Unauthorized' for url 'http://a'"),
        ("{'code': 'rate_limit_exceeded'}", "{'code': 'insufficient_quota'}"),
        ("status 502", "status 503"),
        ("can't find it", "can't read it"),
        (TRACE.format("a", 5, "name"), TRACE.format("a", 5, "other").replace("KeyError", "TypeError")),
    ],
)
def test_what_tells_errors_apart_stays(one: str, other: str) -> None:
    assert error_group_id(one) != error_group_id(other)


@pytest.mark.parametrize("text", [None, "", "  \n\t "])
def test_an_absent_or_blank_error_has_a_group_of_its_own(text: str | None) -> None:
    assert error_template(text) == NO_ERROR_TEXT
    assert in_sql(text) == (NO_ERROR_TEXT, error_group_id(None))


def test_a_group_keeps_its_id_for_ever() -> None:
    assert error_template("Error code: 429 - wait 5 s") == "Error code: 429 - wait <n> s"
    assert error_group_id("Error code: 429 - wait 5 s") == "43503c0a9c15"


def test_a_rule_that_says_something_else_has_another_version() -> None:
    said = hashlib.sha256(id_sql(template_sql("error")).encode()).hexdigest()
    assert (RULE_VERSION, said[:16]) == (1, "02a3c0996416e6ef"), (
        "raise RULE_VERSION and append a migration, as its words say"
    )


def test_a_text_of_a_megabyte_is_cut_and_its_end_does_not_matter() -> None:
    for text in ("x y " * 250_000, "'" * 1_000_000, '"\\' * 500_000, "/a" * 500_000, "a.b-" * 250_000):
        assert len(error_template(text)) <= TEMPLATE_LENGTH
        assert in_sql(text) == (error_template(text), error_group_id(text))
    assert error_group_id("a " * HEAD + "one") == error_group_id("a " * HEAD + "two")


@settings(max_examples=30, deadline=None)  # a slow machine is not a fault
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=20).map("".join))
def test_sql_and_python_agree_on_any_text(text: str) -> None:
    assert in_sql(text) == (error_template(text), error_group_id(text))


@pytest.mark.parametrize("text", ["", "d26d1a8a7a5", "D26D1A8A7A5C", "d26d1a8a7a5c'", "d26d1a8a7a5c\n"])
def test_what_is_not_an_id_is_recognized(text: str) -> None:
    assert not is_error_group_id(text)
    assert is_error_group_id(error_group_id(text))
