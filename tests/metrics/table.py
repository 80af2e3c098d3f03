"""A table of runs to compute from: what a test does not say about a run is null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from analytics_dash.runs.frame import DTYPES
from analytics_dash.runs.outcome import CONTRADICTS_SQL, OUTCOME_SQL

COLUMNS = ("date", "state", "is_flow_successful", "latency", "total_tokens", "user_id")


def relation(runs: Sequence[Mapping[str, Any]]) -> duckdb.DuckDBPyRelation:
    """The runs as the store hands them over: on a cursor, dates naive in UTC, the outcome decided."""
    frame = pd.DataFrame({name: pd.array([run.get(name) for run in runs], dtype=DTYPES[name]) for name in COLUMNS})
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("given", frame.assign(date=frame["date"].dt.tz_localize(None)))
    given = connection.table("given")
    given.project(f"*, {OUTCOME_SQL} AS outcome, {CONTRADICTS_SQL} AS contradicts").create("stored")
    return connection.cursor().table("stored")
