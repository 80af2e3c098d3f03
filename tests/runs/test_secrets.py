"""What looks like a secret is removed from what leaves the dashboard, and what does not look so stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.secrets import REMOVED, without_secrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('{"password": "a \\"b c", "x": 1}', "b c"),
        ('{\\"apiKey\\": \\"zzz yyy\\"}', "zzz yyy"),
        ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
        ("curl -H 'Authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
        ("https://example.com/x?user=1&token=abcdef&page=2", "abcdef"),
        ("postgres://admin:hunter2@db.example.com/x", "hunter2"),
        ("the password is hunter22, thanks", "hunter22"),
        ("Passwort: geheim", "geheim"),
        ("OPENAI_API_KEY=short", "short"),
        ("use sk-proj-abcdefghijklmnop please", "abcdefghijklmnop"),
        ("ghp_0123456789abcdefghij", "0123456789"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        (f"cookie {JWT} sent", "c2lnbmF0dXJl"),
        ("Cookie: session=abc; theme=dark", "theme=dark"),
        ("pay with 4111 1111 1111 1111 now", "1111"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc", "MIIE"),
        ("key 5f4dcc3b5aa765d61d8327deb882cf99 end", "5f4dcc3b"),
    ],
)
def test_a_secret_is_removed(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in without_secrets(text)
    assert REMOVED in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "the token is expired",
        '{"total_tokens": 12, "tokens": 3}',
        "Call +49 30 1234567 about claim CL-2026-0042",
        "run f81d4fae-7dec-11d0-a765-00a0c91e6bf6 failed at 2026-11-24T12:00:00Z",
        "1234 5678 9012 3456 is no card: its last digit does not fit",
        "a-path/with/many/parts/and-words-that-is-longer-than-forty/letters",
    ],
)
def test_what_only_looks_a_little_like_one_stays(text: str) -> None:
    assert without_secrets(text) == text


def test_an_id_that_is_merely_long_stays_where_nothing_is_guessed() -> None:
    assert without_secrets("a" * 40, guess=False) == "a" * 40
    assert JWT not in without_secrets(f"user {JWT}", guess=False)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80), st.text("abcdefgh0123456789", min_size=8, max_size=20), st.text(max_size=80))
def test_a_named_secret_is_removed_wherever_it_stands(before: str, secret: str, after: str) -> None:
    text = f'{before}\n{{"api_key": "{secret}"}}\n{after}'
    if secret not in before + after:
        assert secret not in without_secrets(text)
