"""The summary for a ticket: what it says of a run, and what never leaves with it."""

from __future__ import annotations

from datetime import UTC, datetime

from analytics_dash.runs.one_run import OneRun
from analytics_dash.runs.support_summary import TEXT_CHARS, support_summary

AT = datetime(2026, 11, 24, 14, 2, 7, tzinfo=UTC)


def summary(run: OneRun) -> str:
    link = "https://example.com/run?run=r-1"
    return support_summary(run, zone="Europe/Paris", link=link, tokens="1,234", latency="3.21 s", started="as api")


def test_it_says_what_happened_to_whom_and_when_in_both_zones() -> None:
    text = summary(OneRun("r-1", AT, "failed", state="FAILED", error="boom 12", user_id="u-1", inputs="hello"))
    for words in (
        "Run `r-1`: failed",
        "https://example.com/run?run=r-1",
        "2026-11-24 15:02:07 Europe/Paris (2026-11-24 14:02:07 UTC)",
        "Tokens: 1,234",
        "User: `u-1`",
        "boom 12",
        "hello",
        "**Outputs**: (none)",
    ):
        assert words in text


def test_secrets_of_every_text_are_removed_even_where_the_text_is_cut() -> None:
    secret = "hunter22hunter22"
    long = "x" * (TEXT_CHARS - 20) + f' "password": "{secret}" and more' * 3
    text = summary(OneRun("r-1", AT, "failed", error=f"api_key={secret}", inputs=long, outputs=f"Bearer {secret}"))
    assert "hunter" not in text


def test_a_text_cannot_end_the_block_that_it_stands_in() -> None:
    text = summary(OneRun("r-1", AT, "succeeded", inputs="```\n# not a heading\n````", user_id="a`b\n# c"))
    assert "\n`````\n```\n# not a heading\n````\n`````" in text
    assert "User: `a'b # c`" in text


def test_a_long_text_is_cut_and_says_so() -> None:
    text = summary(OneRun("r-1", AT, "succeeded", inputs="word " * 1000))
    assert f"the first {TEXT_CHARS} characters" in text
    assert len(text) < 2 * TEXT_CHARS
