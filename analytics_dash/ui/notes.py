"""Owns people's notes on the flow: read once for a page, drawn on its charts, and made, changed and removed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.errors import AnalyticsDashError
from analytics_dash.figures import notes as drawn
from analytics_dash.figures.theme import theme
from analytics_dash.runs.annotation import MAX_TEXT, Annotation
from analytics_dash.runs.view import View
from analytics_dash.ui import state
from analytics_dash.ui.words import moment, plain
from analytics_dash.web.sessions import SignIn

DESK: Final = "notes_desk"  # session key: whose notes on what, as the page that runs has them
OPEN: Final = "notes_open"  # session key: set while the dialog is
EDITED: Final = "note_edited"  # session key: the note whose text the form holds
FORM: Final = "note_form"  # session key: how often the form was done with, so that the next one is empty
CHANGED: Final = "notes_changed"  # session key: what was done to them since the page was drawn, in words
SAID: Final = "note_said"  # session key: why the last change was not made
LISTED: Final = 20  # a list to read; a narrower range shows the others
HELP: Final = (
    "Everybody who may see this flow sees its notes, as dashed lines on every chart over time. They stay when the "
    "flow's local data is forgotten."
)


@dataclass(frozen=True)
class Desk:
    """Who writes, on which view's flow, and what is noted there, oldest first."""

    entry: SignIn
    view: View
    notes: tuple[Annotation, ...]


def lay_out(entry: SignIn, view: View) -> None:
    """Read the notes of the view's flow for the page that runs; none where the store is in trouble."""
    try:
        notes = entry.workspace.annotations(view)
    except AnalyticsDashError:
        notes = []  # the page's own reading of the store tells what is wrong with it
    st.session_state[DESK] = Desk(entry, view, tuple(notes))
    if done := st.session_state.pop(CHANGED, None):
        st.toast(done, icon=":material/check:")


def marked(figure: Figure, alt: str) -> str:
    """Draw the notes on the figure if it is over time; the words for it, with those for the notes."""
    desk = _desk()
    if desk is None or not desk.notes:
        return alt
    zone = state.zone(desk.view)
    shown = drawn.add_notes(figure, desk.notes, zone=zone, theme=theme(state.theme()))
    return " ".join(filter(None, [alt, drawn.alt_text(shown, zone=zone)]))


def draw(start: datetime, end: datetime) -> None:
    """The button that opens the notes in [start, end), and the form for one; nothing outside a page's frame.

    They open in a dialog, in which the keyboard goes from field to field: a popover's come after the whole page.
    """
    desk = _desk()
    if desk is None:
        return
    held = [note for note in desk.notes if start <= note.at < end]
    label = f"Notes ({len(held)})" if held else "Notes"
    st.button(label, icon=":material/sticky_note_2:", key="notes", help=HELP, on_click=_open)
    if st.session_state.get(OPEN):
        _dialog(desk, start, end)


@st.dialog("Notes", width="medium", icon=":material/sticky_note_2:", on_dismiss=lambda: _close())
def _dialog(desk: Desk, start: datetime, end: datetime) -> None:
    if CHANGED in st.session_state:
        st.rerun()  # the charts behind it show what has changed
    _say()
    _form(desk, start, end)
    _list(desk, [note for note in desk.notes if start <= note.at < end][::-1])


def _open() -> None:
    st.session_state[OPEN] = True


def _close() -> None:
    st.session_state.pop(OPEN, None)
    _done()


def _desk() -> Desk | None:
    found = st.session_state.get(DESK)
    return found if isinstance(found, Desk) else None


def _say() -> None:
    if refusal := st.session_state.pop(SAID, None):
        st.error(plain(refusal, limit=400), icon=":material/error:")


