"""The Conversations page from app.py: the list and one thread against the rows themselves, and strangers' text."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.runs.outcome import outcome
from tests.moments import NOW
from tests.ui.pages import FROM, MONTH, UNTIL, key_of, opened, opened_anew, until
from tests.ui.test_app import loaded, metrics, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

PAGE: Final = "pages/signed_in/conversations.py"
HOSTILE: Final = "o'hara\"; DROP TABLE runs; -- <b>**{0} %s [x](http://e.example) ![](http://e.example/i.png)"


def threads(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every conversation's turns that count, oldest first."""
    held = defaultdict(list)
    for row in world.rows(world.flows[0].id, at=world.now):
        if row["conversation_id"] and row["run_type"] != "workflow_builder":
            held[row["conversation_id"]].append({**row, "at": datetime.fromisoformat(row["date"])})
    return {name: sorted(turns, key=lambda turn: (turn["at"], turn["run_id"])) for name, turns in held.items()}


def fates(turns: list[dict[str, Any]]) -> list[str]:
    return [str(outcome(turn["state"], turn["is_flow_successful"])) for turn in turns]


def in_range(world: World) -> dict[str, list[dict[str, Any]]]:
    return {k: v for k, v in threads(world).items() if v[0]["at"] < UNTIL and v[-1]["at"] >= FROM}


def listed(app: AppTest) -> Any:
    return next(frame.value for frame in app.dataframe if frame.key and frame.key.startswith("conversations"))


def test_the_list_is_that_of_the_rows_themselves_and_a_row_leads_to_its_conversation(demo_world: World) -> None:
    app, expected = loaded(opened(PAGE, demo_world)), in_range(demo_world)
    assert not app.exception
    shown = metrics(app)
    failing = {name for name, turns in expected.items() if "failed" in fates(turns)}
    left = {n for n, turns in expected.items() if fates(turns)[-1] in {"failed", "cancelled", "unfinished"}}
    assert shown["Conversations"] == f"{len(expected):,}"
    assert (shown["With failures"], shown["Abandoned"]) == (f"{len(failing):,}", f"{len(left):,}")
    assert "belong to no conversation" in texts(app)
    app.button_group(key=key_of(app, "conversations_only")).set_value("failing").run()
    app.selectbox(key=key_of(app, "conversations_sort")).select("-turns").run()
    assert (app.query_params["only"], app.query_params["sort"]) == ("failing", "-turns")
    rows = listed(app)
    assert set(rows["conversation_id"]) == failing
    assert list(rows["turns"]) == sorted((len(expected[name]) for name in failing), reverse=True)
    app.switch_page("pages/signed_in/failures.py").run()
    app.switch_page(PAGE).run()
    assert set(listed(until(app, lambda a: a.dataframe))["conversation_id"]) == failing


def test_one_conversation_is_read_whole_with_its_failure_in_the_middle_though_the_range_cuts_it(
    demo_world: World,
) -> None:
    failed_within = (
        (name, turns)
        for name, turns in threads(demo_world).items()
        if "failed" in fates(turns)[:-1] and turns[-1]["at"] < UNTIL
    )
    name, turns = max(failed_within, key=lambda found: len(found[1]))
    cut = {**MONTH, "start": turns[1]["at"].isoformat(), "compare": "off"}
    app = loaded(opened_anew(PAGE, demo_world, {**cut, "conversation": name}))
    assert metrics(app)["Turns"] == f"{len(turns) - 1:,}"  # nothing before the range is read yet
    app.button(key="thread_wider").click().run()
    until(app, lambda a: metrics(a).get("Turns") == f"{len(turns):,}")
    assert "outside the range" not in texts(app)
    app.query_params["start"] = cut["start"]
    loaded(app.run())
    assert not app.exception
    assert metrics(app)["Failed turns"] == f"{fates(turns).count('failed'):,}"
    assert len(app.chat_message) == 2 * len(turns)
    heads = [element.value for element in app.markdown if " so far" in element.value]
    assert ["outside the range" in head for head in heads] == [True] + [False] * (len(turns) - 1)
    assert ["failed" in head for head in heads] == [fate == "failed" for fate in fates(turns)]
    total = sum(turn["total_tokens"] or 0 for turn in turns)
    assert f"{total:,} so far" in heads[-1]
    assert len(app.error) == fates(turns).count("failed")
    app.button_group(key=key_of(app, "thread_order")).set_value("Newest first").run()
    assert app.query_params["sort"] == "-date"
    heads = [element.value for element in app.markdown if " so far" in element.value]
    assert "outside the range" in heads[-1]
    app.button(key="all_conversations").click().run()
    assert "conversation" not in app.query_params
    assert "Conversations" in metrics(app)


def test_a_conversation_that_is_not_stored_and_a_hostile_name_are_told(demo_world: World) -> None:
    app = opened(PAGE, demo_world, MONTH, conversation=HOSTILE)
    until(app, lambda a: "is stored" in texts(a))
    assert not app.exception
    assert app.code[-1].value == HOSTILE


def test_filters_that_leave_nothing_say_what_to_do(demo_world: World) -> None:
    app = opened(PAGE, demo_world, MONTH, conversation="(no conversation)")
    until(app, lambda a: "no conversation_id" in texts(a))
    assert metrics(app)["Conversations"] == "0"


def test_strangers_text_in_a_turn_is_shown_as_it_came_and_never_as_markup() -> None:
    def script(hostile: str, when: str) -> None:
        import json
        from datetime import datetime, timedelta

        from analytics_dash.metrics.thread import turns_of
        from analytics_dash.runs.view import View
        from analytics_dash.store.thread import Texts
        from analytics_dash.ui import conversation_thread
        from tests.metrics.table import relation

        at = datetime.fromisoformat(when)
        runs = [
            {"date": at, "state": "FAILED", "error": hostile, "run_id": hostile, "user_id": hostile, "latency": 2.0},
            {"date": at + timedelta(hours=2), "state": "PENDING", "run_id": "2", "user_id": "b", "total_tokens": 3},
        ]
        turns = relation(runs).project("*, true AS fits, true AS counted")
        rows = turns_of(turns, start=at, end=at + timedelta(hours=1))
        long = json.dumps({"message": hostile + "\n" + "x" * 3000, "n": 12345678901234567890})
        texts = {
            int(rows["run_key"][0]): Texts(long, len(long), hostile, 9),
            int(rows["run_key"][1]): Texts(None, 0, "[1, {}]", 7),
        }
        conversation_thread.draw(
            rows, texts, whole=texts.get, open_run=lambda _: None, view=View(tz="UTC"), keeps_texts=True, of=2
        )

    app = AppTest.from_function(script, kwargs={"hostile": HOSTILE, "when": NOW.isoformat()}).run()
    assert not app.exception
    shown = "\n".join([*(element.value for element in app.markdown), *(element.value for element in app.error)])
    for markup in ("<b>", "**{", "[x](", "![]("):
        assert markup not in shown
    assert "1 h later" in shown
    assert "outside the range" in shown
    assert "12345678901234567890" in app.json[0].value
