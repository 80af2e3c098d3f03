"""Owns how runs fall into buckets inside the engine: edges computed once, every bucket present in the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
BUCKET: Final = "bucket"
COLUMNS: Final = ("latency", "total_tokens", "outcome")
"""What aggregates are made of that ask for nothing further."""

PER_BUCKET: Final = """
WITH edges AS (SELECT unnest(range({buckets})) AS bucket, make_timestamp(unnest({starts}::BIGINT[])) AS edge),
kept AS MATERIALIZED (
    SELECT date_trunc('minute', date) AS minute, {columns}
    FROM runs WHERE date >= make_timestamp({start}::BIGINT) AND date < make_timestamp({end}::BIGINT)
),
placed AS (SELECT minute, bucket FROM (SELECT DISTINCT minute FROM kept) ASOF JOIN edges ON minute >= edge)
SELECT bucket, {aggregates} FROM kept JOIN placed USING (minute) GROUP BY bucket"""
"""Placing each distinct minute, not each run, halves the time (edges lie on minutes in every zone since 1972);
materialized, so that a search through texts in `runs` happens once."""


def per_bucket(
    runs: duckdb.DuckDBPyRelation, buckets: Buckets, aggregates: str, *, further: Sequence[str] = ()
) -> pd.DataFrame:
    """The aggregates (SQL with aliases, of COLUMNS and `further` ones) by bucket number; empty ones are missing."""
    edges = [(edge - EPOCH) // MICROSECOND for edge in buckets.edges] or [0, 0]
    starts = [edges[0] - edges[0] % 60_000_000, *edges[1:-1]]
    columns, span = ", ".join([*COLUMNS, *further]), {"start": edges[0], "end": edges[-1]}
    sql = PER_BUCKET.format(buckets=len(starts), starts=starts, columns=columns, aggregates=aggregates, **span)
    return runs.query("runs", sql).df().set_index(BUCKET).sort_index()


def beside(buckets: Buckets, counted: pd.DataFrame, *, counts: tuple[str, ...]) -> pd.DataFrame:
    """Every bucket's bounds beside its numbers: 0 for `counts`, NaN for the rest, where there are no runs."""
    numbers = counted.reindex(range(len(buckets)))
    whole = {name: numbers[name].fillna(0).astype("int64") for name in counts}
    return pd.concat([buckets.frame(), numbers.assign(**whole)], axis="columns")
