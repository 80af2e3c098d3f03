"""Prices: the maintained list as it came, one's own before it, and what has no price told by name."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from genai_prices import Usage, calc_price

from analytics_dash.errors import SettingsError
from analytics_dash.metrics.prices import ModelPrice, eras, keys, price_rows
from analytics_dash.prices.catalogue import PROVIDER_IDS, catalogue_prices
from analytics_dash.prices.own import OwnPrice, own_prices
from analytics_dash.prices.price import Price, Source
from analytics_dash.prices.price_list import PRICE_COLUMNS, price_list, price_table, unpriced
from analytics_dash.settings import Settings, load_settings

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
PROVIDERS: Final = (
    "Anthropic", "Azure", "Bedrock", "Cerebras", "Google", "Google_service_account", "Groq", "Local", "Meta", "Mistral",
    "OpenAI", "Perplexity", "Replicate", "TogetherAI", "XAI",
)  # fmt: skip
LIBRARY: Final = """
import json
from genai_prices.data import providers
print(json.dumps([[p.id, m.id, [str(c.constraint.start_date) for c in m.prices if hasattr(c.constraint, "start_date")]]
    for p in providers for m in p.models if isinstance(m.prices, list)
    and not any(hasattr(c.constraint, "start_time") for c in m.prices)]))
"""


def settings_with(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "prices.toml"
    file.write_text(text, "utf-8")
    return load_settings(prices=file)


def dollars(price: Price) -> tuple[float | None, float | None]:
    return price.input_per_million, price.output_per_million


def library_dollars(provider_id: str, model: str, when: datetime) -> list[float]:
    """What the library makes of one token in, and of one token out, a million times over."""
    costs = [
        calc_price(usage, model, provider_id=provider_id, genai_request_timestamp=when).total_price
        for usage in (Usage(input_tokens=1), Usage(output_tokens=1))
    ]
    return [float(cost * Decimal(1_000_000)) for cost in costs]


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("OpenAI", "gpt-4.1"),
        ("Anthropic", "claude-sonnet-4-5"),
        ("Azure", "gpt-4.1"),
        ("Google_service_account", "gemini-2.5-flash"),
        ("Groq", "llama-3.3-70b-versatile"),
        ("Mistral", "mistral-medium-2508"),
        ("Bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("XAI", "grok-4"),
        ("OpenAI", "text-embedding-3-small"),
    ],
)
def test_a_price_is_the_library_s(provider: str, model: str) -> None:
    price = catalogue_prices(provider, model)[-1]
    assert price.source is Source.CATALOGUE
    assert [price.input_per_million, price.output_per_million or 0] == pytest.approx(
        library_dollars(PROVIDER_IDS[provider.lower()], model, NOW)
    )


def test_a_price_that_changes_is_the_library_s_on_either_side_of_every_change() -> None:
    listed = json.loads(subprocess.run([sys.executable, "-c", LIBRARY], capture_output=True, check=True).stdout)  # noqa: S603
    names = {listed: name for name, listed in PROVIDER_IDS.items()}
    seen = 0
    for provider_id, model, dates in listed:
        prices = catalogue_prices(names.get(provider_id), model)
        if provider_id not in names or prices[0].input_per_million is None or prices[0].priced_as != model:
            continue
        for day in (datetime.fromisoformat(date).replace(tzinfo=UTC) for date in dates):
            for when in (day - timedelta(seconds=1), day):
                valid = [p for p in prices if p.since is None or p.since <= when][-1]
                found = [valid.input_per_million or 0, valid.output_per_million or 0]
                assert found == pytest.approx(library_dollars(provider_id, model, when)), (model, when)
                seen += 1
    assert seen > 50


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_of_the_api_is_known_or_told_to_have_no_list(provider: str) -> None:
    source = catalogue_prices(provider, "a-model-that-nobody-sells")[0].source
    assert source is {"Local": Source.LOCAL, "Replicate": Source.UNKNOWN_PROVIDER}.get(provider, Source.UNKNOWN_MODEL)


@pytest.mark.parametrize("provider", [None, "", "litellm", "SomethingNew"])
def test_a_provider_that_is_not_known_is_not_guessed(provider: str | None) -> None:
    assert catalogue_prices(provider, "gpt-4.1") == (
        Price(provider, "gpt-4.1", None, None, None, Source.UNKNOWN_PROVIDER),
    )


@pytest.mark.parametrize("model", ["", "gpt-4.1" + "-" * 10_000, "(((((", "gpt-4.1-eu"])
def test_a_model_that_is_not_known_is_not_guessed(model: str) -> None:
    assert [(p.source, dollars(p)) for p in catalogue_prices("OpenAI", model)] == [(Source.UNKNOWN_MODEL, (None, None))]


def test_a_price_in_tiers_is_the_lowest_tier_s_and_says_so() -> None:
    price = catalogue_prices("Anthropic", "claude-sonnet-4-5")[0]
    assert price.note == "another price above 200,000 input tokens a request"


def test_importing_and_asking_starts_no_thread_and_opens_no_connection() -> None:
    script = """
