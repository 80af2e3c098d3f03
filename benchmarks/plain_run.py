"""Owns a run as a plain script would model it: the documented fields, straight from the API's description."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
from pydantic import BaseModel


class PlainUsage(BaseModel):
    """Tokens of one model."""

    provider: str
    model_id: str
    tokens: int | None
    input_tokens: int | None
    output_tokens: int | None


class PlainRun(BaseModel):
    """One run."""

    run_id: str
    conversation_id: str | None
    date: datetime
    is_flow_successful: bool | None
    state: str | None
    error: str | None
    latency: float | None
    total_tokens: int
    user_id: str | None
    inputs: str | None
    outputs: str | None
    llms: str | None
    feedback: str | None
    llm_usage: list[PlainUsage] = []
    run_type: str | None = None
    ran_by_type: str | None = None
    ran_by_id: str | None = None
    ran_by_display_name: str | None = None
    parent_run_id: str | None = None
    parent_project_id: str | None = None
    parent_project_name: str | None = None

    @classmethod
    def arrow_schema(cls) -> pa.Schema:
        """The same as a table's columns."""
        counts = [(name, pa.int64()) for name in ("tokens", "input_tokens", "output_tokens")]
        usage = pa.list_(pa.struct([("provider", pa.string()), ("model_id", pa.string()), *counts]))
        types = {
            "date": pa.timestamp("us", "UTC"),
            "is_flow_successful": pa.bool_(),
            "latency": pa.float64(),
            "total_tokens": pa.int64(),
            "llm_usage": usage,
        }
        return pa.schema([(name, types.get(name, pa.string())) for name in cls.model_fields])
