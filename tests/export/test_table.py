"""A chart's table as CSV holds exactly the table, and no cell of it is a formula."""

from __future__ import annotations

import csv
import io

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.export.csv import FORMULA_START
from analytics_dash.export.table import csv_of_table


def rows(table: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_of_table(table).decode("utf-8-sig"), newline="")))


def test_every_column_and_row_is_there_and_what_is_missing_is_empty() -> None:
    table = pd.DataFrame(
        {
            "start": pd.Series([pd.Timestamp("2026-11-01T10:00Z"), pd.NaT]),
            "runs": pd.array([3, None], dtype="Int64"),
            "rate": [0.5, float("nan")],
            "per bucket": [[1, 2], None],
            "cut": [True, False],
        }
    )
    assert rows(table) == [
        ["start", "runs", "rate", "per bucket", "cut"],
        ["2026-11-01T10:00:00+00:00", "3", "0.5", "1; 2", "True"],
        ["", "", "", "", "False"],
    ]


def test_a_table_without_rows_has_its_header() -> None:
    assert rows(pd.DataFrame({"value": [], "runs": []})) == [["value", "runs"]]


@settings(max_examples=25, deadline=None)  # a slow machine is not a fault
@given(st.lists(st.text() | st.sampled_from(["=1+1", "@x", "\t=1", "-2", "＝1"]), min_size=1))
def test_no_cell_of_strangers_text_is_a_formula(values: list[str]) -> None:
    table = pd.DataFrame({"=value": values, "all": [values] * len(values)})
    assert not any(FORMULA_START.match(cell) for row in rows(table) for cell in row)
