"""Owns which values a filter offers: those that runs have, with the runs behind each, for many filters in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from analytics_dash.runs.dimension import Dimension


@dataclass(frozen=True)
class Choice:
    """A value, or the dimension's word for none, the runs that have it, and its name for people where it has one."""

    value: str
    runs: int
    title: str | None = None


def choices_of(
    runs: duckdb.DuckDBPyRelation, dimensions: Sequence[Dimension], *, limit: int, once: bool = False
) -> Mapping[str, list[Choice]]:
    """By dimension the values that the runs have, most runs first, at most `limit` each.

    The runs are found for each dimension anew, which is twice as fast as keeping them; `once` for costly searches.
    """
    if not dimensions:
        return {}
    found: dict[str, list[Choice]] = {dimension.name: [] for dimension in dimensions}
    kinds = {dimension.name: dimension for dimension in dimensions}
    for name, value, count, title in runs.query("runs", _sql(dimensions, limit, once=once)).fetchall():
        found[name].append(Choice(kinds[name].named(value), int(count), title))
    return found


def merged(several: Iterable[Mapping[str, list[Choice]]]) -> Mapping[str, list[Choice]]:
    """The choices of several queries; none where none has any."""
    found: dict[str, list[Choice]] = defaultdict(list)
    for choices in several:
        found.update(choices)
    return found


def _sql(dimensions: Sequence[Dimension], limit: int, *, once: bool) -> str:
    columns = {column: None for d in dimensions for column in (d.column, d.title_column) if column}
    counted = " UNION ALL ".join(f"FROM ({_counted(dimension, limit)})" for dimension in dimensions)
    kept = "MATERIALIZED" if once else "NOT MATERIALIZED"
    return f"WITH held AS {kept} (SELECT {', '.join(columns)} FROM runs) FROM ({counted}) ORDER BY runs DESC, value"  # noqa: S608  our own names


def _counted(dimension: Dimension, limit: int) -> str:
    """Equal runs are counted before a run's several values are taken apart: there are few sets of them."""
    columns = ", ".join(filter(None, [dimension.column, dimension.title_column]))
    title = f"max({dimension.title_column})" if dimension.title_column else "NULL::VARCHAR"
    equal = f"SELECT {columns}, count(*) AS n FROM held GROUP BY {columns}"  # noqa: S608  our own names
    named = f"SELECT {dimension.value_sql} AS value, * FROM ({equal})"  # noqa: S608  our own names
    return (
        f"SELECT '{dimension.name}' AS name, value, sum(n) AS runs, {title} AS title FROM ({named}) "  # noqa: S608
        f"GROUP BY value ORDER BY runs DESC, value LIMIT {int(limit)}"
    )
