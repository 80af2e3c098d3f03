"""The completeness line: how our totals compare with the organization's, and how old the oldest part is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from streamlit.testing.v1 import AppTest

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)


def page(theirs: dict[str, int | None], oldest_h: float, apart_s: float, user: str | None) -> None:
    from datetime import UTC, datetime, timedelta
    from unittest.mock import Mock

    from analytics_dash.api.summary import ProjectSummary
    from analytics_dash.runs.view import View
    from analytics_dash.store.asked import Asked
    from analytics_dash.store.dataset import Dataset, Report, Summarized
    from analytics_dash.store.intervals import Interval
    from analytics_dash.store.sync import Scope
    from analytics_dash.ui import completeness
    from tests.metrics.table import relation

    end = datetime(2026, 11, 24, 12, tzinfo=UTC)
    shown = Interval(end - timedelta(days=7), end)
    runs = [{"date": end - timedelta(hours=n + 1), "state": "FAILED", "total_tokens": 100} for n in range(3)]
    summary = ProjectSummary(project_id="f", project_name="Flow", **theirs)
    report = Report(3, 0, 1, 0, (), shown.low, True, (), end, end - timedelta(hours=oldest_h))
    reader = Mock()
    reader.runs.return_value = relation(runs)
    completeness.draw(
        Dataset(
            Scope("o", "f", shown.low, end, live=True, asked=Asked(user)), shown, reader, (shown,), (), report,
            keeps_texts=True, summary=Summarized(summary, Interval(shown.low, end + timedelta(seconds=apart_s))),
        ),
        View(tz="UTC"),
    )  # fmt: skip


def line(theirs: dict[str, Any], *, oldest_h: float = 0, apart_s: float = 0, user: str | None = None) -> str:
    app = AppTest.from_function(page, args=(theirs, oldest_h, apart_s, user)).run()
    assert not app.exception
    return str(app.markdown[-1].value)


def test_equal_totals_are_told_whichever_of_them_the_server_has() -> None:
    whole = {"total_runs": 3, "total_errors": 3, "total_tokens": 300, "total_users": 0}
    for theirs in (whole, {"total_runs": 3}, {"total_tokens": 300}):
        assert line(theirs).endswith(" · same totals as the organization's summary]")
    assert "summary" not in line({})


def test_each_total_that_differs_is_named_with_theirs() -> None:
    told = line({"total_runs": 4040, "total_errors": 2, "total_tokens": 300, "total_users": 5})
    assert told.endswith(
        "**4,037 fewer runs (4,040 there), 1 more error (2 there), 5 fewer users (5 there) "
        "than the organization's summary says**]"
    )
    assert "summary" not in line({"total_runs": 4040}, user="ann")  # all of the flow's against this user's


def test_a_summary_of_an_earlier_moment_is_held_against_ours_of_that_moment_and_blamed_for_nothing() -> None:
    for apart_s in (2, -2):
        assert "1 fewer run (4 there)" in line({"total_runs": 4}, apart_s=apart_s)
    assert line({"total_runs": 3}, apart_s=-600).endswith(
        "same totals as the organization's summary until 24 Nov 2026, 11:50]"
    )
    assert "summary" not in line({"total_runs": 4}, apart_s=-600)


def test_parts_that_were_read_much_earlier_are_told() -> None:
    assert "older parts" not in line({}, oldest_h=0.5)
    told = line({}, oldest_h=19)
    assert " · older parts as of 23 Nov 2026, 17:00 or later" in told
    assert told.index("as of 24 Nov") < told.index("older parts")


def test_the_line_counts_again_only_for_other_rows() -> None:
    app = AppTest.from_function(page, args=({"total_runs": 3}, 0, 0, None)).run()
    key, held = app.session_state["totals_counted"]
    app.session_state["totals_counted"] = (key, held.__class__(9, 9, 9, 9))
    assert "6 more runs (3 there)" in str(app.run().markdown[-1].value)
    app.session_state["totals_counted"] = ((NOON + timedelta(1), key), held)
    assert "same totals" in str(app.run().markdown[-1].value)
