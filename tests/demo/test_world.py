"""The invented organization is the same for the same seed, and is as large, as alive and as connected as it says."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from analytics_dash.demo.cast import FLOWS, RETIRED_FLOW, RUN_TYPES, STATES
from analytics_dash.demo.world import World, build_world
from tests.demo.conftest import NOW, SMALL_DAYS, SMALL_RUNS

Row = dict[str, Any]
Rows = dict[str, Row]
CLAIMS = FLOWS[0].id


def _span(row: Row) -> tuple[datetime, datetime | None]:
    start = datetime.fromisoformat(row["date"])
    return start, None if row["latency"] is None else start + timedelta(seconds=row["latency"])


def test_the_same_seed_gives_the_same_rows_and_another_gives_others(small_world: World) -> None:
    same, other = (build_world(seed=seed, now=NOW, days=SMALL_DAYS, runs=SMALL_RUNS) for seed in (7, 8))
    rows = small_world.rows(CLAIMS, at=NOW)
    assert same.rows(CLAIMS, at=NOW) == rows
    assert other.rows(CLAIMS, at=NOW)[:20] != rows[:20]


def test_the_usual_world_holds_about_as_many_runs_as_asked_for(big_world: World) -> None:
    listed = sum(len(big_world.select(flow.id, at=NOW)) for flow in big_world.flows)
    assert listed == pytest.approx(120_000, rel=0.05)
    assert listed > 60_000


def test_the_runs_reach_back_ninety_days_and_one_day_ahead(big_world: World) -> None:
    first = datetime.fromisoformat(big_world.rows(CLAIMS, at=NOW - timedelta(days=89, hours=12))[-1]["date"])
    last = datetime.fromisoformat(
        big_world.rows(CLAIMS, at=NOW + timedelta(days=2), start=NOW + timedelta(hours=8))[0]["date"]
    )
    assert NOW - timedelta(days=90) <= first < NOW - timedelta(days=89)
    assert last > NOW + timedelta(hours=20)


def test_about_half_of_the_runs_are_the_main_flows(big_world: World) -> None:
    totals = [row["total_runs"] for row in big_world.summary(at=NOW)]
    assert totals[0] / sum(totals) == pytest.approx(0.5, abs=0.04)


def test_run_ids_are_unique_and_newest_runs_come_first(small_world: World) -> None:
    for flow in small_world.flows:
        rows = small_world.rows(flow.id, at=NOW)
        dates = [row["date"] for row in rows]
        assert dates == sorted(dates, reverse=True)
        assert len({row["run_id"] for row in rows}) == len(rows)


def test_bounds_include_their_instant(small_world: World) -> None:
    rows = small_world.rows(CLAIMS, at=NOW)
    newer, older = (datetime.fromisoformat(rows[position]["date"]) for position in (10, 40))
    assert small_world.rows(CLAIMS, at=NOW, start=older, end=newer) == rows[10:41]


def test_filters_by_user_and_state_keep_what_fits_and_nothing_else(small_world: World) -> None:
    rows = small_world.rows(CLAIMS, at=NOW)
    user = Counter(row["user_id"] for row in rows if row["user_id"]).most_common(1)[0][0]
    states = ("FAILED", "CANCELLED")
    assert small_world.rows(CLAIMS, at=NOW, user_id=user) == [row for row in rows if row["user_id"] == user]
    assert small_world.rows(CLAIMS, at=NOW, states=states) == [row for row in rows if row["state"] in states]
    assert small_world.rows(CLAIMS, at=NOW, user_id="nobody") == []


def test_a_flow_that_does_not_exist_is_a_key_error(small_world: World) -> None:
    with pytest.raises(KeyError):
        small_world.rows(RETIRED_FLOW.id, at=NOW)


def test_every_state_and_run_type_occurs_and_some_runs_tell_neither_state_nor_success(small_rows: Rows) -> None:
    assert {row["state"] for row in small_rows.values()} == {*STATES, None}
    assert {row["run_type"] for row in small_rows.values()} == set(RUN_TYPES)
    assert any(row["state"] is None and row["is_flow_successful"] is None for row in small_rows.values())


def test_children_lie_within_their_parents_except_a_few_dated_too_early(small_rows: Rows) -> None:
    early = checked = 0
    for child in small_rows.values():
        parent = small_rows.get(child["parent_run_id"] or "")
        if parent:
            (start, end), (parent_start, parent_end) = _span(child), _span(parent)
            early += start < parent_start
            checked += 1
            assert end is None or parent_end is None or start < parent_start or end <= parent_end
    assert checked > SMALL_RUNS / 6
    assert early < checked * 0.03


def test_named_parents_run_in_the_flow_that_is_named(small_rows: Rows) -> None:
    names = {flow.id: flow.name for flow in (*FLOWS, RETIRED_FLOW)}
    for child in small_rows.values():
        if child["parent_project_id"]:
            assert child["run_type"] == "sub_workflow"
            assert names[child["parent_project_id"]] == child["parent_project_name"]
            parent = small_rows.get(child["parent_run_id"])
            assert parent is None or parent["flow_id"] == child["parent_project_id"]


def test_some_parents_are_deleted_forbidden_purged_and_chains_go_three_levels_deep(small_rows: Rows) -> None:
    forbidden = {flow.id for flow in FLOWS if flow.forbidden}
    children = [row for row in small_rows.values() if row["parent_run_id"]]
    purged = [row for row in children if row["parent_run_id"] not in small_rows]
    assert any(row["parent_project_id"] == RETIRED_FLOW.id for row in purged)
    assert any(row["parent_project_id"] != RETIRED_FLOW.id for row in purged)
    assert any(row["parent_project_id"] in forbidden for row in children)
    assert max(_depth(row, small_rows) for row in children) == 3


def _depth(row: Row, rows: Rows) -> int:
    parent = rows.get(row["parent_run_id"] or "")
    return 1 + _depth(parent, rows) if parent else 0


def test_a_run_is_pending_until_its_time_has_passed_and_never_changes_its_beginning(small_world: World) -> None:
    done = next(row for row in small_world.rows(CLAIMS, at=NOW, states=("COMPLETED",)) if row["latency"])
    start, end = _span(done)
    assert end is not None
    (before,) = small_world.rows(CLAIMS, at=end - timedelta(milliseconds=1), start=start, end=start)
    (after,) = small_world.rows(CLAIMS, at=end, start=start, end=start)
    assert small_world.rows(CLAIMS, at=start - timedelta(microseconds=1), start=start, end=start) == []
    assert (before["state"], after["state"]) == ("PENDING", "COMPLETED")
    assert before["is_flow_successful"] is before["latency"] is before["outputs"] is before["llms"] is None
    assert {name for name in before if before[name] == after[name]} >= {"run_id", "date", "inputs", "user_id"}


def test_feedback_arrives_after_the_run_has_ended(small_world: World) -> None:
    rated = next(row for row in small_world.rows(CLAIMS, at=NOW) if row["feedback"] and row["latency"])
    start, end = _span(rated)
    assert end is not None
    (at_first,) = small_world.rows(CLAIMS, at=end, start=start, end=start)
    assert at_first == rated | {"feedback": None}


def test_usage_never_exceeds_the_total_and_llms_names_its_models(small_rows: Rows) -> None:
    for row in small_rows.values():
        counted = sum(model["tokens"] or 0 for model in row["llm_usage"])
        assert counted <= row["total_tokens"]
        assert (row["llms"] or "") == ", ".join(model["model_id"] for model in row["llm_usage"])


def test_the_summary_counts_what_the_rows_say(small_world: World) -> None:
    for flow, totals in zip(small_world.flows, small_world.summary(at=NOW), strict=True):
        rows = small_world.rows(flow.id, at=NOW)
        failed = [
            r for r in rows if r["state"] == "FAILED" or (r["is_flow_successful"] is False and r["state"] is not None)
        ]
        assert totals["total_runs"] == len(rows)
        assert totals["total_errors"] == len(failed)
        assert totals["total_tokens"] == sum(row["total_tokens"] for row in rows)
        assert totals["total_users"] == len({row["user_id"] for row in rows} - {None})


def test_texts_hold_umlauts_emoji_markup_and_formulas_as_strangers_type_them(small_rows: Rows) -> None:
    texts = [row["inputs"] or "" for row in small_rows.values()]
    for sign in ("ü", "😕", "<script>", '"quoted", comma'):
        assert any(sign in text for text in texts), sign
    assert any(text.startswith("=") for text in texts)
    assert 150 < np.median([len(text) for text in texts]) < 600
    assert max(len(text) for text in texts) < 1500
