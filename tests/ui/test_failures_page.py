"""The Failures page from app.py, without a browser: its numbers against the rows themselves, filters, empty states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.metrics.recovery import Recovery
from analytics_dash.quantities import percent
from analytics_dash.runs.error_group import error_group_id, error_template
from analytics_dash.runs.outcome import outcome
from analytics_dash.ui import recovery_panel
from analytics_dash.ui.row_choice import chosen_row
from tests.moments import NOW
from tests.ui.pages import FROM, MONTH, UNTIL, charts, opened
from tests.ui.test_app import RUNS, loaded, metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/failures.py"
HOSTILE: Final = "o'hara\"; DROP TABLE runs; -- <b>**{0} %s [x](http://e.example)"


def asked_for(world: World, parameters: Mapping[str, str | list[str]] = MONTH, **more: str | list[str]) -> AppTest:
    return opened(PAGE, world, parameters, **more)


def failures_page(world: World, **more: str | list[str]) -> AppTest:
    return loaded(asked_for(world, MONTH, **more))


def told(app: AppTest, words: str) -> bool:
    for _ in range(RUNS):
        if words in texts(app):
            break
        app.run()
    return words in texts(app)


def rows_in_view(world: World, *, until: datetime = UNTIL) -> list[dict[str, Any]]:
    """Oldest first, each with its outcome."""
    rows = world.rows(world.flows[0].id, at=world.now)
    inside = (row for row in rows if FROM <= datetime.fromisoformat(row["date"]) < until)
    held = [row for row in inside if row["run_type"] != "workflow_builder"]
    fates = [{**row, "fate": str(outcome(row["state"], row["is_flow_successful"]))} for row in held]
    return sorted(fates, key=lambda row: (row["date"], row["run_id"]))


def failed_in_view(world: World) -> list[dict[str, Any]]:
    return [row for row in rows_in_view(world) if row["fate"] == "failed"]


def commonest_error(world: World) -> tuple[str, int]:
    return Counter(error_group_id(row["error"]) for row in failed_in_view(world)).most_common(1)[0]


def still_broken(world: World) -> set[str]:
    """Whose run in view failed, and who had no success after it until now."""
    failed = {row["user_id"]: row["date"] for row in failed_in_view(world) if row["user_id"]}
    rows = rows_in_view(world, until=world.now + timedelta(days=1))
    succeeded = {row["user_id"]: row["date"] for row in rows if row["fate"] == "succeeded"}
    return {user for user, last in failed.items() if succeeded.get(user, "") <= last}


def table(app: AppTest, name: str) -> Any:
    return next(frame.value for frame in app.dataframe if frame.key and frame.key.startswith(name))


def test_the_figures_are_those_of_the_rows_themselves(demo_world: World) -> None:
    app, rows = failures_page(demo_world), rows_in_view(demo_world)
    failed, succeeded = (sum(row["fate"] == fate for row in rows) for fate in ("failed", "succeeded"))
    shown = metrics(app)
    assert not app.exception
    assert shown["Failure rate"] == percent(failed / (failed + succeeded))
    assert shown["Failed runs"] == f"{failed:,}"
    assert shown["Users hit"] == f"{len({row['user_id'] for row in failed_in_view(demo_world)} - {None, ''}):,}"
    assert shown["Users left broken"] == f"{len(still_broken(demo_world)):,}"
    assert set(table(app, "broken_users")["user_id"]) == still_broken(demo_world)
    templates = Counter(error_template(row["error"]) for row in failed_in_view(demo_world))
    groups = table(app, "error_groups")
    assert dict(zip(groups["template"], groups["runs"], strict=True)) == templates


def test_recovery_is_counted_for_the_chosen_time_and_key(demo_world: World) -> None:
    app = failures_page(demo_world)
    app.button_group(key="recovery_by").set_value("user_id").run()
    app.button_group(key="recovery_within").set_value("24h").run()
    assert not app.exception
    day, later = timedelta(hours=24), UNTIL + timedelta(hours=24)
    good = [row for row in rows_in_view(demo_world, until=later) if row["fate"] == "succeeded"]
    judged = [row for row in failed_in_view(demo_world) if row["user_id"]]  # two days before now: none is too young
    saved = sum(any(_follows(row, one, within=day) for one in good) for row in judged)
    assert metrics(app)["Recovered in 24 h"] == percent(saved / len(judged))
    assert f"{saved:,} of {len(judged):,} judged" in texts(app)


def _follows(failed: dict[str, Any], good: dict[str, Any], *, within: timedelta) -> bool:
    wait = datetime.fromisoformat(good["date"]) - datetime.fromisoformat(failed["date"])
    return failed["user_id"] == good["user_id"] and timedelta() < wait <= within


def test_of_a_single_recovery_there_is_no_half() -> None:
    one = Recovery(9, 8, 1, 1, 0, 1 / 8, 0.02, 0.47, timedelta(seconds=38))
    assert "1 of 8 failed runs was followed" in recovery_panel._sentence(one)
    assert "within 1 h, after 38 s." in recovery_panel._sentence(one)
    two = replace(one, recovered=2, rate=0.25)
    assert "were followed" in recovery_panel._sentence(two)
    assert "half of them within 38 s" in recovery_panel._sentence(two)


def test_where_later_runs_are_not_read_the_page_says_so() -> None:
    def script(when: str, cut: bool) -> None:
        from datetime import datetime

        from analytics_dash.ui.failing_runs import Aftermath, say_where_it_ends
        from tests.metrics.table import relation

        say_where_it_ends(Aftermath(relation([]), datetime.fromisoformat(when), is_cut=cut), zone="UTC")

    told = AppTest.from_function(script, kwargs={"when": "2026-11-24T14:00:00+00:00", "cut": True}).run()
    whole = AppTest.from_function(script, kwargs={"when": "2026-11-24T14:00:00+00:00", "cut": False}).run()
    assert "up to 24 Nov 2026, 14:00" in texts(told)
    assert not whole.markdown


def test_one_error_is_held_against_every_run_that_succeeded_and_read_in_full(demo_world: World) -> None:
    group, times = commonest_error(demo_world)
    app = failures_page(demo_world, error_group=group)
    succeeded = sum(row["fate"] == "succeeded" for row in rows_in_view(demo_world))
    mine = [row for row in failed_in_view(demo_world) if error_group_id(row["error"]) == group]
    assert not app.exception
    assert metrics(app)["Failed runs"] == f"{times:,}"
    assert metrics(app)["Failure rate"] == percent(times / (times + succeeded))
    assert mine[-1]["error"] in [code.value for code in app.code]
    assert len(table(app, "error_groups")) == len({error_group_id(row["error"]) for row in failed_in_view(demo_world)})
    app.button(key="all_errors").click().run()
    assert "error_group" not in app.query_params


def test_an_error_that_does_not_occur_says_so_and_the_others_stay_to_choose_from(demo_world: World) -> None:
    app = failures_page(demo_world, error_group="0" * 12)
    assert not app.exception
    assert metrics(app)["Failed runs"] == "0"
    assert "does not occur in this range" in texts(app)
    assert len(table(app, "error_groups"))


def test_errors_are_sorted_as_chosen_and_rates_told_by_any_dimension(demo_world: World) -> None:
    app = failures_page(demo_world)
    app.button_group(key="errors_sort").set_value("users").run()
    assert table(app, "error_groups")["users"].is_monotonic_decreasing
    for dimension, label in (("model", "model"), ("user", "user"), ("parent", "parent workflow")):
        app.selectbox(key="failures_by").select(dimension).run()
        assert f"Failure rate by {label}" in [heading.value for heading in app.subheader]
    app.button_group(key="outcomes_as").set_value("shares").run()
    assert charts(app)["outcomes"]["layout"]["yaxis"]["ticktext"][-1] == "100 %"


def test_a_range_without_runs_and_filters_without_failures_say_what_to_do(demo_world: World) -> None:
    assert told(asked_for(demo_world, {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}), "has no runs")
    calm = failures_page(demo_world, outcome="succeeded")
    assert metrics(calm)["Failure rate"] == "0.0 %"
    assert "No run failed" in "\n".join(element.value for element in calm.success)
    only = failures_page(demo_world, outcome="failed")
    assert metrics(only)["Failure rate"] == "100.0 %"
    assert "leave out every run that succeeded" in texts(only)
    assert metrics(only)["Users left broken"] == metrics(failures_page(demo_world))["Users left broken"]


def test_strangers_text_in_a_link_is_a_value_and_nothing_else(demo_world: World) -> None:
    app = asked_for(demo_world, user=HOSTILE, model=HOSTILE)
    assert told(app, "Remove a filter above, or turn off “Leave out test runs”.")
    with_tests = asked_for(demo_world, user=HOSTILE, tests="include")
    assert told(with_tests, "Remove a filter above.")
    assert "turn off" not in texts(with_tests)
    assert not app.exception


def test_an_error_s_text_is_shown_as_it_came_and_never_as_markup() -> None:
    def script(hostile: str, when: str) -> None:
        from datetime import datetime

        from analytics_dash.metrics.errors import error_groups
        from analytics_dash.runs.view import View
        from analytics_dash.ui import error_table
        from tests.metrics.table import relation

        run = {"date": datetime.fromisoformat(when), "state": "FAILED", "error": hostile, "run_id": hostile}
        groups = error_groups(relation([run]), limit=1)
        error_table.draw_chosen(groups, view=View(error_group="0" * 12), zone="UTC")

    app = AppTest.from_function(script, kwargs={"hostile": HOSTILE, "when": NOW.isoformat()}).run()
    assert not app.exception
    assert app.code[0].value == HOSTILE
    assert all("<b>" not in element.value and "**{" not in element.value for element in app.markdown)


@pytest.mark.parametrize(
    ("event", "row"),
    [
        ({"selection": {"rows": [3], "columns": []}}, 3),
        ({"rows": [0]}, 0),
        ({"selection": {"rows": []}}, None),
        ({"selection": {"rows": ["1"]}}, None),
        ({"selection": {"rows": [-1]}}, None),
        ({"selection": None}, None),
        (None, None),
    ],
)
def test_a_chosen_row_is_read_from_whatever_the_browser_sends(event: object, row: int | None) -> None:
    assert chosen_row(event) == row


@pytest.mark.parametrize(
    ("days_read", "words"),
    [
        (None, "first seen: in this range; new and back again: not told, nothing before it is read"),
        (30, "first seen, new and back again: in what is read since 25 Oct 2026, 14:02"),
        (1, "since 23 Nov 2026, 14:02, which is too little to call an error new"),
    ],
)
def test_the_errors_say_how_far_back_was_looked(days_read: int | None, words: str) -> None:
    def script(days_read: int | None) -> None:
        from datetime import UTC, datetime, timedelta

        from analytics_dash.metrics.errors import error_groups
        from analytics_dash.runs.view import View
        from analytics_dash.ui import error_table
        from tests.metrics.table import relation

        start = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
        known = {"state": "FAILED", "date": start - timedelta(hours=1), "error": "known", "run_id": "a"}
        held = relation([known, {**known, "date": start, "error": "unseen", "run_id": "b"}])
        runs, before = held.filter("run_id = 'b'"), held.filter("run_id = 'a'")
        since = None if days_read is None else start - timedelta(days=days_read)
        groups = error_groups(runs, before=None if since is None else before, since=since)
        spark = error_table.spark_buckets(start, start + timedelta(hours=1), zone="UTC", now=start)
        error_table.draw(groups, spark=spark, since=since, view=View(), zone="UTC")

    app = AppTest.from_function(script, kwargs={"days_read": days_read}).run()
    assert not app.exception
    assert words in texts(app)
    assert ("too little" in texts(app)) is (days_read == 1)
    assert table(app, "error_groups")["mark"].tolist() == ["new" if days_read == 30 else ""]
