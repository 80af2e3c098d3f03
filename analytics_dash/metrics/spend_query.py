"""Owns the query behind a spend: tokens and cost by bucket and by a dimension's values, the largest by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.metrics.prices import BEGINNING
from analytics_dash.runs.dimension import VALUE, Dimension
from analytics_dash.runs.record import INT64_MAX

BUCKET: Final = "bucket"
PLACE: Final = "place"
VALUES: Final = "values_in_all"
OWN, OTHER, NONE = "value", "other", "none"
"""A part of a spend: one value's, that of all further values, and that of no value (for models: not attributed)."""
NO_TEXT: Final = "NULL::VARCHAR"
MINUTE_US: Final = 60_000_000
IN, OUT = "u.input_tokens::HUGEINT", "u.output_tokens::HUGEINT"  # wide: two of the largest counts fit
ALL: Final = f"coalesce(u.tokens::HUGEINT, coalesce({IN}, 0) + coalesce({OUT}, 0))"


def _split(this: str, that: str) -> str:
    """One side's tokens: as told, or what the other leaves; 0 where the sides are not told or exceed the whole."""
    return (
        f"CASE WHEN coalesce({this}, 0) + coalesce({that}, 0) > {ALL} THEN 0 WHEN {this} IS NOT NULL THEN {this} "
        f"WHEN {that} IS NOT NULL THEN {ALL} - {that} ELSE 0 END"
    )


USED: Final = f"""
SELECT minute, {VALUE}, u.provider AS provider, nullif(u.model_id, '') AS model,
    {ALL} AS tokens, {_split(IN, OUT)} AS came_in, {_split(OUT, IN)} AS went_out
FROM (SELECT minute, {{own}} AS {VALUE}, unnest(usage) AS u FROM kept)"""  # noqa: S608  our own names
"""A row for each model that a run names."""

