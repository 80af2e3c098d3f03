"""Owns the small lines of a list: runs per bucket for each name in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.grouping import EPOCH, MICROSECOND, bucket_sql

PER_BUCKET: Final = """
SELECT {who} AS who, {bucket} AS bucket, count(*)
FROM runs WHERE date >= make_timestamp({start}::BIGINT) AND date < make_timestamp({end}::BIGINT)
GROUP BY ALL"""


def runs_per_bucket(
    runs: duckdb.DuckDBPyRelation, who: str, names: Sequence[str], buckets: Buckets | None
) -> list[list[int]]:
    """A list of counts for each name, one per bucket; empty lists without buckets. `who` is an expression of ours."""
    counts = {name: [0] * (len(buckets) if buckets else 0) for name in names}
    if buckets and len(buckets):
        edges = [(edge - EPOCH) // MICROSECOND for edge in buckets.edges]
        sql = PER_BUCKET.format(bucket=bucket_sql(edges), start=edges[0], end=edges[-1], who=who)
        for name, bucket, number in runs.query("runs", sql).fetchall():
            if name in counts:
                counts[name][bucket] = int(number)
    return [counts[name] for name in names]
