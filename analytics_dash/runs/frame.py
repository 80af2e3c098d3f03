"""Owns the table of runs: its columns, their dtypes, and the one builder, which gives the same schema when empty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pandas as pd

from analytics_dash.runs.record import API_COLUMNS, Run

TEXT: Final = pd.StringDtype(na_value=pd.NA)
DTYPES: Final[dict[str, Any]] = dict.fromkeys(API_COLUMNS, TEXT) | {
    "date": pd.DatetimeTZDtype("us", "UTC"),
    "is_flow_successful": pd.BooleanDtype(),
    "latency": pd.Float64Dtype(),
    "total_tokens": pd.Int64Dtype(),
}
CATEGORICAL: Final = ("state", "run_type", "ran_by_type", "parent_project_id", "parent_project_name")
"""Text with few distinct values, where categories take a twentieth of the memory."""


def to_frame(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per run in the order given, columns `API_COLUMNS`, dtypes `DTYPES`, categories where they pay."""
    rows = [run.cells() for run in runs]
    columns = {name: pd.array([row[name] for row in rows], dtype=DTYPES[name]) for name in API_COLUMNS}
    frame = pd.DataFrame(columns, columns=list(API_COLUMNS))
    return frame.astype(dict.fromkeys(CATEGORICAL, "category"))
