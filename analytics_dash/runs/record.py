"""Owns the shape of one run as the API sends it: documented fields typed, everything else tolerated."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

INT64_MAX: Final = 2**63 - 1  # what the table's integer column holds


def as_text(value: object) -> object:
    """Text as it is; anything else as the JSON it came as, so that an object sent for a string is kept, not dropped."""
    if value is None:
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _utc(value: datetime) -> datetime:
    """The instant in UTC; a missing zone means UTC."""
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside the calendar") from error


def _number_or_nothing(value: object) -> object:
    """None for NaN and the infinities, which JSON does not have but some servers write, as numbers or as text."""
    if not isinstance(value, (float, str)):
        return value
    try:
        return value if isfinite(float(value)) else None
    except ValueError:
        return value


Text = Annotated[str | None, BeforeValidator(as_text)]
Count = Annotated[int | None, Field(ge=-INT64_MAX, le=INT64_MAX), BeforeValidator(_number_or_nothing)]
Instant = Annotated[datetime, AfterValidator(_utc)]
Seconds = Annotated[float | None, BeforeValidator(_number_or_nothing)]


class LlmUsage(BaseModel):
    """Tokens one run spent on one model; counts may be missing."""

    model_config = ConfigDict(extra="allow")

    provider: Text = None
    model_id: Text = None
    tokens: Count = None
    input_tokens: Count = None
    output_tokens: Count = None


class Run(BaseModel):
    """One run (`ProjectRunSummary`); only `run_id` and `date` are indispensable, unknown values stay text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    run_id: Annotated[str, BeforeValidator(as_text), Field(min_length=1)]
    conversation_id: Text = None
    date: Instant
    is_flow_successful: bool | None = None
    state: Text = None
    error: Text = None
    latency: Seconds = None
    total_tokens: Count = None
    user_id: Text = None
    inputs: Text = None
    outputs: Text = None
    llms: Text = None
    feedback: Text = None
    llm_usage: list[LlmUsage] | None = None
    run_type: Text = None
    ran_by_type: Text = None
    ran_by_id: Text = None
    ran_by_display_name: Text = None
    parent_run_id: Text = None
    parent_project_id: Text = None
    parent_project_name: Text = None

    def usage_json(self) -> str | None:
        """`llm_usage` as compact JSON with every field the server sent; None where it sent none."""
        if self.llm_usage is None:
            return None
        usage = [model.model_dump(exclude_unset=True) for model in self.llm_usage]
        return json.dumps(usage, ensure_ascii=False, separators=(",", ":"))


API_COLUMNS: Final = tuple(Run.model_fields)
"""The API's field names in the API's order."""
