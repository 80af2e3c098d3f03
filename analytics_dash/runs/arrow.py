"""Owns the Arrow schema of runs as they come from the API, and the certain way from rows to a table of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pyarrow as pa

from analytics_dash.runs.record import API_COLUMNS, LlmUsage, Run, as_text

USAGE_FIELDS: Final = tuple(LlmUsage.model_fields)
"""What is known of the tokens spent on one model, in the API's order."""
TEXT_FIELDS: Final = ("provider", "model_id")
USAGE_TYPE: Final = pa.list_(
    pa.struct([(name, pa.string() if name in TEXT_FIELDS else pa.int64()) for name in USAGE_FIELDS])
)
TYPES: Final = {
    "date": pa.timestamp("us", tz="UTC"),
    "is_flow_successful": pa.bool_(),
    "latency": pa.float64(),
    "total_tokens": pa.int64(),
}
"""The API's columns that are not text."""
RUN_SCHEMA: Final = pa.schema([*((name, TYPES.get(name, pa.string())) for name in API_COLUMNS), ("usage", USAGE_TYPE)])
"""The API's columns in its order, `llm_usage` as compact JSON of all that came, and `usage`; null where none came."""


def table_of(runs: Iterable[Run]) -> pa.Table:
    """One row per run in the order given, by RUN_SCHEMA; the same schema without any runs."""
    rows = list(runs)
    columns = {name: [getattr(run, name) for run in rows] for name in API_COLUMNS}
    # what the server added to a model is kept as it came, so it may hold text that no column can
    columns["llm_usage"] = [as_text(run.usage_json()) for run in rows]
    columns["usage"] = [_usage(run) for run in rows]
    return pa.table([pa.array(columns[field.name], type=field.type) for field in RUN_SCHEMA], schema=RUN_SCHEMA)


def _usage(run: Run) -> list[dict[str, Any]] | None:
    """The known fields of each model; None where the server sent no list."""
    if run.llm_usage is None:
        return None
    return [{name: getattr(model, name) for name in USAGE_FIELDS} for model in run.llm_usage]
