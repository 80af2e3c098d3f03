"""The Users page from app.py, without a browser: the list and one user's page against the rows themselves."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.metrics.one_user import Beside, beside
from analytics_dash.metrics.users import SHOWN
from analytics_dash.quantities import percent
from analytics_dash.runs.view import NO_USER, View
from analytics_dash.ui import one_user
from analytics_dash.ui.run_opening import clicked_run
from tests.metrics.table import relation
from tests.moments import NOW
from tests.ui.pages import MONTH, key_of, opened, until
from tests.ui.test_app import metrics, texts
from tests.ui.test_failures_page import HOSTILE, rows_in_view, table, told

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/users.py"


def users_page(world: World, **more: str | list[str]) -> AppTest:
    return until(opened(PAGE, world, MONTH, **more), lambda app: app.dataframe)


def compared(app: AppTest) -> Any:
    """The table of both sides; None while only this user's runs are read."""
    return next((frame.value for frame in app.dataframe if "Figure" in frame.value.columns), None)


def by_user(world: World) -> Counter[str]:
    return Counter(row["user_id"] or NO_USER for row in rows_in_view(world))


def test_the_list_is_that_of_the_rows_themselves_found_and_sorted(demo_world: World) -> None:
    app, held = users_page(demo_world), by_user(demo_world)
    assert not app.exception
    shown = table(app, "users_")
    assert f"{len(shown)} of {len(held):,} users" in texts(app) or len(shown) == len(held)
    assert dict(zip(shown["user_id"], shown["runs"], strict=True)).items() <= held.items()
    app.selectbox(key=key_of(app, "users_sort")).set_value("-runs").run()
    most = sorted(held.values(), reverse=True)
    assert table(app, "users_")["runs"].to_list() == most[:100]
    app.text_input(key=key_of(app, "users_find")).input(" U_1 ").run()
    assert set(table(app, "users_")["user_id"]) == {user for user in held if "u_1" in user.lower()}
    assert (app.query_params["sort"], app.query_params["find"]) == ("-runs", "U_1")
    app.text_input(key=key_of(app, "users_find")).input(HOSTILE).run()
    assert "No user's ID or name holds" in texts(app)
    assert not app.exception


