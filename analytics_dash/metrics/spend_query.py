"""Owns how sums of tokens become a spend: priced, attributed without a remainder lost, the largest values by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from analytics_dash.metrics.columns import (
    COST,
    COST_HIGH,
    INPUT,
    MEASURES,
    MODEL,
    NOT_ATTRIBUTED,
    OUTPUT,
    PART,
    PROVIDER,
    RUNS,
    TITLE,
    TOKENS,
    UNPRICED,
    UNSPLIT,
)
from analytics_dash.metrics.prices import PriceRow
from analytics_dash.metrics.spend_sums import BUCKET, ERA, KIND, NO_TEXT, RAN, SUMS, USED, WHOLE, used_sql
from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.record import INT64_MAX

KEYS: Final = "model_keys"
PRICED: Final = "priced_as"
NUMBERED: Final = (
    f"{', '.join(SUMS)}, coalesce(list_position({KEYS}, {{'provider': {PROVIDER}, 'model': {MODEL}}}), 0) AS {PRICED}"
)
"""SUMS with the number of each model among those that have a price; 0 for the others."""
PLACE: Final = "place"
VALUES: Final = "values_in_all"
OWN, OTHER, NONE = "value", "other", "none"
"""A part of a spend: one value's, that of all further values, and that of no value (for models: not attributed)."""

SPEND: Final = f"""
WITH prices(number, price_era, i, o, low, high) AS (VALUES {{prices}}),
sums AS MATERIALIZED (SELECT * FROM numbered),
used AS (
    SELECT {BUCKET}, {VALUE}, {MODEL}, {TOKENS}, {INPUT}, {OUTPUT}, {TOKENS} - {INPUT} - {OUTPUT} AS {UNSPLIT},
        CASE WHEN number IS NULL THEN {TOKENS} ELSE 0 END AS {UNPRICED},
        coalesce({INPUT}::DOUBLE * i + {OUTPUT}::DOUBLE * o, 0) / 1e6 AS certain,
        coalesce({UNSPLIT}::DOUBLE * low, 0) / 1e6 AS low_usd, coalesce({UNSPLIT}::DOUBLE * high, 0) / 1e6 AS high_usd
    FROM sums LEFT JOIN prices ON {PRICED} = number AND {ERA} = price_era WHERE {KIND} = {USED}
),
parts AS ({{parts}}),
summed AS (
    SELECT {BUCKET}, {VALUE}, arg_max({TITLE}, {BUCKET}) AS {TITLE},
        {", ".join(f"sum({name}) AS {name}" for name in MEASURES)}
    FROM parts GROUP BY {BUCKET}, {VALUE}
),
ranked AS (
    SELECT {VALUE}, row_number() OVER (ORDER BY round(sum({{by}}), 6) DESC, sum({TOKENS}) DESC, {VALUE}) AS {PLACE},
        count(*) OVER () AS {VALUES}, arg_max({TITLE}, {BUCKET}) AS name
    FROM summed WHERE {VALUE} IS NOT NULL GROUP BY {VALUE}
)
SELECT {BUCKET}, max({VALUES}) AS {VALUES},
    CASE WHEN {VALUE} IS NULL THEN {{top}} + 2 ELSE least({PLACE}, {{top}} + 1) END AS {PLACE},
    CASE WHEN {VALUE} IS NULL THEN '{NONE}' WHEN {PLACE} <= {{top}} THEN '{OWN}' ELSE '{OTHER}' END AS {PART},
    CASE WHEN {PLACE} <= {{top}} THEN {VALUE} END AS {VALUE}, CASE WHEN {PLACE} <= {{top}} THEN name END AS {TITLE},
    {{sums}}
FROM summed LEFT JOIN ranked USING ({VALUE}) GROUP BY ALL"""  # noqa: S608  our own names
OF_MODEL: Final = {
    INPUT: INPUT, OUTPUT: OUTPUT, UNSPLIT: UNSPLIT, UNPRICED: UNPRICED,
    COST: "certain + low_usd", COST_HIGH: "certain + high_usd",
}  # fmt: skip
OF_RUNS: Final = {TOKENS: TOKENS, NOT_ATTRIBUTED: TOKENS}
NO_PRICE: Final = (-1, 0, 0.0, 0.0, 0.0, 0.0)
"""Gives an empty list its columns; no model has this number."""
TAKEN: Final = f"-{TOKENS}"


def spend_sql(prices: Sequence[PriceRow], *, by_model: bool, by: str, top: int) -> str:
    """The query over `numbered` (NUMBERED): BUCKET, PLACE, VALUES, PART, VALUE, TITLE and MEASURES."""
    rows = [(row.number, row.era, row.input, row.output, row.low, row.high) for row in prices]
    values = ", ".join(f"({', '.join(repr(number) for number in row)})" for row in rows or [NO_PRICE])
    parts = _of_models() if by_model else _of_values()
    sums = ", ".join(_final(name) for name in MEASURES)
    return SPEND.format(prices=values, parts=parts, by=by, top=top, sums=sums)


def models_sql() -> str:
    """The query over `runs` for MODEL_COLUMNS."""
    unsplit = f"{TOKENS} - {INPUT} - {OUTPUT}"
    amounts = {TOKENS: TOKENS, INPUT: INPUT, OUTPUT: OUTPUT, UNSPLIT: unsplit}
    held = ", ".join(f"{_held(amount)} AS {name}" for name, amount in amounts.items())
    return (
        f"SELECT {PROVIDER}, {MODEL}, {held} FROM ({used_sql(NO_TEXT, edges=None, eras=())}) "  # noqa: S608  our own names
        f"GROUP BY {PROVIDER}, {MODEL} ORDER BY sum({TOKENS}) DESC, {MODEL}, {PROVIDER}"
    )


def _of_values() -> str:
    """A run's total is its value's; what models have of it is taken from what is not attributed."""
    used = {**OF_MODEL, NOT_ATTRIBUTED: TAKEN}
    return f"{_part(WHOLE, VALUE, {RUNS: RUNS, **OF_RUNS}, title=TITLE)} UNION ALL {_part(USED, VALUE, used)}"


def _of_models() -> str:
    """What models have, the remainder has not; and a run counts once under each of its models."""
    parts = [
        _part(WHOLE, NO_TEXT, OF_RUNS),
        _part(USED, MODEL, {**OF_MODEL, TOKENS: TOKENS}),
        _part(USED, NO_TEXT, {TOKENS: TAKEN, NOT_ATTRIBUTED: TAKEN}),
        _part(RAN, VALUE, {RUNS: RUNS}),
    ]
    return " UNION ALL ".join(parts)


def _part(kind: int, value: str, measures: Mapping[str, str], *, title: str = NO_TEXT) -> str:
    columns = ", ".join(f"{measures.get(name, '0')} AS {name}" for name in MEASURES)
    source = "used" if kind == USED else f"sums WHERE {KIND} = {kind}"
    return f"SELECT {BUCKET}, {value} AS {VALUE}, {title} AS {TITLE}, {columns} FROM {source}"  # noqa: S608  our own names


def _final(name: str) -> str:
    return f"sum({name}) AS {name}" if name in (COST, COST_HIGH) else f"{_held(name)} AS {name}"


def _held(amount: str) -> str:
    """A sum within the table's integers: only a server's nonsense is larger, and it must not take the page down."""
    return f"greatest(least(sum({amount}), {INT64_MAX}), -{INT64_MAX})::BIGINT"
