"""Owns latency by the values of a dimension: exact percentiles for each value's runs, the slowest values first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import (
    FEW,
    LATENCY_RUNS,
    LATENCY_VALUE_COLUMNS,
    MAX_S,
    P50,
    P95,
    P99,
    RUNS,
    TITLE,
)
from analytics_dash.metrics.percentiles import FEW_RUNS, P99_RUNS, timed
from analytics_dash.runs.dimension import VALUE, Dimension

SORTS: Final = (P50, P95, P99, MAX_S, RUNS, LATENCY_RUNS)
ROWS: Final = 12  # values that fit on a screen beside another chart

PER_VALUE: Final = f"""
WITH valued AS ({{rows}}),
counted AS (
    SELECT {VALUE}, any_value({TITLE}) AS {TITLE}, count(*) AS {RUNS},
        count(*) FILTER (WHERE {{timed}}) AS {LATENCY_RUNS},
        quantile_cont(latency, [0.5, 0.95, 0.99]) FILTER (WHERE {{timed}}) AS quantiles,
        max(latency) FILTER (WHERE {{timed}}) AS {MAX_S}
    FROM valued GROUP BY {VALUE}
),
named AS (
    SELECT {VALUE}, {TITLE}, {RUNS}, {LATENCY_RUNS}, quantiles[1] AS {P50}, quantiles[2] AS {P95},
        CASE WHEN {LATENCY_RUNS} >= {P99_RUNS} THEN quantiles[3] END AS {P99}, {MAX_S},
        {LATENCY_RUNS} BETWEEN 1 AND {FEW_RUNS - 1} AS {FEW}, count(*) OVER () AS total
    FROM counted
)
SELECT * FROM named ORDER BY {{first}} {{sort}} DESC NULLS LAST, {RUNS} DESC, {VALUE} NULLS LAST LIMIT {{limit}}"""  # noqa: S608  columns and numbers of ours


@dataclass(frozen=True, eq=False)
class LatencyValues:
    """LATENCY_VALUE_COLUMNS for the first values of a dimension, and how many values there are in all."""

    dimension: Dimension
    frame: pd.DataFrame
    of: int


def latency_by_dimension(
    runs: duckdb.DuckDBPyRelation,
    dimension: Dimension,
    *,
    sort: str = P95,
    limit: int = ROWS,
    failed_in_latency: bool = True,
) -> LatencyValues:
    """The values with the highest `sort` (of SORTS), those with few runs last where it is a latency; NaN for no data.

    A run of several models counts under each; p99 is NaN below P99_RUNS. ValueError for another `sort`.
    """
    if sort not in SORTS:
        raise ValueError(f"values are sorted by one of {', '.join(SORTS)}")
    first = "" if sort in (RUNS, LATENCY_RUNS) else f"{LATENCY_RUNS} < {FEW_RUNS},"
    title = f"{dimension.title_column or 'NULL::VARCHAR'} AS {TITLE}"
    sql = PER_VALUE.format(
        rows=dimension.named_rows(title, "latency", "outcome"),
        timed=timed(failed_in_latency=failed_in_latency),
        first=first,
        sort=sort,
        limit=int(limit),
    )
    frame = runs.query("runs", sql).df()
    of = int(frame["total"].iloc[0]) if len(frame) else 0
    return LatencyValues(dimension, _named(frame, dimension), of)


def _named(frame: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    """What runs without a value are called, and a title for every value: its name for people, else itself."""
    values = pd.Series([dimension.named(_text(value)) for value in frame[VALUE]], index=frame.index, dtype="str")
    titles = [_text(title) or value for title, value in zip(frame[TITLE], values, strict=True)]
    named = frame.assign(**{VALUE: values, TITLE: pd.Series(titles, index=frame.index, dtype="str")})
    return named[list(LATENCY_VALUE_COLUMNS)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
