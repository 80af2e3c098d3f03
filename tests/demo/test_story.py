"""What happened lately can be found in the usual world's rows, with the rows alone."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics_dash.demo.world import World
from tests.demo.conftest import NOW


def test_the_incident_fails_almost_half_of_five_hours_of_a_working_day(
    big_world: World, recent_claims: pd.DataFrame
) -> None:
    story = big_world.story
    inside = recent_claims["date"].between(story.incident_start, story.incident_end)
    assert story.incident_start.weekday() < 5
    assert inside.sum() > 200
    assert 0.38 < recent_claims.loc[inside, "failed"].mean() < 0.52
    assert recent_claims.loc[~inside, "failed"].mean() < 0.05


def test_the_incident_has_its_own_error_text(big_world: World, recent_claims: pd.DataFrame) -> None:
    outage = recent_claims["error"].str.startswith("KnowledgeBaseError").fillna(value=False).astype(bool)
    inside = recent_claims["date"].between(big_world.story.incident_start, big_world.story.incident_end)
    assert (outage & inside).sum() > 80
    assert (outage & ~inside).sum() <= 2


def test_the_new_model_is_about_twice_as_slow_and_came_twelve_days_ago(
    big_world: World, recent_claims: pd.DataFrame
) -> None:
    story = big_world.story
    finished = recent_claims[~recent_claims["failed"]]
    before, after = (
        finished.loc[finished["model"] == model, "latency"].median()
        for model in (story.model_before, story.model_after)
    )
    first = recent_claims.loc[recent_claims["model"] == story.model_after, "date"].min()
    assert 1.7 < after / before < 2.4
    assert story.model_switch <= first < story.model_switch + pd.Timedelta(hours=1)
    assert (NOW - story.model_switch).days in {11, 12}


def test_one_user_spends_about_fifteen_times_the_tokens(big_world: World, recent_claims: pd.DataFrame) -> None:
    hungry = recent_claims["user_id"] == big_world.story.hungry_user
    means = recent_claims.groupby(hungry)["total_tokens"].mean()
    assert 11 < means[True] / means[False] < 20
    assert hungry.sum() > 100


def test_one_users_files_cannot_be_read(big_world: World, recent_claims: pd.DataFrame) -> None:
    troubled = recent_claims[recent_claims["user_id"] == big_world.story.troubled_user]
    assert 0.2 < troubled["failed"].mean() < 0.6


def test_latency_grows_with_tokens(recent_claims: pd.DataFrame) -> None:
    finished = recent_claims[recent_claims["state"] == "COMPLETED"]
    ranks = finished[["latency", "total_tokens"]].rank()
    assert ranks["latency"].corr(ranks["total_tokens"]) > 0.4


def test_office_hours_in_berlin_are_busy_and_weekends_are_quiet(recent_claims: pd.DataFrame) -> None:
    people = recent_claims[recent_claims["run_type"].isin(["form", "chat_assistant"])]
    local = people["date"].dt.tz_convert("Europe/Berlin").dt
    assert (local.day_of_week >= 5).mean() < 0.08
    assert local.hour.between(8, 17).mean() > 0.75


def test_batches_run_at_night(recent_claims: pd.DataFrame) -> None:
    batch = recent_claims[recent_claims["run_type"] == "batch"]
    assert batch["date"].dt.tz_convert("Europe/Berlin").dt.hour.isin([2, 3]).all()


def test_the_weekly_digest_is_scheduled_on_mondays(big_world: World) -> None:
    rows = pd.DataFrame(big_world.rows(big_world.flows[6].id, at=NOW))
    scheduled = pd.to_datetime(rows.loc[rows["run_type"] == "scheduled", "date"])
    assert set(scheduled.dt.day_of_week) == {0}


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [("tests", 0.05, 0.075), ("rated", 0.07, 0.12), ("without user", 0.02, 0.3)],
)
def test_shares_are_those_of_a_real_flow(recent_claims: pd.DataFrame, share: str, low: float, high: float) -> None:
    columns = {
        "tests": recent_claims["run_type"] == "workflow_builder",
        "rated": recent_claims["feedback"].notna(),
        "without user": recent_claims["user_id"].isna(),
    }
    assert low < columns[share].mean() < high


def test_conversations_have_several_turns_of_one_user(recent_claims: pd.DataFrame) -> None:
    talks = recent_claims.groupby("conversation_id")
    assert (talks.size() > 1).mean() > 0.2
    assert (talks["user_id"].nunique() <= 1).all()
