"""What stands beside a rate and a percentile in tables: both counts, and a word where the runs are few."""

from __future__ import annotations

import pandas as pd

from analytics_dash.figures.call_graph import _hover
from analytics_dash.runs.view import View
from analytics_dash.ui.call_panel import _note
from analytics_dash.ui.failing_runs import however_it_went


def test_a_call_s_percentile_over_few_runs_says_so_in_the_table_and_the_picture() -> None:
    assert _note(None, few=True) == "p95 of few runs"
    assert _note("It is gone", few=True) == "The caller: It is gone · p95 of few runs"
    assert _note(None, few=False) is None
    call = {"caller": "a", "called": "b", "runs": 3, "caller_runs": 2, "failed": 0, "succeeded": 0, "p95_s": 1.5}
    call |= {"rate": float("nan"), "low": float("nan"), "high": float("nan"), "few": True}
    row = pd.Series(call).to_dict()
    assert "p95 1.50 s of few runs" in _hover(row, {})
    assert "of few" not in _hover({**row, "few": False}, {})


def test_filters_on_how_a_run_went_hide_no_success() -> None:
    asked = View(
        user=("ann",),
        model=("gpt",),
        outcome=("failed",),
        state=("FAILED",),
        feedback=("bad",),
        error_group="0123456789ab",
        contradicts=True,
        latency_from=9.0,
        tokens_to=5,
        q="timeout",
        without=(("outcome", "succeeded"), ("run_type", "api")),
        range="30d",
    )
    assert however_it_went(asked) == View(user=("ann",), model=("gpt",), without=(("run_type", "api"),), range="30d")
