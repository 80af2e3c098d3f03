"""Owns the one rule that decides how a run ended (PRODUCT: outcome; the first line that fits wins)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """How a run ended, in the order charts and tables show it."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    UNFINISHED = "unfinished"
    UNKNOWN = "unknown"


UNFINISHED_STATES: Final = ("PENDING", "PAUSED", "RESUMED")

OUTCOME_SQL: Final = """case
    when state in ('PENDING', 'PAUSED', 'RESUMED') then 'unfinished'
    when state = 'CANCELLED' then 'cancelled'
    when state = 'FAILED' or is_flow_successful is false then 'failed'
    when state = 'COMPLETED' or is_flow_successful then 'succeeded'
    else 'unknown'
end"""
"""The rule over the columns `state` and `is_flow_successful`."""

CONTRADICTS_SQL: Final = """coalesce(
    (state = 'COMPLETED' and is_flow_successful is false) or (state = 'FAILED' and is_flow_successful), false)"""
"""True where state and flag say opposite things; the rule above still decides."""


def outcome(state: str | None, is_flow_successful: bool | None) -> Outcome:  # noqa: FBT001  both are the API's fields
    """The same rule for one run."""
    if state in UNFINISHED_STATES:
        return Outcome.UNFINISHED
    if state == "CANCELLED":
        return Outcome.CANCELLED
    if state == "FAILED" or is_flow_successful is False:
        return Outcome.FAILED
    if state == "COMPLETED" or is_flow_successful:
        return Outcome.SUCCEEDED
    return Outcome.UNKNOWN
