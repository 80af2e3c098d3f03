"""The CSV: what is in it is what the rows were, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.export.csv import BOM, csv_of_rows
from analytics_dash.runs.record import API_COLUMNS, Run
from analytics_dash.runs.view import View
from tests.store.shelf import reader

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def run(number: int = 1, **fields: Any) -> Run:
    return Run.model_validate({"run_id": f"run-{number:05}", "date": "2026-11-01T10:00:00.000001Z", **fields})


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def rows_of(*runs: Run) -> list[tuple[object, ...]]:
    plain = ({**{name: getattr(run, name) for name in API_COLUMNS}, "llm_usage": run.usage_json()} for run in runs)
    return [tuple(row.values()) for row in plain]


def exported(*runs: Run, guard: bool = True) -> list[dict[str, str]]:
    return table(b"".join(csv_of_rows(rows_of(*runs), guard=guard)))


def test_columns_are_the_api_s_in_its_order_also_without_rows() -> None:
    assert b"".join(csv_of_rows([])).decode().strip().split(",") == list(API_COLUMNS)


def test_values_are_written_so_that_programs_read_them() -> None:
    row = exported(run(latency=1.5, total_tokens=7, is_flow_successful=False, llm_usage=[{"model_id": "m"}]))[0]
    assert row["date"] == "2026-11-01T10:00:00.000001Z"
    assert (row["latency"], row["total_tokens"], row["is_flow_successful"]) == ("1.5", "7", "false")
    assert row["llm_usage"] == '[{"model_id":"m"}]'
    assert row["user_id"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "=cmd|' /C calc'!A0"])
def test_text_that_a_spreadsheet_would_run_is_preceded_by_an_apostrophe(text: str) -> None:
    assert exported(run(inputs=text))[0]["inputs"] == "'" + text
    assert exported(run(inputs=text), guard=False)[0]["inputs"] == text


def test_a_negative_number_is_a_number_and_not_a_formula() -> None:
    assert exported(run(latency=-1.5))[0]["latency"] == "-1.5"


@given(st.lists(st.text(), max_size=5))
def test_any_text_comes_back_as_it_was_when_asked_for_raw(texts: list[str]) -> None:
    runs = [run(number, inputs=text, user_id=text) for number, text in enumerate(texts)]
    kept = [(row["inputs"], row["user_id"]) for row in exported(*runs, guard=False)]
    sent = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    assert kept == [(text, text) for text in sent]


def test_rows_from_the_store_are_written_as_the_server_sent_them() -> None:
    runs = [
        run(n, state="FAILED", is_flow_successful=n % 2 == 0, latency=n / 7, total_tokens=n, inputs='a,"b"\n=c')
        for n in range(2500)
    ]
    with reader(runs, START, END) as (opened, read):
        rows = opened.sent(opened.runs(View(), start=START, end=END, read=read))
        assert b"".join(csv_of_rows(rows)) == b"".join(csv_of_rows(rows_of(*runs)))


def test_the_mark_for_excel_comes_first_and_once() -> None:
    data = b"".join(csv_of_rows(rows_of(run()), bom=True))
    assert data.startswith(BOM + b"run_id")
    assert data.count(BOM) == 1


def test_rows_are_written_in_chunks() -> None:
    assert len(list(csv_of_rows(rows_of(*(run(n) for n in range(2500)))))) == 3
