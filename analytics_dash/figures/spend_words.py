"""Owns what the cards of tokens and cost say: a value and what stands behind it, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics_dash.figures.cost_words import amount, dollars, dollars_between
from analytics_dash.figures.palette import colours
from analytics_dash.figures.theme import Theme
from analytics_dash.metrics.columns import COST, COST_HIGH, NOT_ATTRIBUTED, PART, TOKENS, UNPRICED
from analytics_dash.metrics.projection import Projection
from analytics_dash.metrics.spend import OWN, Spend
from analytics_dash.metrics.tokens_distribution import TokenDistribution
from analytics_dash.quantities import NOTHING, compact, count, percent
from analytics_dash.runs.dimension import VALUE

NAMED: Final = 2  # models that a card has room for; the table of prices has them all


@dataclass(frozen=True)
class Card:
    """A figure's label, its value, and the line below; plain text, in which models' names are strangers' text."""

    label: str
    value: str
    note: str


def tokens_card(whole: Spend, spread: TokenDistribution) -> Card:
    """All tokens, and the runs that have a count."""
    unknown = f", {spread.unknown:,} not counted" if spread.unknown else ""
    return Card("Tokens", compact(_sum(whole, TOKENS)), f"over {count(spread.runs - spread.unknown, 'run')}{unknown}")


def per_run_card(spread: TokenDistribution) -> Card:
    """The mean of the runs that have a count, with the median and the 95th percentile."""
    if spread.mean is None or spread.p50 is None or spread.p95 is None:
        return Card("Per run", NOTHING, "no run has a count")
    half, most = (compact(round(value)) for value in (spread.p50, spread.p95))
    few = " · few runs" if spread.few else ""
    return Card("Per run", compact(round(spread.mean)), f"on average; p50 {half}, p95 {most}{few}")


def cost_card(whole: Spend, *, has_prices: bool) -> Card:
    """What the priced tokens cost at least; its note has the most, or the share of tokens that it rests on."""
    label, low, high = "Estimated cost", _dollars(whole, COST), _dollars(whole, COST_HIGH)
    tokens, priced = _sum(whole, TOKENS), _priced(whole)
    if not has_prices or not priced:
        return Card(label, NOTHING, "no token has a price" if has_prices else "no price list")
    if dollars(low) != dollars(high):
        return Card(label, dollars(low), f"up to {dollars(high)}: input and output are not told apart")
    return Card(label, dollars(low), f"for {percent(priced / tokens)} of the tokens" if tokens > 0 else "")


def not_attributed_card(whole: Spend) -> Card:
    """The tokens that no model accounts for; below 0 where models have more than the runs' totals."""
    missing, tokens = _sum(whole, NOT_ATTRIBUTED), _sum(whole, TOKENS)
    if missing < 0:
        return Card("Not attributed", compact(missing), "models have more than the runs' totals")
    share = f"{percent(missing / tokens)} of the tokens" if tokens > 0 else "there are no tokens"
    return Card("Not attributed", compact(missing), share)


def unpriced_card(whole: Spend, models: Sequence[str]) -> Card:
    """The tokens of models without a price, and which these are."""
    more = f" and {len(models) - NAMED} more" if len(models) > NAMED else ""
    named = ", ".join(models[:NAMED]) + more
    return Card("Without a price", compact(_sum(whole, UNPRICED)), named or "every model has a price")


def month_card(found: Projection | None, measure: str) -> Card:
    """Where the month may end; why that cannot be said where it can't."""
    label = "Month's end"
    if found is None:
        return Card(label, NOTHING, "the month is not read")
    if found.low is None or found.median is None or found.high is None:
        return Card(label, NOTHING, "too early to say")
    ends = dollars_between(found.low, found.high) if measure == COST else _between(found.low, found.high)
    return Card(label, amount(found.median, measure).removesuffix(" tokens"), f"{ends}, four times out of five")


def shown(spenders: Spend) -> str:
    """“20 of 143 values by name”, “all 5 values by name”; nothing without any."""
    if not spenders.values:
        return ""
    if spenders.values == 1:
        return "1 value by name"
    some = "all" if spenders.shown == spenders.values else f"{spenders.shown:,} of"
    return f"{some} {count(spenders.values, 'value')} by name"


def value_colours(spend: Spend, theme: Theme) -> Mapping[str, str]:
    """Colours of the values that a spend names, for another chart of the same values."""
    return colours(set(spend.frame.loc[spend.frame[PART] == OWN, VALUE]), theme)


def _between(low: float, high: float) -> str:
    return f"{compact(round(low))} to {compact(round(high))} tokens"


def _priced(whole: Spend) -> int:
    return _sum(whole, TOKENS) - _sum(whole, NOT_ATTRIBUTED) - _sum(whole, UNPRICED)


def _sum(whole: Spend, measure: str) -> int:
    return sum(whole.frame[measure].to_list())  # Python's integers: a server's nonsense may exceed the table's


def _dollars(whole: Spend, measure: str) -> float:
    return float(whole.frame[measure].sum())
