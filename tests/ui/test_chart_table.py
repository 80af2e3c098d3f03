"""What a chart is drawn from, as a table that people read and as a CSV with the zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics_dash.export.table import csv_of_table
from analytics_dash.metrics import columns
from analytics_dash.ui.chart_table import LABELS, readable, to_take

START = datetime(2026, 11, 24, 13, tzinfo=UTC)
ZONE = "Europe/Paris"


def over_time() -> pd.DataFrame:
    starts = pd.Series([START, START + timedelta(hours=1)]).astype("datetime64[us, UTC]")
    return pd.DataFrame(
        {
            "start": starts,
            "end": starts + timedelta(hours=1),
            "partial": [True, False],
            "failed": [3, 0],
            "rate": [0.25, np.nan],
            "low": [0.1, np.nan],
            "high": [0.5, np.nan],
            "p95_s": [1.5, np.nan],
        }
    )


def headings(data: pd.DataFrame) -> dict[str, Any]:
    return {name: config["label"] for name, config in readable(data, zone=ZONE)[1].items()}


def test_headings_are_words_with_units_and_the_end_is_hidden() -> None:
    assert list(headings(over_time()).values()) == [
        *("From", "Partial", "Failed", "Failure rate", "Rate at least", "Rate at most", "p95 (s)"),
    ]


def test_shares_are_hundredths_and_what_is_missing_is_empty() -> None:
    shown, configured = readable(over_time(), zone=ZONE)
    assert shown["rate"].to_list()[0] == 25
    assert shown["rate"].isna().to_list() == [False, True]
    assert shown["partial"].to_list() == ["yes", ""]
    kinds: dict[str, Any] = {name: held.get("type_config") for name, held in configured.items()}
    assert kinds["start"]["timezone"] == ZONE
    assert kinds["rate"]["format"] == "%.1f %%"


def test_an_open_bound_is_empty_and_bounds_of_amounts_stay_amounts() -> None:
    bins = pd.DataFrame({"low_s": [0.0, 5.0], "high_s": [5.0, np.inf], "runs": [1, 2]})
    assert readable(bins, zone=ZONE)[0]["high_s"].isna().to_list() == [False, True]
    amounts = pd.DataFrame({"low": [10, 20], "high": [20, 30], "runs": [1, 2]})
    assert readable(amounts, zone=ZONE)[0]["low"].to_list() == [10, 20]
    assert headings(amounts)["high"] == "Below"


def test_the_csv_keeps_shares_of_one_and_writes_times_in_the_viewer_s_zone() -> None:
    text = csv_of_table(to_take(over_time(), zone=ZONE)).decode("utf-8-sig").splitlines()
    assert text[0] == "start,end,partial,failed,rate,low,high,p95_s"
    assert text[1].startswith("2026-11-24T14:00:00+01:00,2026-11-24T15:00:00+01:00,True,3,0.25,")


@pytest.mark.parametrize("name", [name for name in dir(columns) if name.endswith("_COLUMNS")])
def test_every_column_of_a_chart_s_table_has_a_heading(name: str) -> None:
    of_lists = {"ERROR_GROUP_COLUMNS", "BROKEN_USER_COLUMNS", "MODEL_COLUMNS"}  # tables of their own, not of a chart
    special = {"low", "high", "end"}
    told = {label for label in getattr(columns, name) if label not in {*LABELS, *special, *columns.OUTCOMES}}
    assert name in of_lists or told <= {"users", "last_seen", "runs_then", "change"}, told
