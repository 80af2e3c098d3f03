"""Owns a small table as CSV, as it stands on screen: text that a spreadsheet would run as a formula is kept from it."""

from __future__ import annotations

import csv
import io
from typing import Final

import pandas as pd
from pandas.api.types import is_list_like

from analytics_dash.export.csv import BOM, guarded

NOTHING: Final = ""


def csv_of_table(table: pd.DataFrame) -> bytes:
    """The table as UTF-8 CSV that Excel opens, header first; what is missing is empty, instants keep their zone."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([guarded(str(name)) for name in table.columns])
    for row in table.itertuples(index=False, name=None):
        writer.writerow([_cell(value) for value in row])
    return BOM + buffer.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if is_list_like(value):
        return guarded("; ".join(str(item) for item in value))  # type: ignore[attr-defined]  # has just been asked
    if pd.isna(value):  # type: ignore[call-overload]  # any scalar will do
        return NOTHING
    return guarded(value.isoformat() if isinstance(value, pd.Timestamp) else value)
