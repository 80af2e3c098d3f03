"""Made-up rows as the API sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def run_row(run_id: str = "run-1", *, date: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """One row with every required field; `fields` replace or add."""
    row: dict[str, Any] = {
        "run_id": run_id,
        "date": date.isoformat(),
        "is_flow_successful": True,
        "state": "COMPLETED",
        "error": None,
        "latency": 1.5,
        "total_tokens": 10,
        "user_id": "user-1",
        "inputs": "in",
        "outputs": "out",
        "llms": None,
        "feedback": None,
    }
    return row | fields


def run_rows(count: int, *, newest: datetime = NOON, step: timedelta = timedelta(minutes=1)) -> list[dict[str, Any]]:
    """Rows from new to old, `step` apart, with ids in that order."""
    return [run_row(f"run-{number:05}", date=newest - number * step) for number in range(count)]
