"""Owns what may be asked of the API's listing: an interval, one user, some states."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from analytics_dash.runs.record import Instant


class RunFilter(BaseModel):
    """Which runs: `start` <= date < `end` (either may be open), this user, these states; all where nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Instant | None = None
    end: Instant | None = None
    user_id: str | None = None
    states: tuple[str, ...] = ()

    @field_validator("user_id")
    @classmethod
    def _no_blank_user(cls, value: str | None) -> str | None:
        if value is not None and not value.strip():
            raise ValueError("the user ID is empty: leave it out to read every user")
        return value

    @field_validator("states")
    @classmethod
    def _single_states(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not state.strip() or "," in state for state in value):
            raise ValueError("a state is one word, such as COMPLETED")
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise ValueError("the start must be before the end")
        return self

    def matches(self, *, date: datetime, user_id: str | None, state: str | None) -> bool:
        """Whether a run belongs, decided here because a server may leave a filter out or read its bounds otherwise."""
        return (
            (self.start is None or date >= self.start)
            and (self.end is None or date < self.end)
            and (self.user_id is None or user_id == self.user_id)
            and (not self.states or state in self.states)
        )
