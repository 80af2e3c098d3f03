"""Owns the counts behind “what changed”: per value of each dimension, and per combination of some values, one side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb
import pandas as pd
from duckdb import Expression, SQLExpression

from analytics_dash.metrics.columns import DIMENSION, TITLE
from analytics_dash.metrics.dispersion import repeats_sql
from analytics_dash.metrics.percentiles import timed
from analytics_dash.runs.dimension import DIMENSIONS, VALUE, Dimension
from analytics_dash.runs.pattern import exactly

EXPLAINING: Final = tuple(DIMENSIONS[name] for name in ("model", "run_type", "user", "ran_by", "parent"))
"""Outcome, state and feedback are what is to be explained; a conversation seldom spans two periods, so that it would
always look new; `ran_by_type` is no filter of a link."""
MAX_VALUES: Final = (
    200  # per dimension, those with the most runs: each one more makes the guard against chance stricter
)
COUNTS: Final = ("n", "decided", "failed", "attempts", "attempts_failed", "timed", "slow", "tokens", "squares")
"""Attempts are the decided runs that are first ones: failures are told over all, and tested over these."""

READ: Final = "run_key, date, outcome, latency, total_tokens, user_id, conversation_id"
REPEATED: Final = f"run_key IN (SELECT run_key FROM ({repeats_sql('held')}))"  # noqa: S608  constants
KEPT: Final = """SELECT {columns}, outcome IN ('failed', 'succeeded') AS is_decided, outcome = 'failed' AS is_failed,
    is_decided AND NOT {repeated} AS is_first, coalesce({timed}, false) AS is_timed,
    is_timed AND latency > {slower_than_s!r} AS is_slow,
    coalesce(total_tokens, 0)::DOUBLE AS used FROM {runs}"""
SUMS: Final = """count(*) AS n,
    count(*) FILTER (WHERE is_decided) AS decided, count(*) FILTER (WHERE is_failed) AS failed,
    count(*) FILTER (WHERE is_first) AS attempts, count(*) FILTER (WHERE is_first AND is_failed) AS attempts_failed,
    count(*) FILTER (WHERE is_timed) AS timed, count(*) FILTER (WHERE is_slow) AS slow,
    coalesce(sum(used), 0) AS tokens, coalesce(sum(used * used), 0) AS squares"""
WHOLE: Final = f"SELECT '' AS dimension, '' AS value, NULL AS title, {SUMS} FROM kept"  # noqa: S608  constants
PART: Final = """SELECT '{name}', coalesce(value, '{none}') AS named, any_value(title), {sums}
    FROM (SELECT {value} AS value, {title} AS title, {flags} FROM kept) GROUP BY named"""
FLAGS: Final = "is_decided, is_failed, is_first, is_timed, is_slow, used"


def counts(runs: duckdb.DuckDBPyRelation, *, slower_than_s: float, failed_in_latency: bool) -> pd.DataFrame:
    """DIMENSION, VALUE (as links write it), TITLE and COUNTS; the row of all runs has "" for both."""
    columns = dict.fromkeys(name for d in EXPLAINING for name in (d.column, d.title_column) if name)
    kept = KEPT.format(
        columns=", ".join(columns),
        repeated=REPEATED,
        timed=timed(failed_in_latency=failed_in_latency),
        slower_than_s=slower_than_s,
        runs="held",
    )
    read = ", ".join(dict.fromkeys([*READ.split(", "), *columns]))
    held = f"SELECT {read} FROM runs"  # noqa: S608  our own names; read once, for a search through texts takes long
    parts = " UNION ALL ".join([WHOLE, *map(_part, EXPLAINING)])
    return runs.query("runs", f"WITH held AS MATERIALIZED ({held}), kept AS MATERIALIZED ({kept}) {parts}").df()


def _part(dimension: Dimension) -> str:
    title = dimension.title_column or "NULL::VARCHAR"
    names = {"name": dimension.name, "none": dimension.none_label, "value": dimension.value_sql, "title": title}
    return PART.format(**names, sums=SUMS, flags=FLAGS)


def combined(
    runs: duckdb.DuckDBPyRelation,
    values: Sequence[tuple[Dimension, str]],
    *,
    slower_than_s: float,
    failed_in_latency: bool,
) -> pd.DataFrame:
    """COUNTS for each set of these values that runs have together, with a column of booleans `m0`, `m1`, ... each.

    Nothing is tested on these: attempts are all decided runs here.
    """
    marks = ", ".join(["1 AS every_run", *(f"m{place}" for place in range(len(values)))])
    kept = KEPT.format(
        columns=marks,
        repeated="false",
        timed=timed(failed_in_latency=failed_in_latency),
        slower_than_s=slower_than_s,
        runs="runs",
    )
    grouped = f"SELECT * EXCLUDE ({FLAGS}), {SUMS} FROM ({kept}) GROUP BY ALL"  # noqa: S608  our own names
    return marked(runs, values).query("runs", grouped).df()


def marked(runs: duckdb.DuckDBPyRelation, values: Sequence[tuple[Dimension, str]]) -> duckdb.DuckDBPyRelation:
    """The runs with whether they have each of the values: as constants, for a stranger may have written them."""
    marks = [dimension.matches([exactly(value)]).alias(f"m{place}") for place, (dimension, value) in enumerate(values)]
    flags: list[Expression] = [SQLExpression(name) for name in ("date", "outcome", "latency", "total_tokens")]
    return runs.project(*flags, *marks)


def beside(now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """The values of both sides: COUNTS now, and then with the suffix `_then`; MAX_VALUES of each dimension."""
    held = now.merge(then, on=[DIMENSION, VALUE], how="outer", suffixes=("", "_then"))
    held = held[held[DIMENSION] != ""]
    numbers = [f"{name}{suffix}" for suffix in ("", "_then") for name in COUNTS]
    held = held.assign(**{TITLE: held[TITLE].combine_first(held[f"{TITLE}_then"])}, **held[numbers].fillna(0.0))
    largest = held.assign(both=held["n"] + held["n_then"]).sort_values(["both", VALUE], ascending=[False, True])
    capped = pd.concat([largest[largest[DIMENSION] == d.name].head(MAX_VALUES) for d in EXPLAINING])
    return capped[[DIMENSION, VALUE, TITLE, *numbers]].reset_index(drop=True)