SPENT: Final = f"""
WITH edges AS (SELECT unnest(range({{buckets}})) AS bucket, make_timestamp(unnest({{starts}}::BIGINT[])) AS edge),
eras AS (SELECT unnest(range({{changes}})) AS era, make_timestamp(unnest({{eras}}::BIGINT[])) AS since),
prices AS MATERIALIZED (
    SELECT p.provider AS provider, p.model AS model, p.era AS era, p.i AS i, p.o AS o, p.low AS low, p.high AS high
    FROM (SELECT unnest(prices) AS p FROM (SELECT prices FROM runs LIMIT 1))
),
kept AS MATERIALIZED (
    SELECT date_trunc('minute', date) AS minute, coalesce(total_tokens, 0) AS total, usage{{columns}}
    FROM runs WHERE {{within}}
),
placed AS (
    SELECT minute, bucket, era FROM (SELECT DISTINCT minute FROM kept)
    ASOF JOIN edges ON minute >= edge ASOF JOIN eras ON minute >= since
),
totals AS (
    SELECT bucket, {{own}} AS {VALUE}, {{title}} AS {TITLE}, count(*) AS {RUNS}, sum(total) AS total
    FROM kept JOIN placed USING (minute) GROUP BY bucket, {{own}}
),
attributed AS (
    SELECT bucket, era, {VALUE}, provider, model,
        sum(tokens) AS tokens, sum(came_in) AS came_in, sum(went_out) AS went_out
    FROM ({USED}) JOIN placed USING (minute) WHERE model IS NOT NULL GROUP BY bucket, era, {VALUE}, provider, model
),
priced AS (
    SELECT bucket, {VALUE}, a.model, tokens, came_in, went_out, tokens - came_in - went_out AS unsplit,
        CASE WHEN p.model IS NULL THEN tokens ELSE 0 END AS unpriced,
        coalesce(came_in::DOUBLE * i + went_out::DOUBLE * o, 0) / 1e6 AS certain,
        coalesce(unsplit::DOUBLE * low, 0) / 1e6 AS low, coalesce(unsplit::DOUBLE * high, 0) / 1e6 AS high
    FROM attributed a LEFT JOIN prices p
    ON a.model = p.model AND a.era = p.era AND a.provider IS NOT DISTINCT FROM p.provider
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
"""`kept` is materialized so that a search through texts in `runs` happens once; what is attributed is summed up before
prices are joined, and a negative remainder stays as it is: the parts are the whole whatever a server sends."""

OF_MODEL: Final = {
    INPUT: "came_in", OUTPUT: "went_out", UNSPLIT: "unsplit", UNPRICED: "unpriced",
    COST: "certain + low", COST_HIGH: "certain + high",
}  # fmt: skip
VALUES_OF_RUN: Final = f"(SELECT minute, {{values}} AS {VALUE} FROM kept) JOIN placed USING (minute)"  # noqa: S608


@dataclass(frozen=True)
class Cut:
    """Where a spend is cut: bucket `edges` (None: one bucket that holds all), a dimension (None: one part), its top."""

    dimension: Dimension | None
    edges: Sequence[datetime] | None
    eras: Sequence[datetime]
    top: int
    by: str


def spent_sql(cut: Cut) -> str:
    """The query over `runs`, with their column `prices`; BUCKET, PLACE, VALUES, PART, VALUE, TITLE and MEASURES."""
    dimension = cut.dimension
    edges = [_us(edge) for edge in cut.edges or [BEGINNING]]
    starts = [edges[0] - edges[0] % MINUTE_US, *edges[1:-1]]
    within = f"date >= make_timestamp({edges[0]}::BIGINT) AND date < make_timestamp({edges[-1]}::BIGINT)"
    return SPENT.format(
        buckets=len(starts), starts=starts, changes=len(cut.eras), eras=[_us(era) for era in cut.eras],
        within=within if cut.edges else "true", columns=_columns(dimension),
        own=NO_TEXT if dimension is None or dimension.multiple else dimension.value_sql,
        title=f"arg_max({dimension.title_column}, minute)" if dimension and dimension.title_column else NO_TEXT,
        parts=_of_models(dimension) if dimension and dimension.multiple else _of_values(),
        by=cut.by, top=cut.top, sums=", ".join(_final(name) for name in MEASURES),
    )  # fmt: skip


def models_sql() -> str:
    """The query over `runs` for MODEL_COLUMNS."""
    used = USED.format(own=NO_TEXT)
    return f"""
    WITH kept AS (SELECT NULL AS minute, usage FROM runs)
    SELECT provider AS {PROVIDER}, model AS {MODEL}, {_held("tokens")} AS {TOKENS}, {_held("came_in")} AS {INPUT},
        {_held("went_out")} AS {OUTPUT}, {_held("tokens - came_in - went_out")} AS {UNSPLIT}
    FROM ({used}) WHERE model IS NOT NULL GROUP BY provider, model
    ORDER BY sum(tokens) DESC, model, provider"""  # noqa: S608  our own names


def _of_values() -> str:
    """A run's total is its value's; what models have of it is taken from what is not attributed."""
    totals = {RUNS: RUNS, TOKENS: "total", NOT_ATTRIBUTED: "total"}
    return _union(
        _part("totals", VALUE, totals, title=TITLE), _part("priced", VALUE, {**OF_MODEL, NOT_ATTRIBUTED: "-tokens"})
    )


def _of_models(dimension: Dimension) -> str:
    """What models have, the remainder has not; and a run counts once under each of its models."""
    ran = VALUES_OF_RUN.format(values=dimension.value_sql)
    return _union(
        _part("totals", NO_TEXT, {TOKENS: "total", NOT_ATTRIBUTED: "total"}),
        _part("priced", "model", {**OF_MODEL, TOKENS: "tokens"}),
        _part("priced", NO_TEXT, {TOKENS: "-tokens", NOT_ATTRIBUTED: "-tokens"}),
        _part(f"{ran} GROUP BY bucket, {VALUE}", VALUE, {RUNS: "count(*)"}),
    )


def _part(source: str, value: str, measures: Mapping[str, str], *, title: str = NO_TEXT) -> str:
    columns = ", ".join(f"{measures.get(name, '0')} AS {name}" for name in MEASURES)
    return f"SELECT bucket, {value} AS {VALUE}, {title} AS {TITLE}, {columns} FROM {source}"  # noqa: S608  our own names


def _union(*parts: str) -> str:
    return " UNION ALL ".join(parts)


def _columns(dimension: Dimension | None) -> str:
    if dimension is None:
        return ""
    return "".join(f", {name}" for name in (dimension.column, dimension.title_column) if name)


def _final(name: str) -> str:
    return f"sum({name}) AS {name}" if name in (COST, COST_HIGH) else f"{_held(name)} AS {name}"


def _held(amount: str) -> str:
    """A sum within the table's integers: only a server's nonsense is larger, and it must not take the page down."""
    return f"greatest(least(sum({amount}), {INT64_MAX}), -{INT64_MAX})::BIGINT"


def _us(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND
