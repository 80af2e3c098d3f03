"""Owns the sums behind a spend: tokens by bucket, value and model, in passes that hold no run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import gcd
from typing import Final

from analytics_dash.metrics.columns import INPUT, MODEL, OUTPUT, PROVIDER, RUNS, TITLE, TOKENS
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND
from analytics_dash.runs.dimension import VALUE, Dimension

BUCKET: Final = "bucket"
ERA: Final = "era"
KIND: Final = "kind"
WHOLE, USED, RAN = 0, 1, 2
"""What a row of sums is of: all runs of a value, the uses of a model in them, the runs under a value of several."""
SUMS: Final = (KIND, BUCKET, ERA, VALUE, TITLE, PROVIDER, MODEL, RUNS, TOKENS, INPUT, OUTPUT)
NO_TEXT: Final = "NULL::VARCHAR"
IN, OUT = "u.input_tokens::HUGEINT", "u.output_tokens::HUGEINT"  # wide: two of the largest counts fit
ALL: Final = f"coalesce(u.tokens::HUGEINT, coalesce({IN}, 0) + coalesce({OUT}, 0))"


def sums_sql(dimension: Dimension | None, *, edges: Sequence[datetime] | None, eras: Sequence[datetime]) -> str:
    """The query over `runs` for SUMS; `edges` cut the buckets (None: one that holds all), `eras` the prices."""
    several = dimension is not None and dimension.multiple
    value = NO_TEXT if dimension is None or several else dimension.value_sql
    title = dimension.title_column if dimension and dimension.title_column else NO_TEXT
    passes = [_whole(value, title, edges), used_sql(value, edges=edges, eras=eras)]
    if dimension and several:
        passes.append(_ran(dimension.value_sql, edges))
    return f"WITH placed AS ({_placed(edges)}) {' UNION ALL '.join(passes)}"


def used_sql(value: str, *, edges: Sequence[datetime] | None, eras: Sequence[datetime]) -> str:
    """The uses of models: a row per bucket, era, value, provider and model; one without a model's ID is left out."""
    inner = f"SELECT {_bucket(edges)}, {_era(eras)} AS era, {value} AS value, unnest(usage) AS u {_runs(edges)}"
    amounts = {TOKENS: f"sum({ALL})", INPUT: f"sum({_side(IN, OUT)})", OUTPUT: f"sum({_side(OUT, IN)})"}
    held = {BUCKET: BUCKET, ERA: "era", VALUE: "value", PROVIDER: "u.provider", MODEL: "u.model_id", **amounts}
    source = f"FROM ({inner}) WHERE u.model_id <> '' GROUP BY bucket, era, value, u.provider, u.model_id"
    return _pass(USED, held, source)


def _side(this: str, that: str) -> str:
    """One side's tokens: as told, or what the other leaves; 0 where the sides are not told or exceed the whole."""
    return (
        f"CASE WHEN coalesce({this}, 0) + coalesce({that}, 0) > {ALL} THEN 0 WHEN {this} IS NOT NULL THEN {this} "
        f"WHEN {that} IS NOT NULL THEN {ALL} - {that} ELSE 0 END"
    )


def _whole(value: str, title: str, edges: Sequence[datetime] | None) -> str:
    amounts = {RUNS: "count(*)", TOKENS: "sum(coalesce(total_tokens, 0))"}
    inner = f"SELECT {_bucket(edges)}, {value} AS value, {title} AS title, date, total_tokens {_runs(edges)}"
    held = {BUCKET: BUCKET, VALUE: "value", TITLE: "arg_max(title, date)", **amounts}
    return _pass(WHOLE, held, f"FROM ({inner}) GROUP BY bucket, value")


def _ran(values: str, edges: Sequence[datetime] | None) -> str:
    inner = f"SELECT {_bucket(edges)}, {values} AS value {_runs(edges)}"
    return _pass(RAN, {BUCKET: BUCKET, VALUE: "value", RUNS: "count(*)"}, f"FROM ({inner}) GROUP BY bucket, value")


def _pass(kind: int, held: Mapping[str, str], source: str) -> str:
    """A SELECT of SUMS: what is held, else no text and 0."""
    missing = {name: NO_TEXT if name in (VALUE, TITLE, PROVIDER, MODEL) else "0" for name in SUMS}
    columns = {**missing, KIND: str(kind), **held}
    return f"SELECT {', '.join(f'{columns[name]} AS {name}' for name in SUMS)} {source}"


def _bucket(edges: Sequence[datetime] | None) -> str:
    return "bucket" if edges else "0 AS bucket"


def _runs(edges: Sequence[datetime] | None) -> str:
    if not edges:
        return "FROM runs"
    first, last = us(edges[0]), us(edges[-1])
    base, step = _steps(edges)
    return (
        f"FROM runs JOIN placed ON slot = (epoch_us(date) - {base}) // {step} "
        f"WHERE date >= make_timestamp({first}::BIGINT) AND date < make_timestamp({last}::BIGINT)"
    )


def _placed(edges: Sequence[datetime] | None) -> str:
    """The bucket of each slot of time: joined by equality, runs need not be sorted."""
    if not edges:
        return "SELECT 0"
    base, step = _steps(edges)
    begins = [0, *((us(edge) - base) // step for edge in edges[1:-1])]
    slots = (us(edges[-1]) - base) // step + 1
    return (
        f"SELECT slot, bucket FROM (SELECT unnest(range({slots})) AS slot) ASOF JOIN "  # noqa: S608  numbers
        f"(SELECT unnest(range({len(begins)})) AS bucket, unnest({begins}::BIGINT[]) AS begins) ON slot >= begins"
    )


def _steps(edges: Sequence[datetime]) -> tuple[int, int]:
    """Where equal slots begin, not after the first edge, and their length, both in µs: inner edges lie between two."""
    inner = [us(edge) for edge in edges[1:-1]] or [us(edges[-1])]
    step = gcd(*(after - before for before, after in pairwise(inner))) or us(edges[-1]) - us(edges[0])
    return inner[0] - -((us(edges[0]) - inner[0]) // step) * step, step


def _era(eras: Sequence[datetime]) -> str:
    later = list(enumerate(eras))[:0:-1]
    cases = "".join(f" WHEN date >= make_timestamp({us(era)}::BIGINT) THEN {number}" for number, era in later)
    return f"CASE{cases} ELSE 0 END" if cases else "0"


def us(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - EPOCH) // MICROSECOND
