"""Owns the columns under which a stored run is known to whatever computes from it, with their SQL types."""

from __future__ import annotations

from typing import Final

USAGE_TYPE: Final = (
    "STRUCT(provider VARCHAR, model_id VARCHAR, tokens BIGINT, input_tokens BIGINT, output_tokens BIGINT)[]"
)
"""`llm_usage` with its documented counts; NULL where the server sent none."""
API_TYPES: Final = {
    "run_id": "VARCHAR",
    "conversation_id": "VARCHAR",
    "date": "TIMESTAMP",  # naive UTC: bucketing a TIMESTAMPTZ costs twice as much
    "is_flow_successful": "BOOLEAN",
    "state": "VARCHAR",
    "error": "VARCHAR",
    "latency": "DOUBLE",
    "total_tokens": "BIGINT",
    "user_id": "VARCHAR",
    "llms": "VARCHAR",
    "feedback": "VARCHAR",
    "run_type": "VARCHAR",
    "ran_by_type": "VARCHAR",
    "ran_by_id": "VARCHAR",
    "ran_by_display_name": "VARCHAR",
    "parent_run_id": "VARCHAR",
    "parent_project_id": "VARCHAR",
    "parent_project_name": "VARCHAR",
}
"""The API's fields that every page computes from."""
STORED_TYPES: Final = {
    "run_key": "BIGINT",  # joins a run to its texts; changes whenever the run is read again
    **API_TYPES,
    "usage": USAGE_TYPE,
    "models": "VARCHAR[]",  # the distinct model IDs of `usage`, sorted; empty where there are none
    "outcome": "VARCHAR",
    "contradicts": "BOOLEAN",
    "error_group": "VARCHAR",  # of failed runs alone; NULL for the others
    "gone": "BOOLEAN",  # the server no longer returned it when its time was read again
}
"""What a relation of runs holds, in this order."""
TEXT_TYPES: Final = {"inputs": "VARCHAR", "outputs": "VARCHAR", "llm_usage": "VARCHAR"}
"""The long texts, in a table of their own beside `run_key`: a scan of the rest is ten times smaller without them."""
MODELS_SQL: Final = (
    "list_sort(list_distinct(list_filter(list_transform(coalesce(usage, []), lambda u: u.model_id), "
    "lambda m: m IS NOT NULL)))"
)
"""The column `models` from the column `usage`."""
