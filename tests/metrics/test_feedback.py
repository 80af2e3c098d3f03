"""The balance of feedback, against a count in plain Python."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.feedback import feedback_balance
from analytics_dash.runs.feedback import NEGATIVE_WORDS, POSITIVE_WORDS, Verdict, verdict
from tests.metrics.table import relation

SAID = st.one_of(st.none(), st.sampled_from(["", "  ", *POSITIVE_WORDS[:4], *NEGATIVE_WORDS[:4]]), st.text(max_size=6))


@settings(max_examples=25, deadline=None)
@given(said=st.lists(SAID.filter(lambda text: text is None or "\0" not in text), max_size=30))
def test_every_run_counts_once_by_what_was_said_of_it(said: list[str | None]) -> None:
    found = feedback_balance(relation([{"feedback": text} for text in said]))
    counted = Counter(verdict(text) for text in said)
    assert found.positive == counted[Verdict.POSITIVE]
    assert found.negative == counted[Verdict.NEGATIVE]
    assert found.own_words == counted[Verdict.OWN_WORDS]


def test_the_share_is_of_those_who_said_yes_or_no_and_lies_in_its_interval() -> None:
    found = feedback_balance(relation([{"feedback": text} for text in ("good", "good", "bad", "so so", None)]))
    low, high = found.interval or (0.0, 0.0)
    assert found.share == pytest.approx(2 / 3)
    assert 0 < low < 2 / 3 < high < 1


@pytest.mark.parametrize("said", [[], [None], ["so so"]])
def test_without_a_yes_or_no_there_is_no_share(said: list[str | None]) -> None:
    found = feedback_balance(relation([{"feedback": text} for text in said]))
    assert (found.rated, found.share, found.interval) == (0, None, None)