import socket, threading
def refuse(*_args, **_more): raise AssertionError("a connection")
socket.socket.connect = socket.getaddrinfo = refuse
from analytics_dash.prices.price_list import price_list
assert price_list([("OpenAI", "gpt-4.1")])[0].input_per_million
assert threading.active_count() == 1
"""
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603  our own interpreter


def test_prices_of_one_s_own_come_first_for_their_provider_and_whatever_the_provider(tmp_path: Path) -> None:
    text = """
    [[price]]
    provider = "openai"
    model = "GPT-4.1"
    input_per_million = 1
    output_per_million = 2.5
    [[price]]
    model = "qwen3-32b"
    input_per_million = 0.1
    """
    own = own_prices(settings_with(tmp_path, text))
    used = [("OpenAI", "gpt-4.1"), ("Azure", "gpt-4.1"), ("Local", "qwen3-32b"), (None, "qwen3-32b")]
    prices = price_list(used, own)
    assert [(p.provider, p.source, *dollars(p)) for p in prices] == [
        ("OpenAI", Source.OWN, 1, 2.5),
        ("Azure", Source.CATALOGUE, 2.0, 8.0),
        ("Local", Source.OWN, 0.1, None),
        (None, Source.OWN, 0.1, None),
    ]


def test_the_provider_s_own_price_comes_before_the_model_s_whatever_the_order() -> None:
    own = (
        OwnPrice(model="a", input_per_million=1),
        OwnPrice(provider="X", model="a", input_per_million=2),
    )
    for order in (own, own[::-1]):
        assert [p.input_per_million for p in price_list([("X", "a"), ("Y", "a")], order)] == [2, 1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[price]", r"cannot be read: .*line 1"),
        ("[[price]]\nmodel = 'a'", "price 1, input_per_million is missing"),
        (
            "[[price]]\nmodel = 'a'\ninput_per_million = -1",
            "price 1, input_per_million should be greater than or equal to 0",
        ),
        ("[[price]]\nmodel = 'a'\ninput_per_million = nan", "price 1, input_per_million should be a finite number"),
        ("[[price]]\nmodel = ''\ninput_per_million = 1", "price 1, model should have at least 1 character"),
        ("[[price]]\nmodel = 'a'\ninput_per_million = 1\nprize = 2", "price 1, prize is not known here"),
        ("prices = []", "prices is not known here"),
        ("price = 3", "price should be a valid tuple"),
        ("[[price]]\nmodel = 'a'\ninput_per_million = 1\n" * 2, "has two prices for a"),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence_with_the_setting_and_the_file(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        own_prices(settings_with(tmp_path, text))
    assert str(caught.value).startswith(f"ANALYTICS_DASH_PRICES: {tmp_path / 'prices.toml'} ")
    assert str(caught.value).endswith(".")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        own_prices(load_settings(prices=tmp_path / "none.toml"))


def test_without_the_setting_there_are_no_prices_of_one_s_own() -> None:
    assert own_prices(load_settings()) == ()


def test_the_table_shows_every_price_and_names_what_has_none() -> None:
    prices = price_list([("OpenAI", "gpt-4.1"), ("Local", "qwen3-32b"), ("OpenAI", "gpt-4.1")])
    table = price_table(prices)
    assert tuple(table.columns) == PRICE_COLUMNS
    assert list(table["model"]) == ["gpt-4.1", "qwen3-32b"]
    assert list(table["source"]) == ["genai-prices", "local, no price"]
    assert table["input_per_million"].isna().tolist() == [False, True]
    assert [p.model for p in unpriced(prices)] == ["qwen3-32b"]


def test_a_table_of_nothing_has_its_columns_and_types() -> None:
    table = price_table(())
    assert tuple(table.columns) == PRICE_COLUMNS
    assert (table.dtypes["input_per_million"], str(table.dtypes["since"])) == ("float64", "datetime64[us, UTC]")


def test_metrics_take_these_prices_as_they_are() -> None:
    prices: tuple[ModelPrice, ...] = price_list([("OpenAI", "gpt-4.1"), ("Local", "x")])
    assert (keys(prices), len(eras(prices)), len(price_rows(prices))) == ([("OpenAI", "gpt-4.1")], 1, 1)