def test_a_link_opens_the_same_list_and_another_search_begins_on_the_first_page(demo_world: World) -> None:
    held, found = by_user(demo_world), "u_"  # in no name, which is searched as well
    names = sorted(name for name in held if found in name.lower())
    asked = {**MONTH, "sort": "user_id", "find": found, "page": "2"}
    app = until(opened(PAGE, demo_world, asked), lambda app: app.dataframe)
    assert app.text_input(key=key_of(app, "users_find")).value == found
    assert app.selectbox(key=key_of(app, "users_sort")).value == "user_id"
    pages = -(-len(names) // SHOWN)
    assert table(app, "users_")["user_id"].to_list() == (names[SHOWN : 2 * SHOWN] if pages > 1 else names)
    app.query_params.update(find="", sort="-latency", page="9999")
    last = table(app.run(), "users_")
    assert len(last) == (len(held) - 1) % SHOWN + 1
    assert app.selectbox(key=key_of(app, "users_sort")).value == "-last_seen"
    app.text_input(key=key_of(app, "users_find")).input("u_1").run()
    assert "page" not in app.query_params
    assert not app.exception


def test_a_part_of_an_id_opens_the_list_of_all_who_have_it(demo_world: World) -> None:
    app = users_page(demo_world, user="*U_1*")
    held = {user: runs for user, runs in by_user(demo_world).items() if "u_1" in user.lower()}
    assert dict(table(app, "users_")[["user_id", "runs"]].itertuples(index=False)) == held
    field = app.multiselect(key="filter_user")
    assert field.value == ["*U_1*"]
    assert r"\*acme\*" in field.help
    assert not app.exception


def test_one_user_s_page_tells_their_figures_and_whether_it_is_only_them(demo_world: World) -> None:
    user = next(name for name, _ in by_user(demo_world).most_common() if name != NO_USER)
    app = until(users_page(demo_world, user=user), lambda app: compared(app) is not None)
    mine = [row for row in rows_in_view(demo_world) if row["user_id"] == user]
    others = [row for row in rows_in_view(demo_world) if row["user_id"] != user]
    assert not app.exception
    assert metrics(app)["Runs"] == f"{len(mine):,}"
    assert metrics(app)["Conversations"] == f"{len({row['conversation_id'] for row in mine} - {None})}"
    assert table(app, "user_runs_1")["run_id"].to_list() == [row["run_id"] for row in reversed(mine)][:100]
    failed = [row["run_id"] for row in reversed(mine) if row["fate"] == "failed"]
    assert not failed or table(app, "user_failures")["run_id"].to_list() == failed
    both = compared(app).set_index("Figure")
    for rows, column in ((mine, "This user"), (others, "Everyone else")):
        fates = Counter(row["fate"] for row in rows)
        rate = percent(fates["failed"] / (fates["failed"] + fates["succeeded"]))
        assert both.loc["Failure rate", column] == rate
        assert rate in texts(app)
    app.button(key="all_users").click().run()
    assert "user" not in app.query_params


def test_few_runs_no_user_and_nobody_are_told_as_such(demo_world: World) -> None:
    failing = {row["user_id"] for row in rows_in_view(demo_world) if row["state"] != "COMPLETED"}
    rare = next(user for user, _ in reversed(by_user(demo_world).most_common()) if user and user not in failing)
    app = users_page(demo_world, user=rare)
    assert "Too few runs to tell" in texts(app) or "Cannot be told" in texts(app)
    for user, words in ((NO_USER, "Runs without a user"), (HOSTILE, "Remove a filter")):
        app.query_params["user"] = user
        assert told(app.run(), words)
        assert not app.exception


def test_a_filter_that_decides_the_outcome_leaves_nothing_to_compare() -> None:
    deciding = [View(outcome=("failed",)), View(state=("PENDING",)), View(without=(("state", "FAILED"),))]
    assert all(map(one_user.is_decided_by_filter, [*deciding, View(error_group="0" * 12)]))
    assert not one_user.is_decided_by_filter(View(user=("a",), q="x", without=(("user", "b"),)))


def sides(theirs: tuple[int, int], others: tuple[int, int]) -> Beside:
    runs = [
        relation([{"date": NOW, "state": s, "latency": 1.0} for s in ["FAILED"] * failed + ["COMPLETED"] * good])
        for failed, good in (theirs, others)
    ]
    return beside(*runs)


@pytest.mark.parametrize(
    ("theirs", "others", "words"),
    [
        ((10, 10), (10, 300), ("Yes", "50.0 %", "10 of 310", "percentage points more")),
        ((0, 60), (100, 100), ("No, others fail more", "percentage points fewer")),
        ((3, 40), (20, 270), ("No difference", "between")),
        ((1, 2), (20, 270), ("Too few runs to tell", "1 of 3")),
        ((0, 2), (0, 300), ("nobody failed",)),
        ((0, 0), (20, 270), ("no run of theirs has failed or succeeded",)),
        ((1, 2), (0, 0), ("no run of anyone else's has failed or succeeded",)),
    ],
)
def test_whether_it_is_only_them_is_one_sentence(
    theirs: tuple[int, int], others: tuple[int, int], words: tuple[str, ...]
) -> None:
    found = sides(theirs, others)
    assert all(word in one_user.failing_words(found) for word in words)
    assert "Median latency" in one_user.latency_words(found)


def test_names_are_shown_as_they_came_and_never_as_markup() -> None:
    def script(hostile: str, when: str) -> None:
        from datetime import datetime

        from analytics_dash.metrics.users import users
        from analytics_dash.runs.view import View
        from analytics_dash.ui import one_user
        from tests.metrics.table import relation

        run = {"date": datetime.fromisoformat(when), "user_id": hostile, "ran_by_id": hostile}
        held = users(relation([{**run, "ran_by_display_name": hostile}])).frame
        one_user.head(View(user=(hostile,)))
        one_user.say_known(held.to_dict("records")[0], zone="UTC")

    app = AppTest.from_function(script, kwargs={"hostile": HOSTILE, "when": NOW.isoformat()}).run()
    assert not app.exception
    assert app.code[0].value == HOSTILE
    assert all("<b>" not in element.value and "**{" not in element.value for element in app.markdown)


@pytest.mark.parametrize(
    ("customdata", "run_id"),
    [
        (["run", "r1"], "r1"),
        ({"1": "r1", "0": "run"}, "r1"),
        (["run", ""], None),
        (["run", 3], None),
        (["dimension", "user", "a"], None),
        (None, None),
    ],
)
def test_a_clicked_run_is_read_from_whatever_the_browser_sends(customdata: Any, run_id: str | None) -> None:
    assert clicked_run({"selection": {"points": [{}, {"customdata": customdata}]}}) == run_id
    assert clicked_run({"selection": None}) is None
