"""Notes on the pages: made, changed and removed in their dialog, drawn on charts over time and read out with them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.runs.annotation import Annotation
from analytics_dash.runs.view import View
from analytics_dash.ui import notes
from tests.moments import NOW
from tests.ui.pages import opened
from tests.ui.test_app import texts

HOSTILE = "<b>v7</b> [x](https://evil.example)"


def page() -> None:
    """The notes of a flow that this sign-in may see, over a fixed range."""
    from datetime import UTC, datetime

    import streamlit as st

    from analytics_dash.api.auth import api_key
    from analytics_dash.runs.view import View
    from analytics_dash.settings import load_settings
    from analytics_dash.store.engine import memory_engine
    from analytics_dash.store.library import Library
    from analytics_dash.store.workspace import Workspace
    from analytics_dash.ui import notes
    from analytics_dash.web.sessions import SignIn

    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    view = View(org="o", flow="f", start=start, end=end, tz="Europe/Berlin")
    if "entry" not in st.session_state:
        settings = load_settings()
        workspace = Workspace(api_key("x"), settings=settings, shared=Library(settings, memory_engine(settings)))
        workspace.access(view).grant()
        st.session_state["entry"] = SignIn("ann@example.com", workspace, 1.0, 1.0)
    notes.lay_out(st.session_state["entry"], view)
    notes.draw(start, end)


def shown(app: AppTest) -> AppTest:
    """The page with its notes open."""
    if not app.text_input:
        app.button(key="notes").click().run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return shown(app.run())


def text(app: AppTest) -> Any:
    """The form's text, which is made anew once a note is kept."""
    return next(field for field in app.text_input if str(field.key).startswith("note_text_"))


def held(app: AppTest) -> list[Annotation]:
    entry = app.session_state["entry"]
    found: list[Annotation] = entry.workspace.annotations(View(org="o", flow="f"))
    return found


def test_a_note_is_made_at_the_middle_of_a_fixed_range_changed_and_removed() -> None:
    app = shown(AppTest.from_function(page, default_timeout=30).run())
    text(app).input(HOSTILE)
    press(app, "Add note")
    (note,) = held(app)
    assert (note.text, note.at.isoformat(), note.made_by) == (HOSTILE, "2026-11-02T00:00:00+00:00", "ann@example.com")
    assert text(app).value == ""
    assert "2 Nov 2026, 01:00" in texts(app)
    assert "<b>" not in texts(app).replace("\\<b\\>", "")
    press(app, "Edit")
    assert text(app).value == HOSTILE
    text(app).input("v8")
    press(app, "Save")
    assert [(n.id, n.text, n.at) for n in held(app)] == [(note.id, "v8", note.at)]
    press(app, "Edit")
    press(app, "Remove")
    assert held(app) == []
    assert "No notes in this range" in texts(app)


def test_what_cannot_be_kept_is_told_and_the_form_stays_as_it_was() -> None:
    app = shown(AppTest.from_function(page, default_timeout=30).run())
    text(app).input(" ")
    next(button for button in app.button if button.label == "Add note").click().run()
    assert "A note needs a text" in texts(app)
    assert text(app).value == " "
    assert held(app) == []


def test_a_new_note_is_within_a_range_that_follows_the_clock() -> None:
    start, end = NOW - timedelta(days=7), NOW.replace(minute=5, second=0)
    at = notes.default_instant(View(), start, end)
    assert at == end - timedelta(minutes=1)
    assert notes.default_instant(View(), end - timedelta(seconds=9), end) == end - timedelta(seconds=9)


@pytest.mark.usefixtures("api_in_the_environment")
def test_a_note_is_on_every_chart_over_time_and_in_its_words(demo_world: World) -> None:
    app = opened("pages/signed_in/overview.py", demo_world)
    entry, view = app.session_state[notes.DESK].entry, app.session_state[notes.DESK].view
    entry.workspace.annotate(view, at=view.start + timedelta(days=1), text=HOSTILE, made_by="ann")
    app.run()
    charts = [chart.proto for chart in app.get("plotly_chart")]
    layouts = [json.loads(chart.spec)["layout"] for chart in charts]
    drawn = [sum(shape.get("name") == "note" for shape in layout.get("shapes", [])) for layout in layouts]
    assert drawn == [1, 1, 1, 0]  # the hours of the week are not over time
    assert [HOSTILE in chart.alt for chart in charts] == [True, True, True, False]
