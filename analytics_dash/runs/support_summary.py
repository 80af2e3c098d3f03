"""Owns what of a run is handed to somebody else: Markdown for a ticket, shortened, with what looks secret removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from analytics_dash.runs.error_group import error_group_id
from analytics_dash.runs.one_run import OneRun
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.secrets import without_secrets

ERROR_CHARS: Final = 1_000
TEXT_CHARS: Final = 600  # of inputs and of outputs: a ticket is read, not scrolled
LOOKED_AT: Final = 20  # times as much is searched for secrets before it is cut, so that none is cut in half and missed
FENCE: Final = re.compile(r"`{3,}")
NONE: Final = "(none)"


def support_summary(run: OneRun, *, zone: str, link: str, tokens: str, latency: str, started: str) -> str:
    """The run in Markdown; `tokens`, `latency` and `started` are its facts in words of the page."""
    return "\n".join(_lines(run, zone=zone, link=link, tokens=tokens, latency=latency, started=started))


def both_times(run: OneRun, zone: str) -> str:
    """When the run began on the clocks of the zone and in UTC: “2026-11-24 15:02:07 Europe/Paris (14:02:07 UTC)”."""
    local = f"{run.date.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"
    return local if zone == "UTC" else f"{local} ({run.date:%Y-%m-%d %H:%M:%S} UTC)"


def _lines(run: OneRun, *, zone: str, link: str, tokens: str, latency: str, started: str) -> Iterator[str]:
    yield f"### Run {_line(run.run_id)}: {run.outcome}"
    yield ""
    yield f"- Link: {link}"
    yield f"- Outcome: {run.outcome} (state {_line(run.state)}, is_flow_successful {_flag(run)})"
    yield f"- Time: {both_times(run, zone)}"
    yield f"- Latency: {latency}"
    yield f"- Tokens: {tokens}"
    yield f"- User: {_line(run.user_id)}"
    yield f"- Started: {_line(started)}"
    if run.conversation_id:
        yield f"- Conversation: {_line(run.conversation_id)}"
    if run.parent_project_id or run.parent_run_id:
        parent = f"{_line(run.parent_project_name)} ({_line(run.parent_project_id)})"
        yield f"- Parent: {parent}, run {_line(run.parent_run_id)}"
    if run.outcome == Outcome.FAILED or run.error:
        yield f"- Error group: {error_group_id(run.error)}"
        yield from _block("Error", run.error, ERROR_CHARS)
    yield from _block("Inputs", run.inputs, TEXT_CHARS)
    yield from _block("Outputs", run.outputs, TEXT_CHARS)


def _flag(run: OneRun) -> str:
    return "not sent" if run.is_flow_successful is None else str(run.is_flow_successful).lower()


def _line(text: str | None) -> str:
    """A short text on one line as code, so that nothing in it is markup; long ones are cut."""
    line = without_secrets(" ".join((text or "").split()), guess=False).replace("`", "'")
    return f"`{line[:200]}`" if line else NONE


def _block(title: str, text: str | None, limit: int) -> Iterator[str]:
    """A long text as a block of code whose fence is longer than any in it."""
    yield ""
    if text is None or not text.strip():
        yield f"**{title}**: {NONE}"
        return
    cut = without_secrets(text[: limit * LOOKED_AT])[:limit]
    left_out = f", the first {limit:,} characters" if len(text) > limit else ""
    fence = "`" * (max((len(found) for found in FENCE.findall(cut)), default=2) + 1)
    yield f"**{title}**{left_out}"
    yield f"{fence}\n{cut}\n{fence}"
