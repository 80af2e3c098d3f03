"""Owns how a sign-in stands with other flows of the organization: may see it, may not, it is gone, or not known."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from analytics_dash.errors import AnalyticsDashError, Forbidden, NotFound
from analytics_dash.runs.view import View
from analytics_dash.store.access import WITHDRAWN, Access
from analytics_dash.store.workspace import Workspace

AT_ONCE: Final = 8  # flows asked about at a time: as many requests as a listing keeps in flight


class Standing(StrEnum):
    """What the API has said of a flow to this sign-in."""

    OPEN = "open"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    """Not asked, or not answered yet."""


WORDS: Final = {
    Standing.OPEN: "",
    Standing.FORBIDDEN: "You may not see this workflow",
    Standing.GONE: "This workflow no longer exists or is in another organization",
    Standing.TROUBLE: "The API could not be asked",
    Standing.UNKNOWN: "",
}


def standing(workspace: Workspace, org: str, flow: str) -> Standing:
    """What is known now, without asking."""
    return _of(_right(workspace, org, flow))


def refusal(workspace: Workspace, org: str, flow: str) -> AnalyticsDashError | None:
    """Why the flow can't be seen, in the API client's words."""
    return _right(workspace, org, flow).refusal


def standings(workspace: Workspace, org: str, flows: Iterable[str], *, wait_s: float) -> Mapping[str, Standing]:
    """What the API says of each flow, asked with this sign-in's own token; what takes longer is UNKNOWN for now.

    A refusal is remembered as long as the sign-in lasts; trouble is asked about again.
    """
    until = time.monotonic() + wait_s
    names = list(dict.fromkeys(flows))
    for first in range(0, len(names), AT_ONCE):
        asked = [_right(workspace, org, flow) for flow in names[first : first + AT_ONCE]]
        for right in asked:
            if not right.is_granted and not isinstance(right.refusal, WITHDRAWN):
                right.begin()
        for right in asked:
            right.wait(max(0.0, until - time.monotonic()))
    return {flow: standing(workspace, org, flow) for flow in names}


def _right(workspace: Workspace, org: str, flow: str) -> Access:
    return workspace.access(View(org=org, flow=flow))


def _of(right: Access) -> Standing:
    if right.is_granted:
        return Standing.OPEN
    if isinstance(right.refusal, Forbidden):
        return Standing.FORBIDDEN
    if isinstance(right.refusal, NotFound):
        return Standing.GONE
    return Standing.UNKNOWN if right.refusal is None else Standing.TROUBLE
