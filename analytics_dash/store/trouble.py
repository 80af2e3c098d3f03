"""Owns the sentences for a store that cannot be used: what happened, and the way on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import duckdb

from analytics_dash.errors import StoreError
from analytics_dash.store.migrations import ForeignStore, NewerStore

TROUBLES: Final = (
    duckdb.OperationalError,
    duckdb.InternalError,
    duckdb.FatalException,
    duckdb.InterruptException,
)
"""What the machine and the engine do to a store; faults of a statement are not among them."""
ELSEWHERE: Final = "set ANALYTICS_DASH_DATA_DIR to another folder"
AWAY: Final = (
    "It was not changed. Move it away, or remove it with `analytics-dash store clear`; "
    "its runs can be read from the API again."
)
_HOLDER: Final = re.compile(r"\(PID (\d+)\)")
_SENTENCES: Final = (
    (
        r"No space left|File too large|quota exceeded|disk is full|not enough space|Could not write|max_temp_directory",
        (
            "The disk is full: {where} could not be written. What was stored before is kept. "
            "Free some space and try again; if that does not help, restart the dashboard."
        ),
    ),
    (
        r"invalidated|FATAL Error|INTERNAL Error",
        (
            "The store {where} has stopped after a fault and takes nothing more. What was stored before is kept. "
            "Restart the dashboard."
        ),
    ),
    (
        r"set lock|being used by another process",
        "The store {where} is in use by another process{holder}. Stop that one first, or " + ELSEWHERE + ".",
    ),
    (
        r"handle conflict|already attached",
        "The store {where} is already open in this process. Close it there first, or " + ELSEWHERE + ".",
    ),
    (
        r"newer version of DuckDB|we can only read version",
        "The store {where} was made with a newer DuckDB than the one installed here. It was not changed. "
        "Update analytics-dash, or " + ELSEWHERE + ".",
    ),
    (
        r"not a valid DuckDB|Corrupt|checksum|read enough bytes|replaying WAL|deserialize|Is a directory",
        "The store {where} is damaged, or is not a store. " + AWAY,
    ),
    (
        r"ermission denied|not permitted|Read-only file|Not a directory|Access is denied|No such file|File exists",
        "The store {where} cannot be made or written there ({reason}). Allow writing in that folder, or "
        + ELSEWHERE
        + ".",
    ),
    (
        r"Out of Memory|memory limit|offload",
        "The store ran out of memory. Choose a shorter range, or allow more with ANALYTICS_DASH_STORE_MEMORY.",
    ),
    (r"already closed|been closed|Interrupted", "The store {where} is closed. Restart the dashboard."),
)


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Whether the engine had too little memory; a commit says so in words of its own."""
    return isinstance(error, duckdb.OutOfMemoryException) or "failed to pin block" in str(error)


def store_trouble(error: Exception, location: Path | None) -> StoreError:
    """The error to raise in its place; names the file, and the process that holds it where that is known."""
    where = str(location) if location else "in memory"
    if isinstance(error, NewerStore):
        return StoreError(
            f"The store {where} was made by a newer version of analytics-dash. It was not changed. "
            f"Update analytics-dash, or {ELSEWHERE}."
        )
    if isinstance(error, ForeignStore):
        return StoreError(
            f"The file {where} holds something other than runs. It was not changed. Move it away, or {ELSEWHERE}."
        )
    message = str(error).replace(where, "")  # a folder's name says nothing of what happened
    return StoreError(_sentence(message).format(where=where, holder=_holder(error), reason=_reason(error)))


def moved_away(location: Path) -> StoreError:
    """The file is no longer the one that was opened: what is written now would be lost."""
    return StoreError(
        f"The store {location} was moved or removed while it was open, so nothing more can be stored. "
        "Restart the dashboard."
    )


def _sentence(message: str) -> str:
    fitting = (text for pattern, text in _SENTENCES if re.search(pattern, message, re.IGNORECASE))
    return next(fitting, "The store {where} cannot be used ({reason}). Restart the dashboard, or " + ELSEWHERE + ".")


def _holder(error: Exception) -> str:
    found = _HOLDER.search(str(error))
    return f" (PID {found[1]})" if found else ""


def _reason(error: Exception) -> str:
    """The cause in the system's words, without the path, which the sentence has already."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error).partition("\n")[0].rpartition(": ")[2].lower()
