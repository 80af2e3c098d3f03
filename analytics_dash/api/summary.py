"""Owns the organization's own totals of its projects: newer than the rest of the API, and missing on many servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from analytics_dash.api.body import UnreadableError, json_of
from analytics_dash.api.paging import Ask, Pass, smaller_size
from analytics_dash.api.retry import Tried, Trouble
from analytics_dash.runs.record import Count, Text

SUMMARY_SIZE: Final = 100  # projects asked for first: most organizations fit in one page
MAX_ATTEMPTS: Final = 10  # sizes tried before what came is taken as it is


def _number_or_none(value: object) -> object:
    """A whole number, or None for whatever else a server sends: totals only reconcile, nothing rests on them."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


Total = Annotated[Count, BeforeValidator(_number_or_none)]


class ProjectSummary(BaseModel):
    """One project's totals as the server counts them; a number that it does not send is None."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    project_id: Annotated[str, Field(min_length=1)]
    project_name: str
    project_type: Text = None
    total_runs: Total = None
    total_errors: Total = None
    total_tokens: Total = None
    total_users: Total = None


@dataclass(frozen=True)
class SummaryPage:
    """One page; projects without an id or name are left out of `projects`, not of `keys`."""

    keys: tuple[str, ...]
    projects: tuple[ProjectSummary, ...]


def summary_page(body: bytes) -> SummaryPage:
    """The projects of a page; raises UnreadableError where it is no list of projects."""
    rows = json_of(body)
    if not isinstance(rows, list):
        raise UnreadableError("it is no list of projects")
    projects = tuple(project for row in rows if (project := _project(row)) is not None)
    if rows and not projects:
        raise UnreadableError("it is a list of something else than projects")
    return SummaryPage(tuple(map(_identity, rows)), projects)


def _identity(row: object) -> str:
    """What tells a row apart while its totals move: its project, else all that it holds."""
    project_id = row.get("project_id") if isinstance(row, dict) else None
    return project_id if isinstance(project_id, str) and project_id else repr(row)


def _project(row: object) -> ProjectSummary | None:
    try:
        return ProjectSummary.model_validate(row)
    except ValidationError:
        return None


class SummaryReading:
    """All pages as work for a dispatcher: one pass, in smaller pages where the server wants it."""

    def __init__(self) -> None:
        self.projects: dict[str, ProjectSummary] = {}
        self._attempt = 0
        self._pass = Pass(SUMMARY_SIZE, fence=False)

    def asks(self, width: int) -> Sequence[Ask]:
        """The pages wanted now."""
        return self._pass.asks(width)

    def wants(self, ask: Ask) -> bool:
        """Whether an answer still serves."""
        return self._pass.wants(ask)

    def landed(self, ask: Ask, result: SummaryPage) -> None:
        """Take a page."""
        self.projects.update({project.project_id: project for project in result.projects})
        self._pass.landed(ask, result.keys)
        if self._pass.is_done and self._pass.is_short:
            self._again(self._pass.next_size)

    def sidesteps(self, ask: Ask, trouble: Trouble, tried: Tried) -> bool:  # noqa: ARG002  the protocol's signature
        """Whether smaller pages are the way on."""
        size = smaller_size(ask.size, trouble.bound) if trouble.about_size and self._attempt < MAX_ATTEMPTS else None
        if size is not None:
            self._again(size)
        return size is not None

    def _again(self, size: int) -> None:
        self._attempt += 1
        self._pass = Pass(size, attempt=self._attempt, fence=False, patient=self._attempt >= MAX_ATTEMPTS)
