"""A run as it may really come: what is kept, what is refused, and what the table makes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.frame import CATEGORICAL, DTYPES, to_frame
from analytics_dash.runs.outcome import Outcome, outcome
from analytics_dash.runs.record import API_COLUMNS, Run

ID = "3f2b8c1e-0000-4000-8000-000000000001"


def run(**fields: Any) -> Run:
    return Run.model_validate({"run_id": ID, "date": "2026-11-01T10:00:00Z", **fields})


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-01T10:00:00Z", 10),
        ("2026-11-01T10:00:00+02:00", 8),
        ("2026-11-01T10:00:00", 10),
        ("2026-11-01 10:00", 10),
    ],
)
def test_a_date_is_an_instant_in_utc_and_a_missing_zone_means_utc(text: str, hour: int) -> None:
    assert run(date=text).date == datetime(2026, 11, 1, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "DREAMING"},
        {"run_type": "telepathy"},
        {"brand_new_field": {"a": 1}},
        {"llm_usage": [{"provider": "Novel", "model_id": "m", "surprise": 1}]},
        {"llm_usage": None},
        {"user_id": 42},
        {"outputs": {"answer": [1, 2]}},
        {"latency": float("nan")},
        {"total_tokens": None},
        {"total_tokens": "Infinity"},
        {"llm_usage": [{"tokens": "NaN"}]},
    ],
)
def test_what_is_new_or_missing_never_drops_a_run(fields: dict[str, Any]) -> None:
    assert run(**fields).run_id == ID


@pytest.mark.parametrize(
    "fields",
    [
        {"date": "soon"},
        {"date": None},
        {"date": "9999-12-31T23:59:59-14:00"},
        {"run_id": None},
        {"run_id": ""},
        {"latency": "slow"},
        {"total_tokens": 10**30},
        {"total_tokens": "many"},
        {"is_flow_successful": "perhaps"},
        {"llm_usage": "gpt"},
    ],
)
def test_what_cannot_be_a_run_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run(**fields)


def test_an_object_sent_for_a_text_is_kept_as_its_json() -> None:
    assert json.loads(run(outputs={"ü": [1]}).outputs or "") == {"ü": [1]}


@pytest.mark.parametrize("value", ["NaN", " Infinity", "-inf", "1e999"])
def test_a_latency_that_is_no_number_is_none_however_it_is_written(value: object) -> None:
    assert run(latency=value).latency is None
    assert run(latency="1.25").latency == 1.25


def test_a_lone_surrogate_becomes_a_mark_that_files_can_hold() -> None:
    assert run(inputs="a\ud800b").inputs == "a?b"


def test_llm_usage_keeps_every_field_the_server_sent() -> None:
    usage = [{"provider": "OpenAI", "model_id": "gpt", "tokens": None, "is_local_model": False, "new": 1}]
    assert json.loads(run(llm_usage=usage).usage_json() or "") == usage
    assert run().usage_json() is None


def test_the_table_has_one_schema_also_when_empty() -> None:
    empty, full = to_frame([]), to_frame([run(latency=1.5, total_tokens=3, is_flow_successful=True, state="COMPLETED")])
    for frame in (empty, full):
        assert tuple(frame.columns) == API_COLUMNS
        assert all(frame[name].dtype == DTYPES[name] for name in API_COLUMNS if name not in CATEGORICAL)
        assert all(isinstance(frame[name].dtype, pd.CategoricalDtype) for name in CATEGORICAL)


def test_a_null_in_the_table_is_missing_not_zero() -> None:
    row = to_frame([run()]).iloc[0]
    assert all(pd.isna(row[name]) for name in ("latency", "total_tokens", "is_flow_successful", "user_id", "state"))


@pytest.mark.parametrize(
    ("state", "flag", "expected"),
    [
        ("PENDING", False, Outcome.UNFINISHED),
        ("PAUSED", True, Outcome.UNFINISHED),
        ("RESUMED", None, Outcome.UNFINISHED),
        ("CANCELLED", True, Outcome.CANCELLED),
        ("FAILED", True, Outcome.FAILED),
        ("COMPLETED", False, Outcome.FAILED),
        ("COMPLETED", None, Outcome.SUCCEEDED),
        (None, True, Outcome.SUCCEEDED),
        (None, False, Outcome.FAILED),
        ("DREAMING", None, Outcome.UNKNOWN),
        ("DREAMING", False, Outcome.FAILED),
        (None, None, Outcome.UNKNOWN),
    ],
)
def test_the_first_rule_that_fits_decides_the_outcome(state: str | None, flag: bool | None, expected: Outcome) -> None:
    assert outcome(state, flag) is expected


class TestRunFilter:
    """What may be asked of a listing."""

    def test_the_start_belongs_and_the_end_does_not(self) -> None:
        start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
        wanted = RunFilter(start=start, end=end)
        assert wanted.matches(date=start, user_id=None, state=None)
        assert not wanted.matches(date=end, user_id=None, state=None)

    @pytest.mark.parametrize("fields", [{"user_id": " "}, {"states": ("A,B",)}, {"states": ("",)}, {"colour": "red"}])
    def test_what_cannot_be_asked_is_refused(self, fields: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            RunFilter(**fields)

    @given(st.datetimes(timezones=st.just(UTC)))
    def test_an_empty_interval_is_refused(self, moment: datetime) -> None:
        with pytest.raises(ValidationError):
            RunFilter(start=moment, end=moment)
