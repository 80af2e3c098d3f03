"""Runs with every kind of usage a server may send, prices, and the same sums computed use by use in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics_dash.metrics.columns import (
    COST,
    COST_HIGH,
    INPUT,
    NOT_ATTRIBUTED,
    OUTPUT,
    TOKENS,
    UNPRICED,
    UNSPLIT,
)

START = datetime(2026, 10, 20, 7, 41, 13, tzinfo=UTC)
CHANGE = datetime(2026, 10, 25, tzinfo=UTC)
HOSTILE = "'); DROP TABLE stored; -- <b>{x}%s</b>"
MODELS = ("gpt-5", "claude", HOSTILE, "", None)
PROVIDERS = ("OpenAI", "Anthropic", None)


@dataclass(frozen=True)
class Price:
    provider: str | None
    model: str
    since: datetime | None
    input_per_million: float | None
    output_per_million: float | None


PRICES = (
    Price("OpenAI", "gpt-5", None, 1.25, 10.0),
    Price("OpenAI", "gpt-5", CHANGE, 2.5, 5.0),
    Price("OpenAI", "claude", CHANGE, 3.0, 3.5),
    Price("Anthropic", "claude", None, 3.0, None),
    Price(None, HOSTILE, None, 7.0, 1.0),
    Price("OpenAI", HOSTILE, None, None, None),
)


def spending_runs(*, count: int, seed: int, days: float = 9) -> list[dict[str, Any]]:
    """`count` runs from START on; anything but the date may be missing, and counts may contradict one another."""
    chance = random.Random(seed)  # noqa: S311  test data
    return [
        {
            "date": START + timedelta(days=chance.random() * days),
            "total_tokens": chance.choice([None, 0, 10, 900, chance.randrange(5_000)]),
            "user_id": chance.choice([None, "", "ann", "bob", "cyd", HOSTILE]),
            "parent_project_id": chance.choice([None, "p1", "p2"]),
            "parent_project_name": chance.choice([None, "Broker", "Digest"]),
            "usage": chance.choice([None, [], [_use(chance)], [_use(chance), _use(chance), _use(chance)]]),
        }
        for _ in range(count)
    ]


def _use(chance: random.Random) -> dict[str, Any]:
    return {
        "provider": chance.choice(PROVIDERS),
        "model_id": chance.choice(MODELS),
        **{
            name: chance.choice([None, 0, chance.randrange(2_000)])
            for name in ("tokens", "input_tokens", "output_tokens")
        },
    }


def measured(use: Mapping[str, Any], date: datetime, prices: Sequence[Price]) -> Counter[str]:
    """What one use of a named model adds."""
    tokens, came_in, went_out = split(use)
    unsplit = tokens - came_in - went_out
    price = price_at(use["provider"], use["model_id"], date, prices)
    measures = Counter({TOKENS: tokens, INPUT: came_in, OUTPUT: went_out, UNSPLIT: unsplit})
    if price is None:
        return measures + Counter({UNPRICED: tokens})
    rate_in, rate_out = price.input_per_million or 0.0, price.output_per_million
    certain = came_in * rate_in + went_out * (rate_out or 0.0)
    either = sorted([rate_in, rate_in if rate_out is None else rate_out])
    costs = {COST: certain + unsplit * either[0], COST_HIGH: certain + unsplit * either[1]}
    measures.update({name: dollars / 1e6 for name, dollars in costs.items()})
    return measures


def split(use: Mapping[str, Any]) -> tuple[int, int, int]:
    told, came_in, went_out = use["tokens"], use["input_tokens"], use["output_tokens"]
    if told is None:
        return (came_in or 0) + (went_out or 0), came_in or 0, went_out or 0
    if (came_in or 0) + (went_out or 0) > told or (came_in is None and went_out is None):
        return told, 0, 0
    if came_in is None:
        return told, told - went_out, went_out
    return told, came_in, told - came_in if went_out is None else went_out


def price_at(provider: str | None, model: str, date: datetime, prices: Sequence[Price]) -> Price | None:
    fitting = [p for p in prices if (p.provider, p.model) == (provider, model) and (p.since is None or p.since <= date)]
    latest = max(fitting, key=lambda p: p.since or datetime.min.replace(tzinfo=UTC), default=None)
    return latest if latest is not None and latest.input_per_million is not None else None


def by_value(runs: Iterable[Mapping[str, Any]], column: str | None, prices: Sequence[Price]) -> dict[Any, Counter[str]]:
    """The measures by a column's value ("model": by model), None standing for no value and what is not attributed."""
    sums: dict[Any, Counter[str]] = {}
    for run in runs:
        value = run[column] or None if column not in (None, "model") else None
        own = sums.setdefault(value, Counter())
        own.update({TOKENS: run["total_tokens"] or 0, NOT_ATTRIBUTED: run["total_tokens"] or 0})
        for use in run["usage"] or []:
            if not use["model_id"]:
                continue
            added = measured(use, run["date"], prices)
            own.update({NOT_ATTRIBUTED: -added[TOKENS]})
            if column == "model":
                own.update({TOKENS: -added[TOKENS]})
                sums.setdefault(use["model_id"], Counter()).update(added)
            else:
                own.update({name: amount for name, amount in added.items() if name != TOKENS})
    return sums