def _list(desk: Desk, notes: Sequence[Annotation]) -> None:
    zone = state.zone(desk.view)
    for note in notes[:LISTED]:
        words, button = st.columns([5, 1], vertical_alignment="center", gap="small")
        words.markdown(f"**{moment(note.at, zone)}** {plain(note.text, limit=MAX_TEXT)}  \n:small[{_maker(note)}]")
        button.button(
            "Edit",
            type="tertiary",
            help=f"Change or remove: {plain(note.text)}",
            key=f"note_edit_{note.id}",
            on_click=_edit,
            args=(note.id,),
        )
    if len(notes) > LISTED:
        st.markdown(f":small[{LISTED} of {len(notes)} notes in this range, the newest. Narrow the range for others.]")
    elif not notes:
        st.markdown(":small[No notes in this range.]")


def _maker(note: Annotation) -> str:
    return plain(note.made_by) if note.made_by else "by nobody named"


def _form(desk: Desk, start: datetime, end: datetime) -> None:
    """For a new note, or for the one that is changed; Enter saves."""
    edited = next((note for note in desk.notes if note.id == st.session_state.get(EDITED)), None)
    zone, number = ZoneInfo(state.zone(desk.view)), st.session_state.get(FORM, 0)
    at = edited.at if edited else default_instant(desk.view, start, end)
    wall = at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    keys = {name: f"note_{name}_{number}" for name in ("at", "text")}
    with st.form(f"note_form_{number}", border=False):
        st.markdown("**Change this note**" if edited else f"**Add a note** :small[as {plain(desk.entry.label)}]")
        st.text_input(
            "What happened", value=edited.text if edited else "", max_chars=MAX_TEXT, key=keys["text"],
            placeholder="New prompt v7",
        )  # fmt: skip
        st.datetime_input(
            f"When ({zone.key})", value=wall, format="YYYY-MM-DD", step=timedelta(minutes=5), key=keys["at"]
        )
        with st.container(horizontal=True, gap="small"):
            told = (desk, edited, wall, keys)
            st.form_submit_button("Save" if edited else "Add note", on_click=_save, args=told, type="primary")
            if edited:
                st.form_submit_button("Remove", on_click=_remove, args=(desk, edited))
                st.form_submit_button("Cancel", on_click=_done)


def default_instant(view: View, start: datetime, end: datetime) -> datetime:
    """The middle of a fixed range; of a range that follows the clock, its end, to the minute, so that it is in it."""
    if view.is_custom:
        return start + (end - start) / 2
    return max(start, (end - timedelta(microseconds=1)).replace(second=0, microsecond=0))


def _edit(note_id: str) -> None:
    _done()
    st.session_state[EDITED] = note_id


def _done() -> None:
    """An empty form in the place of this one."""
    st.session_state.pop(EDITED, None)
    st.session_state[FORM] = st.session_state.get(FORM, 0) + 1


def _save(desk: Desk, edited: Annotation | None, shown: datetime, keys: dict[str, str]) -> None:
    wall, text = st.session_state.get(keys["at"]), str(st.session_state.get(keys["text"]) or "")
    at = edited.at if edited and wall == shown else _instant(wall, desk.view)
    if at is None:
        st.session_state[SAID] = "Choose a date and a time for the note."
        return
    note_id = edited.id if edited else None
    workspace, label = desk.entry.workspace, desk.entry.label
    try:
        workspace.annotate(desk.view, at=at, text=text, made_by=label, note_id=note_id)
    except AnalyticsDashError as error:
        st.session_state[SAID] = str(error)
        return
    _finish("The note is kept.")


def _instant(wall: object, view: View) -> datetime | None:
    return wall.replace(tzinfo=ZoneInfo(state.zone(view))) if isinstance(wall, datetime) else None


def _remove(desk: Desk, note: Annotation) -> None:
    try:
        desk.entry.workspace.remove_annotation(desk.view, note.id)
    except AnalyticsDashError as error:
        st.session_state[SAID] = str(error)
        return
    _finish("The note is removed.")


def _finish(words: str) -> None:
    st.session_state[CHANGED] = words
    _close()
