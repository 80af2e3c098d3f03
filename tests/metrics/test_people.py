"""Who counts as a user: the same for every figure, an empty ID being none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.breakdown import breakdown
from analytics_dash.metrics.buckets import Granularity, buckets_for
from analytics_dash.metrics.columns import USERS
from analytics_dash.metrics.comparison_totals import totals
from analytics_dash.metrics.errors import error_groups
from analytics_dash.metrics.failures_summary import failure_summary
from analytics_dash.metrics.over_time import over_time
from analytics_dash.metrics.summary import summary
from analytics_dash.metrics.users import users
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.view import NO_USER
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
DAY = buckets_for(NOON, LATER, zone="UTC", now=LATER, granularity=Granularity.WEEK)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([None, "", " ", "a", "A"]), st.sampled_from(["COMPLETED", "FAILED"])), max_size=9
    )
)
def test_every_figure_counts_the_same_users_and_an_empty_id_as_none(given_runs: list[tuple[str | None, str]]) -> None:
    runs: list[dict[str, Any]] = [
        {"date": NOON + timedelta(minutes=n), "run_id": f"r{n}", "user_id": user, "state": state, "run_type": "api"}
        for n, (user, state) in enumerate(given_runs)
    ]
    held, named = relation(runs), [(user, state) for user, state in given_runs if user]
    count, hit = len({user for user, _ in named}), len({user for user, state in named if state == "FAILED"})
    found, failures = summary(held, now=LATER), failure_summary(held)
    assert (found.users, found.no_user_runs) == (count, len(runs) - len(named))
    assert (failures.users, failures.users_hit) == (count, hit)
    assert failures.failed_without_user == sum(state == "FAILED" and not user for user, state in given_runs)
    assert totals(held).users == count
    assert breakdown(held, DIMENSIONS["run_type"]).frame[USERS].to_list() == [count] * bool(runs)
    assert over_time(held, DAY).cards[USERS].sum() == count
    assert error_groups(held).frame[USERS].sum() == hit
    rows = users(held).frame["user_id"]
    assert len(rows[rows != NO_USER]) == count
    by_user = breakdown(held, DIMENSIONS["user"]).frame.set_index("value")[USERS].to_dict()
    assert by_user == {user: 1 for user, _ in named} | ({NO_USER: 0} if len(named) < len(runs) else {})
