"""The sidebar: every control writes the link and shows what it says, and chips take away what narrows the view."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.runs.view import View
from analytics_dash.ui.chips import chips_of, cleared
from analytics_dash.ui.controls import _dated, walls
from tests.ui.pages import key_of
from tests.ui.test_app import light, outcomes, runs_shown, texts

pytestmark = pytest.mark.usefixtures("api_in_the_environment")

NARROW = View(
    range="30d",
    tz="UTC",
    granularity="day",
    run_type=("api",),
    without=(("user", "\\*nobody*"),),
    error_group="0123456789ab",
    contradicts=True,
    latency_from=1.5,
    tokens_to=2000,
    q="timeout",
    tests=True,
)


def written(app: AppTest, name: str) -> list[str]:
    return list(app.query_params.get(name, []))


def test_every_control_writes_the_link_and_narrows_what_is_counted(demo_world: World) -> None:
    app = light(demo_world)
    everything = runs_shown(app)
    app.multiselect(key="filter_run_type").set_value(["api"]).run()
    app.number_input(key="filter_latency_from").set_value(1.5).run()
    app.number_input(key="filter_tokens_to").set_value(5000).run()
    app.multiselect(key="filter_without").set_value([("outcome", "failed")]).run()
    app.selectbox(key="filter_granularity").set_value("day").run()
    app.text_input(key="filter_q").input("-zzzz").run()
    found = {name: app.query_params[name] for name in ("run_type", "latency_from", "tokens_to", "not", "granularity")}
    assert found == {
        "run_type": "api",
        "latency_from": "1.5",
        "tokens_to": "5000",
        "not": "outcome:failed",
        "granularity": "day",
    }
    assert app.query_params["q"] == "-zzzz"
    assert 0 < runs_shown(app) < everything
    assert "✓ succeeded" in outcomes(app)
    assert "✕ failed" not in outcomes(app)
    assert not app.exception


def test_a_link_s_filters_are_what_the_controls_show(demo_world: World) -> None:
    query = {"latency_to": "9", "not": "run_type:api", "compare": "last_week", "conversation": "c-1", "range": "36h"}
    app = light(demo_world, **query)
    assert app.number_input(key="filter_latency_to").value == 9
    assert app.number_input(key="filter_tokens_from").value is None
    assert app.multiselect(key="filter_without").value == [("run_type", "api")]
    assert app.multiselect(key="filter_conversation").value == ["c-1"]
    assert app.selectbox(key="filter_compare").value == "last_week"
    assert app.text_input(key="filter_length").value == "36h"
    assert not app.exception


def test_a_length_is_typed_and_one_that_is_none_is_told(demo_world: World) -> None:
    app = light(demo_world)
    app.text_input(key="filter_length").input("3 days").run()
    assert app.query_params["range"] == "3d"
    app.text_input(key=key_of(app, "filter_length")).input("soon").run()
    assert "was not understood" in "\n".join(w.value for w in app.warning)
    assert app.query_params["range"] == "3d"


def test_a_control_that_was_made_anew_no_longer_takes_what_the_browser_still_has_of_the_former_one() -> None:
    def script() -> None:
        import streamlit as st

        from analytics_dash.ui.controls import key, tied

        chosen = st.session_state.setdefault("chosen", [])
        wired = tied("colour", st.query_params["colour"], lambda: chosen.append(1), value=st.query_params["colour"])
        st.text_input("Colour", **wired)
        st.session_state.setdefault("wired", []).append(wired)
        st.text(f"{key('colour')}: {st.session_state[key('colour')]}")

    app = AppTest.from_function(script)
    app.query_params["colour"] = "red"
    app.run()
    app.query_params["colour"] = "blue"
    app.run()
    former, latter = app.session_state["wired"][0], app.session_state["wired"][-1]
    assert app.text[0].value == f"{latter['key']}: blue"
    former["on_change"](*former["args"])
    assert app.session_state["chosen"] == []
    app.text_input(key=latter["key"]).input("green").run()
    assert app.session_state["chosen"] == [1]


def test_a_control_whose_value_the_server_forgot_is_made_anew_where_the_link_says_another() -> None:
    def script() -> None:
        import streamlit as st

        from analytics_dash.ui.controls import key, tied

        wanted = st.query_params["colour"]
        if st.query_params.get("far") != "yes":
            st.text_input("Colour", **tied("colour", wanted, lambda: None, value=wanted))
        st.text(key("colour"))

    app = AppTest.from_function(script)
    app.query_params["colour"] = "red"
    app.run()
    app.query_params["far"] = "yes"
    app.run()
    app.query_params["far"], app.query_params["colour"] = "no", "blue"
    app.run()
    assert app.text[0].value == "colour.1"
    assert app.text_input[0].value == "blue"


def test_a_list_in_which_nothing_is_chosen_stays_when_its_counts_change_and_takes_a_former_label(
    demo_world: World,
) -> None:
    app = light(demo_world)
    former = app.multiselect(key="filter_model").options
    app.multiselect(key="filter_run_type").set_value(["api"]).run()
    latter = app.multiselect(key="filter_model").options
    assert key_of(app, "filter_model") == "filter_model"
    moved = next(label for label in former if label not in latter and " · " in label)
    app.multiselect(key="filter_model").set_value([moved]).run()
    assert app.query_params["model"] == moved.rpartition(" · ")[0]
    assert not app.exception


def test_a_list_in_which_something_is_chosen_is_made_anew_with_other_labels(demo_world: World) -> None:
    app = light(demo_world)
    model = app.multiselect(key="filter_model").options[0].rpartition(" · ")[0]
    app.multiselect(key="filter_model").set_value([model]).run()
    before = key_of(app, "filter_model")
    app.multiselect(key="filter_run_type").set_value(["api"]).run()
    assert key_of(app, "filter_model") != before
    assert app.multiselect(key=key_of(app, "filter_model")).value == [model]
    assert app.query_params["model"] == model


def test_what_is_left_out_can_be_typed_and_what_cannot_be_read_is_told(demo_world: World) -> None:
    app = light(demo_world)
    app.multiselect(key="filter_without").set_value(["Run type: api", "user:*u_1*", "colour:red"]).run()
    assert written(app, "not") == ["run_type:api", "user:*u_1*"]
    assert "was not understood" in "\n".join(w.value for w in app.warning)


def test_a_range_of_numbers_that_would_hold_nothing_is_told(demo_world: World) -> None:
    app = light(demo_world, latency_to="2")
    app.number_input(key="filter_latency_from").set_value(3.0).run()
    assert "must be below" in "\n".join(w.value for w in app.warning)
    assert "latency_to" not in app.query_params


def test_the_period_before_and_after_are_a_button_away(demo_world: World) -> None:
    app = light(demo_world, start="2026-11-02T00:00:00Z", end="2026-11-09T00:00:00Z", tz="UTC")
    app.button(key="shift_before").click().run()
    assert app.query_params["start"] == "2026-10-26T00:00:00Z"
    app.button(key="shift_after").click().run()
    assert (app.query_params["start"], app.query_params["end"]) == ("2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z")


def test_values_are_listed_by_their_runs_with_the_number_beside_each(demo_world: World) -> None:
    app = light(demo_world)
    counts = counted(app, "filter_outcome")
    assert next(iter(counts)) == "succeeded"
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    in_all, failed = sum(counts.values()), counts["failed"]
    assert runs_shown(app) == in_all
    app.multiselect(key="filter_outcome").select("failed").run()
    assert runs_shown(app) == failed
    assert counted(app, key_of(app, "filter_outcome")) == counts, "its own list stays as it is while it is in use"
    assert sum(counted(app, key_of(app, "filter_run_type")).values()) == failed, "the others count what is left"
    app.multiselect(key=key_of(app, "filter_outcome")).select("succeeded").run()
    assert runs_shown(app) == failed + counts["succeeded"]


def counted(app: AppTest, key: str) -> dict[str, int]:
    """The runs beside each value that has some."""
    split = (option.rpartition(" · ") for option in app.multiselect(key=key).options)
    return {value: int(runs.replace(",", "")) for value, _, runs in split if value}


def test_all_filters_are_cleared_at_once_and_how_the_view_is_shown_stays(demo_world: World) -> None:
    app = light(demo_world, run_type="api", q="zzzz-nowhere", granularity="day", tz="UTC")
    assert "Remove a filter above" in texts(app)
    app.button(key="chip_clear").click().run()
    assert "run_type" not in app.query_params
    assert "q" not in app.query_params
    assert app.query_params["granularity"] == "day"
    assert runs_shown(app)


def test_every_filter_has_a_chip_that_takes_it_away_and_nothing_else() -> None:
    chips = chips_of(NARROW)
    assert [chip.name for chip in chips] == [
        "run_type",
        "without",
        "error_group",
        "contradicts",
        "latency",
        "tokens",
        "q",
    ]
    assert [len(chips_of(chip.removed)) for chip in chips] == [6] * 7
    assert all(chip.removed.range == "30d" and chip.removed.tests for chip in chips)


def test_chips_say_what_they_stand_for_and_show_strangers_text_as_it_is() -> None:
    labels = [chip.label for chip in chips_of(NARROW)]
    assert labels[0] == "Run type: api"
    assert labels[1] == r"Not user: \*nobody\*"
    assert labels[4:6] == ["Latency: 1.50 s or more", "Tokens: below 2,000"]


def test_a_group_of_errors_is_shown_by_its_text_shortened() -> None:
    chip = next(chip for chip in chips_of(NARROW, error="[x](y) " * 20) if chip.name == "error_group")
    assert chip.label.startswith(r"Error: \[x\]\(y\)")
    assert chip.label.endswith("…")
    assert next(chip.label for chip in chips_of(NARROW) if chip.name == "error_group") == "Error group: 0123456789ab"


def test_a_state_that_no_run_has_is_told_and_stays_in_the_filter(demo_world: World) -> None:
    app = light(demo_world, state=["EXPLODED", "COMPLETED"])
    assert "No run has the state “EXPLODED”" in "\n".join(w.value for w in app.warning)
    assert runs_shown(app) > 0
    assert app.query_params["state"] == ["EXPLODED", "COMPLETED"]


def test_chips_tell_a_part_from_a_whole_value_and_take_away_just_theirs() -> None:
    view = View(user=("*ac_me*", "\\*acme*", "acme"), model=("*",), without=(("user", "*a b*"), ("parent", "p")))
    assert [chip.label for chip in chips_of(view)] == [
        r"User contains ac\_me",
        r"User: \*acme\*",
        "User: acme",
        r"Model: \*",
        "Not user: contains a b",
        "Not parent workflow: p",
    ]
    assert [chip.removed.user for chip in chips_of(view)][:2] == [("\\*acme*", "acme"), ("*ac_me*", "acme")]
    assert chips_of(view)[4].removed.without == (("parent", "p"),)


def test_cleared_of_its_filters_a_view_shows_all_runs_the_same_way() -> None:
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    assert cleared(NARROW.narrowed(start, end)) == View(range="30d", tz="UTC", granularity="day", tests=True)


def test_bounds_that_come_again_unchanged_change_nothing() -> None:
    view = View(start=datetime(2026, 11, 1, 9, 3, 59, tzinfo=UTC), end=datetime(2026, 11, 2, tzinfo=UTC), tz="UTC")
    start, end = walls(view, ZoneInfo("UTC"))
    assert _dated(view, start, end) == view
    assert _dated(view.with_preset("36h"), start, end) == view.with_preset("36h")
    assert _dated(view, start.replace(hour=8), end).start == datetime(2026, 11, 1, 8, 3, tzinfo=UTC)
