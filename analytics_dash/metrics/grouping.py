"""Owns how runs fall into buckets inside the engine: edges computed once, every bucket present in the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
BUCKET: Final = "bucket"
PER_BUCKET: Final = """
SELECT {bucket} AS bucket, {aggregates}
FROM runs WHERE date >= make_timestamp({start}::BIGINT) AND date < make_timestamp({end}::BIGINT)
GROUP BY bucket"""


def per_bucket(runs: duckdb.DuckDBPyRelation, buckets: Buckets, aggregates: str) -> pd.DataFrame:
    """The aggregates (SQL with aliases, over columns of runs) by bucket number; empty ones are missing."""
    edges = [(edge - EPOCH) // MICROSECOND for edge in buckets.edges] or [0, 0]
    sql = PER_BUCKET.format(bucket=bucket_sql(edges), aggregates=aggregates, start=edges[0], end=edges[-1])
    return runs.query("runs", sql).df().set_index(BUCKET).sort_index()


def bucket_sql(edges: Sequence[int]) -> str:
    """The number of the bucket, counted from 0, that `date` lies in; `edges` in µs since 1970, one more than buckets.

    Buckets are as long as their neighbours but for the first, the last, and those in which clocks change, so that a
    few divisions place a run: a third of the time of looking its edge up.
    """
    widths = [end - start for start, end in pairwise(edges)]
    places, first = [], 0
    for width, alike in groupby(widths):
        after = first + len(list(alike))
        place = f"{first} + (epoch_us(date) - {edges[first]}) // {max(width, 1)}"
        places.append(f"WHEN date < make_timestamp({edges[after]}::BIGINT) THEN {place}")
        first = after
    return f"CASE {' '.join(places)} END"


def beside(buckets: Buckets, counted: pd.DataFrame, *, counts: tuple[str, ...]) -> pd.DataFrame:
    """Every bucket's bounds beside its numbers: 0 for `counts`, NaN for the rest, where there are no runs."""
    every = range(len(buckets))
    numbers = counted.reindex(every)
    whole = {name: counted[name].astype("Int64").reindex(every).fillna(0).astype("int64") for name in counts}
    return pd.concat([buckets.frame(), numbers.assign(**whole)], axis="columns")
