"""A table of runs to compute from: what a test does not say about a run is null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from analytics_dash.runs.error_group import error_group_id
from analytics_dash.runs.outcome import CONTRADICTS_SQL, OUTCOME_SQL, Outcome, outcome
from analytics_dash.runs.stored import API_TYPES, MODELS_SQL, STORED_TYPES

COUNTS = ("tokens", "input_tokens", "output_tokens")
USAGE = pa.list_(
    pa.struct([("provider", pa.string()), ("model_id", pa.string()), *((name, pa.int64()) for name in COUNTS)])
)
ARROW = {"VARCHAR": pa.string(), "TIMESTAMP": pa.timestamp("us"), "BOOLEAN": pa.bool_(), "DOUBLE": pa.float64()}
SCHEMA = pa.schema(
    [
        *((name, ARROW.get(kind, pa.int64())) for name, kind in API_TYPES.items()),
        ("usage", USAGE),
        ("error_group", pa.string()),
        ("gone", pa.bool_()),
    ]
)


def relation(runs: Sequence[Mapping[str, Any]]) -> duckdb.DuckDBPyRelation:
    """The runs as the store hands them over (STORED_TYPES): on a cursor, dates naive in UTC, the outcome decided.

    `usage` is a list of {model_id, tokens, input_tokens, output_tokens, provider}, any of which may be missing.
    """
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("given", pa.Table.from_pylist([_grouped(_naive(run)) for run in runs], schema=SCHEMA))
    chosen = {
        "run_key": "row_number() OVER ()",
        "models": MODELS_SQL,
        "outcome": OUTCOME_SQL,
        "gone": "coalesce(gone, false)",
    }
    chosen["contradicts"] = CONTRADICTS_SQL
    columns = ", ".join(f"{chosen.get(name, name)} AS {name}" for name in STORED_TYPES)
    connection.table("given").project(columns).create("stored")
    return connection.cursor().table("stored")


def _grouped(run: Mapping[str, Any]) -> dict[str, Any]:
    """A failed run with the group of its error, by Python's form of the rule."""
    failed = outcome(run.get("state"), run.get("is_flow_successful")) is Outcome.FAILED
    return {**run, "error_group": error_group_id(run.get("error")) if failed else None}


def _naive(run: Mapping[str, Any]) -> dict[str, Any]:
    """Dates in UTC without a zone, as the store has them."""
    return {name: v.astimezone(UTC).replace(tzinfo=None) if isinstance(v, datetime) else v for name, v in run.items()}
