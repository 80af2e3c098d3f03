"""Notes on instants of a flow: what they may be, who may see and change them, and what leaves them alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from analytics_dash.api.auth import api_key
from analytics_dash.errors import Forbidden, NoteRefused
from analytics_dash.runs.annotation import MAX_TEXT, Annotation
from analytics_dash.runs.view import View
from analytics_dash.settings import load_settings
from analytics_dash.store.engine import Engine, memory_engine
from analytics_dash.store.flow import FlowKey, FlowStore
from analytics_dash.store.intervals import Interval
from analytics_dash.store.inventory import empty_flows, inventory
from analytics_dash.store.library import Library
from analytics_dash.store.notes import MAX_NAME, MAX_NOTES, add_note, change_note, notes_of, remove_note
from analytics_dash.store.workspace import Workspace
from tests.moments import NOW
from tests.store.shelf import KEY, empty_flow

HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>'; DROP TABLE annotations; --"
VIEW = View(org="o", flow="f")


@pytest.fixture
def flow() -> FlowStore:
    return empty_flow()


def noted(flow: FlowStore, text: str = "new prompt v7", at: datetime = NOW) -> Annotation:
    return add_note(flow, at=at, text=text, made_by="ann@example.com", now=NOW)


def test_notes_come_back_as_they_were_made_oldest_first(flow: FlowStore) -> None:
    later, earlier = noted(flow, "later"), noted(flow, HOSTILE, NOW - HOUR)
    assert notes_of(flow) == [earlier, later]
    assert (earlier.text, earlier.at, earlier.made_by, earlier.made_at) == (HOSTILE, NOW - HOUR, "ann@example.com", NOW)


def test_an_interval_holds_its_start_and_not_its_end(flow: FlowStore) -> None:
    at = noted(flow)
    for low, high, found in ((NOW, NOW + HOUR, [at]), (NOW - HOUR, NOW, []), (NOW - HOUR, NOW + HOUR, [at])):
        assert notes_of(flow, Interval(low, high)) == found


def test_a_flow_has_its_own_notes_and_cannot_touch_another_s(flow: FlowStore) -> None:
    other = FlowStore(flow.engine, FlowKey(KEY.api, KEY.org, "another"))
    mine = noted(flow)
    assert notes_of(other) == []
    remove_note(other, mine.id)
    with pytest.raises(NoteRefused, match="no longer there"):
        change_note(other, mine.id, at=NOW, text="theirs", made_by="bob", now=NOW)
    assert notes_of(flow) == [mine]


def test_a_changed_note_is_its_changer_s_and_a_removed_one_is_gone(flow: FlowStore) -> None:
    note = noted(flow)
    kept = noted(flow, "kept")
    changed = change_note(flow, note.id, at=NOW - HOUR, text="v8", made_by="bob", now=NOW + HOUR)
    assert changed == Annotation(note.id, NOW - HOUR, "v8", "bob", NOW + HOUR)
    assert notes_of(flow) == [changed, kept]
    remove_note(flow, note.id)
    assert notes_of(flow) == [kept]
    remove_note(flow, note.id)
    with pytest.raises(NoteRefused, match="no longer there"):
        change_note(flow, note.id, at=NOW, text="v9", made_by="bob", now=NOW)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  two\n\tlines  ", "two lines"),
        ("a\x00b\x1bc\x7f\x85d", "abc d"),
        ("safe \u202egnp.exe", "safe gnp.exe"),
        ("half \ud83d of one", "half  of one"),
        ("👩\u200d💻 naïve „x“", "👩\u200d💻 naïve „x“"),
        ("x" * MAX_TEXT, "x" * MAX_TEXT),
    ],
)
def test_a_text_is_one_line_without_what_cannot_be_seen(flow: FlowStore, written: str, kept: str) -> None:
    assert noted(flow, written).text == kept
    assert [note.text for note in notes_of(flow)] == [kept]


@pytest.mark.parametrize(
    ("text", "why"), [("", "needs a text"), (" \n\x00\u202e", "needs a text"), ("x" * 1201, "has 1,201")]
)
def test_a_text_that_cannot_be_a_note_is_refused(flow: FlowStore, text: str, why: str) -> None:
    with pytest.raises(NoteRefused, match=why):
        noted(flow, text)
    assert notes_of(flow) == []


def test_a_flow_takes_no_more_than_its_share(flow: FlowStore) -> None:
    with flow.engine.writing() as cursor:
        cursor.execute(f"INSERT INTO annotations (flow_key) SELECT 1 FROM range({MAX_NOTES})")  # noqa: S608  a number of ours
    with pytest.raises(NoteRefused, match="Remove some first"):
        noted(flow)
    noted(FlowStore(flow.engine, FlowKey(KEY.api, KEY.org, "another")))


def test_a_long_name_is_cut(flow: FlowStore) -> None:
    assert len(add_note(flow, at=NOW, text="x", made_by="n" * 9999, now=NOW).made_by) == MAX_NAME


def test_forgetting_a_flow_and_its_retention_leave_its_notes(flow: FlowStore) -> None:
    old = noted(flow, at=NOW - timedelta(days=900))
    flow.forget(before=NOW)
    flow.forget()
    assert notes_of(flow) == [old]


def test_clearing_a_flow_takes_its_notes_and_the_inventory_counts_them(flow: FlowStore) -> None:
    other = FlowStore(flow.engine, FlowKey(KEY.api, KEY.org, "another"))
    kept = noted(other)
    noted(flow), noted(flow)
    held = {stored.key: stored for stored in inventory(flow.engine)}
    assert (held[KEY].notes, held[other.key].notes) == (2, 1)
    empty_flows(flow.engine, [held[KEY]])
    assert (notes_of(flow), notes_of(other)) == ([], [kept])


class TestRights:
    """Notes are seen and made by whom the API lets see the flow."""

    @pytest.fixture
    def workspace(self) -> Workspace:
        settings = load_settings(api_url="https://api.example.com")
        engine: Engine = memory_engine(settings)
        return Workspace(api_key("x"), settings=settings, shared=Library(settings, engine))

    def test_without_the_right_there_are_none_and_none_can_be_made(self, workspace: Workspace) -> None:
        workspace.access(VIEW).grant()
        note = workspace.annotate(VIEW, at=NOW, text="v7", made_by="ann")
        workspace.access(VIEW).withdraw(Forbidden("no"))
        assert workspace.annotations(VIEW) == []
        with pytest.raises(Forbidden):
            workspace.annotate(VIEW, at=NOW, text="v8", made_by="ann")
        with pytest.raises(Forbidden):
            workspace.annotate(VIEW, at=NOW, text="v8", made_by="ann", note_id=note.id)
        with pytest.raises(Forbidden):
            workspace.remove_annotation(VIEW, note.id)
        workspace.access(VIEW).grant()
        assert workspace.annotations(VIEW) == [note]

    def test_a_right_to_one_flow_is_none_to_another(self, workspace: Workspace) -> None:
        workspace.access(VIEW).grant()
        assert workspace.annotations(View()) == []
        with pytest.raises(Forbidden):
            workspace.annotate(View(org="o", flow="g"), at=NOW, text="v7", made_by="ann")

    def test_with_it_a_note_is_changed_removed_and_outlives_the_forgetting(self, workspace: Workspace) -> None:
        workspace.access(VIEW).grant()
        note = workspace.annotate(VIEW, at=NOW, text="v7", made_by="ann")
        workspace.annotate(VIEW, at=NOW, text="v8", made_by="bob", note_id=note.id)
        workspace.forget(VIEW)
        assert [(held.id, held.text, held.made_by) for held in workspace.annotations(VIEW)] == [(note.id, "v8", "bob")]
        workspace.remove_annotation(VIEW, note.id)
        assert workspace.annotations(VIEW) == []
