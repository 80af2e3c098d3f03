"""What the cards of tokens and cost say: every amount with what stands behind it, and nothing where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from analytics_dash.figures import spend_words
from analytics_dash.figures.theme import LIGHT
from analytics_dash.metrics.columns import COST, COST_HIGH, MEASURES, NOT_ATTRIBUTED, PART, TOKENS, UNPRICED
from analytics_dash.metrics.projection import Projection
from analytics_dash.metrics.spend import OTHER, OWN, Spend
from analytics_dash.metrics.tokens_distribution import TokenDistribution
from analytics_dash.runs.dimension import VALUE

SPREAD = TokenDistribution(
    bins=pd.DataFrame(), runs=120, unknown=20, zero=0, below_zero=0, mean=4_400.4, p50=3_000.0, p95=9_120.0,
    p99=9_900.0, few=False,
)  # fmt: skip
MONTH = Projection(
    month_start=datetime(2026, 11, 1, tzinfo=UTC), month_end=datetime(2026, 12, 1, tzinfo=UTC),
    as_of=datetime(2026, 11, 24, tzinfo=UTC), spent=100.0, rests_on=28, low=110.0, median=120.5, high=1_310.0,
    reason=None, days=pd.DataFrame(),
)  # fmt: skip


def whole(**sums: float) -> Spend:
    """A spend over two buckets, the first of which has everything."""
    rows: list[dict[str, Any]] = [{name: sums.get(name, 0) for name in MEASURES}, dict.fromkeys(MEASURES, 0)]
    return Spend(pd.DataFrame(rows), None, TOKENS, 0, 0)


def test_tokens_say_over_how_many_runs_they_are_counted() -> None:
    card = spend_words.tokens_card(whole(**{TOKENS: 12_345_678}), SPREAD)
    assert (card.value, card.note) == ("12.3 M", "over 100 runs, 20 not counted")
    assert spend_words.tokens_card(whole(), replace(SPREAD, runs=1, unknown=0)).note == "over 1 run"


def test_tokens_beyond_the_table_s_integers_are_added_up() -> None:
    rows = [{name: 2**62 if name == TOKENS else 0 for name in MEASURES}] * 4
    card = spend_words.tokens_card(Spend(pd.DataFrame(rows), None, TOKENS, 0, 0), SPREAD)
    assert card.value == f"{2**64 / 1e9:.1f} G"


def test_a_run_s_tokens_are_told_by_mean_and_quantiles_and_few_runs_are_called_few() -> None:
    assert spend_words.per_run_card(SPREAD).value == "4.40 k"
    assert spend_words.per_run_card(SPREAD).note == "on average; p50 3.00 k, p95 9.12 k"
    assert spend_words.per_run_card(replace(SPREAD, few=True)).note.endswith("few runs")
    assert spend_words.per_run_card(replace(SPREAD, mean=None, p50=None, p95=None)).value == "no data"


@pytest.mark.parametrize(
    ("sums", "has_prices", "value", "note"),
    [
        ({TOKENS: 100, COST: 5.0, COST_HIGH: 5.0}, True, "$5.00", "for 100.0 % of the tokens"),
        ({TOKENS: 100, UNPRICED: 25, COST: 5.0, COST_HIGH: 5.0}, True, "$5.00", "for 75.0 % of the tokens"),
        ({TOKENS: 100, COST: 5.0, COST_HIGH: 7.5}, True, "$5.00", "up to $7.50"),
        ({TOKENS: 100, UNPRICED: 60, NOT_ATTRIBUTED: 40}, True, "no data", "no token has a price"),
        ({TOKENS: 100}, False, "no data", "no price list"),
        ({}, True, "no data", "no token has a price"),
    ],
)
def test_a_cost_says_what_it_rests_on_and_is_never_a_made_up_zero(
    sums: dict[str, float], has_prices: bool, value: str, note: str
) -> None:
    card = spend_words.cost_card(whole(**sums), has_prices=has_prices)
    assert card.value == value
    assert card.note.startswith(note)


def test_what_no_model_accounts_for_has_its_share_and_may_be_less_than_nothing() -> None:
    assert spend_words.not_attributed_card(whole(**{TOKENS: 200, NOT_ATTRIBUTED: 3})).note == "1.5 % of the tokens"
    assert spend_words.not_attributed_card(whole()).note == "there are no tokens"
    assert spend_words.not_attributed_card(whole(**{TOKENS: 10, NOT_ATTRIBUTED: -3})).value == "-3"


def test_models_without_a_price_are_named_as_far_as_there_is_room() -> None:
    named = spend_words.unpriced_card(whole(**{UNPRICED: 7}), ["<b>one</b>", "two", "three", "four"])
    assert (named.value, named.note) == ("7", "<b>one</b>, two and 2 more")
    assert spend_words.unpriced_card(whole(), []).note == "every model has a price"


def test_the_month_s_end_is_a_range_or_the_reason_why_there_is_none() -> None:
    assert spend_words.month_card(MONTH, COST).value == "$120.50"
    assert spend_words.month_card(MONTH, COST).note == "$110.00 to $1,310, four times out of five"
    assert spend_words.month_card(MONTH, TOKENS).value == "120"
    assert spend_words.month_card(MONTH, TOKENS).note.startswith("110 to 1.31 k tokens")
    early = replace(MONTH, low=None, median=None, high=None, reason="too early")
    assert [spend_words.month_card(found, COST).note for found in (early, None)] == [
        "too early to say",
        "the month is not read",
    ]


@pytest.mark.parametrize(
    ("shown", "values", "words"),
    [(20, 143, "20 of 143 values by name"), (5, 5, "all 5 values by name"), (1, 1, "1 value by name"), (0, 0, "")],
)
def test_a_list_of_spenders_says_how_many_of_how_many_it_has(shown: int, values: int, words: str) -> None:
    assert spend_words.shown(Spend(pd.DataFrame(), None, TOKENS, shown, values)) == words


def test_only_values_shown_by_name_are_given_colours() -> None:
    frame = pd.DataFrame({PART: [OWN, OTHER, OWN, OWN], VALUE: ["ann", None, "bob", "ann"]})
    assert set(spend_words.value_colours(Spend(frame, None, TOKENS, 2, 9), LIGHT)) == {"ann", "bob"}
