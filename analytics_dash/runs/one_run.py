"""Owns one run as it is read whole: every field that the store has of it, with its texts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final


@dataclass(frozen=True)
class OneRun:
    """A run, `date` in UTC with its zone, `latency` in seconds; None is what the API did not send."""

    run_id: str
    date: datetime
    outcome: str
    state: str | None = None
    is_flow_successful: bool | None = None
    contradicts: bool = False
    gone: bool = False
    latency: float | None = None
    total_tokens: int | None = None
    models: tuple[str, ...] = ()
    error: str | None = None
    feedback: str | None = None
    user_id: str | None = None
    conversation_id: str | None = None
    run_type: str | None = None
    ran_by_type: str | None = None
    ran_by_id: str | None = None
    ran_by_display_name: str | None = None
    parent_run_id: str | None = None
    parent_project_id: str | None = None
    parent_project_name: str | None = None
    llms: str | None = None
    inputs: str | None = None
    outputs: str | None = None


RUN_FIELDS: Final = tuple(field.name for field in fields(OneRun))
"""The columns it is made of, in this order."""


@dataclass(frozen=True)
class Glimpse:
    """What a list of a few runs says of each: `date` in UTC with its zone, `latency` in seconds."""

    run_id: str
    date: datetime
    outcome: str
    latency: float | None
    user_id: str | None
