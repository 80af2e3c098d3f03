"""Owns failure rates by the values of a dimension, with a mark on those that differ from the rest beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics_dash.metrics.chance import adjusted
from analytics_dash.metrics.columns import (
    ADJUSTED_P,
    DIFFERS,
    FAILED,
    FAILURE_VALUE_COLUMNS,
    HIGH,
    LOW,
    PART,
    RATE,
    SUCCEEDED,
    TITLE,
)
from analytics_dash.metrics.dispersion import repeats_sql
from analytics_dash.metrics.failures_chance import FALSE_MARKS, fisher
from analytics_dash.metrics.spend_query import OTHER, OWN
from analytics_dash.metrics.wilson import wilson
from analytics_dash.runs.dimension import VALUE, Dimension

VALUES: Final = 12  # bars that fit on a screen, each with its name
HIGHER, LOWER, SAME = "higher", "lower", ""

ATTEMPTS: Final = "attempts"
ATTEMPTS_FAILED: Final = "attempts_failed"

FIRST: Final = f"""
    count(*) FILTER (WHERE outcome IN ('{FAILED}', '{SUCCEEDED}') AND run_key NOT IN (FROM repeated)) AS {ATTEMPTS},
    count(*) FILTER (WHERE outcome = '{FAILED}' AND run_key NOT IN (FROM repeated)) AS {ATTEMPTS_FAILED}"""
PER_VALUE: Final = f"""
WITH repeated AS MATERIALIZED (SELECT run_key FROM ({repeats_sql("runs")})),
valued AS MATERIALIZED (SELECT * FROM ({{rows}}) WHERE outcome IN ('{FAILED}', '{SUCCEEDED}')),
counted AS (
    SELECT {VALUE}, max({TITLE}) AS {TITLE}, count(*) FILTER (WHERE outcome = '{FAILED}') AS {FAILED},
        count(*) FILTER (WHERE outcome = '{SUCCEEDED}') AS {SUCCEEDED}, {{attempts}} FROM valued GROUP BY {VALUE}
),
ranked AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY {FAILED} DESC, {SUCCEEDED} DESC, {VALUE} NULLS LAST) AS place FROM counted
),
other AS (
    SELECT count({{unit}}) FILTER (WHERE outcome = '{FAILED}') AS {FAILED},
        count({{unit}}) FILTER (WHERE outcome = '{SUCCEEDED}') AS {SUCCEEDED}
    FROM valued JOIN ranked ON valued.{VALUE} IS NOT DISTINCT FROM ranked.{VALUE} WHERE place > {{limit}}
)
SELECT '{OWN}' AS {PART}, * FROM ranked
UNION ALL BY NAME SELECT '{OTHER}' AS {PART}, *, NULL AS {VALUE}, NULL AS {TITLE}, NULL AS place, 0 AS {ATTEMPTS},
    0 AS {ATTEMPTS_FAILED} FROM other
UNION ALL BY NAME SELECT 'all' AS {PART}, count(*) FILTER (WHERE outcome = '{FAILED}') AS {FAILED},
    count(*) FILTER (WHERE outcome = '{SUCCEEDED}') AS {SUCCEEDED}, {{attempts}} FROM runs
ORDER BY place NULLS LAST"""  # noqa: S608  columns and numbers of ours
"""Every value, whatever the limit: the correction counts all that were tested."""


@dataclass(frozen=True, eq=False)
class FailureValues:
    """FAILURE_VALUE_COLUMNS for the first of `of` values, then other if any; the whole beside it."""

    dimension: Dimension
    frame: pd.DataFrame
    of: int
    failed: int
    succeeded: int


def failures_by_dimension(runs: duckdb.DuckDBPyRelation, dimension: Dimension, *, limit: int = VALUES) -> FailureValues:
    """The values with most failed runs, over runs that failed or succeeded; values without such runs are left out.

    DIFFERS is “higher” or “lower” than the rest by Fisher's exact test over first attempts (`metrics.dispersion`),
    corrected over all values (ADJUSTED_P, NaN where there is no rest), else empty. A run of several models counts
    under each, and once in other.
    """
    table = runs.query("runs", _sql(dimension, limit)).df()
    whole = table[table[PART] == "all"].iloc[0]
    failed, succeeded = int(whole[FAILED]), int(whole[SUCCEEDED])
    own, other = table[table[PART] == OWN], table[table[PART] == OTHER]
    marked = _marked(own, int(whole[ATTEMPTS_FAILED]), int(whole[ATTEMPTS]))
    shown = [
        marked.head(limit),
        *([other.assign(**{ADJUSTED_P: np.nan}, **{DIFFERS: SAME})] if len(own) > limit else []),
    ]
    frame = _rated(pd.concat(shown, ignore_index=True) if len(shown) > 1 else shown[0].reset_index(drop=True))
    return FailureValues(dimension, _named(frame, dimension), len(own), failed, succeeded)


def _sql(dimension: Dimension, limit: int) -> str:
    title = f"{dimension.title_column or 'NULL::VARCHAR'} AS {TITLE}"
    rows = dimension.named_rows(title, "run_key", "outcome")
    unit = "DISTINCT run_key" if dimension.multiple else "*"
    return PER_VALUE.format(rows=rows, unit=unit, attempts=FIRST, limit=int(limit))


def _marked(own: pd.DataFrame, failed: int, decided: int) -> pd.DataFrame:
    hits, of = own[ATTEMPTS_FAILED].to_numpy(np.int64), own[ATTEMPTS].to_numpy(np.int64)
    p_values = adjusted(fisher(hits, of, all_failed=failed, all_of=decided))
    differs = _direction(hits, of, p_values, overall=failed / max(decided, 1))
    return own.assign(**{ADJUSTED_P: p_values}, **{DIFFERS: differs})


def _direction(
    failed: npt.NDArray[np.int64], of: npt.NDArray[np.int64], p_values: npt.NDArray[np.float64], *, overall: float
) -> list[str]:
    """A value is above the rest where it is above the whole, of which it is a part."""
    sides = np.where(failed > overall * of, HIGHER, LOWER)
    return [str(side) for side in np.where(p_values <= FALSE_MARKS, sides, SAME)]


def _rated(frame: pd.DataFrame) -> pd.DataFrame:
    of = frame[FAILED] + frame[SUCCEEDED]
    low, high = wilson(frame[FAILED], of)
    return frame.assign(**{RATE: frame[FAILED] / of.where(of > 0)}, **{LOW: low, HIGH: high})


def _named(frame: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    """What runs without a value are called, what the rest is, and a title for every value: its name, else itself."""
    texts = [(part, _text(value), _text(title)) for part, value, title in frame[[PART, VALUE, TITLE]].to_numpy()]
    values = ["" if part == OTHER else dimension.named(value) for part, value, _ in texts]
    titles = [OTHER if part == OTHER else title or dimension.named(value) for part, value, title in texts]
    parts = [part for part, _, _ in texts]
    columns = {PART: parts, VALUE: values, TITLE: titles, DIFFERS: frame[DIFFERS].to_list()}
    texted = {name: pd.Series(held, index=frame.index, dtype="str") for name, held in columns.items()}
    return frame.assign(**texted)[list(FAILURE_VALUE_COLUMNS)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
