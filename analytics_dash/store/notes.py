"""Owns the notes that people set on instants of a flow: made here, they cannot be read again, so nothing but a person,
or whoever clears the store, removes them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import uuid4

import duckdb

from analytics_dash.errors import NoteRefused
from analytics_dash.runs.annotation import MAX_TEXT, Annotation, cleaned
from analytics_dash.runs.instants import aware, naive
from analytics_dash.store.flow import FlowStore
from analytics_dash.store.intervals import Interval

MAX_NOTES: Final = 500  # of a flow: more are no longer looked at, and somebody's script must not fill the store
MAX_NAME: Final = 200  # characters of who made it
COLUMNS: Final = 'annotation_id, "at", text, made_by, made_at'
GONE: Final = "This note is no longer there: somebody has removed it."


def notes_of(flow: FlowStore, within: Interval | None = None) -> list[Annotation]:
    """The flow's notes, or those in the interval, oldest first."""
    low, high = (naive(within.low), naive(within.high)) if within else (datetime.min, datetime.max)  # noqa: DTZ901  the engine's are naive
    with flow.engine.reading() as cursor:
        rows = cursor.execute(
            f'SELECT {COLUMNS} FROM annotations WHERE flow_key = ? AND "at" >= ? AND "at" < ? ORDER BY "at", made_at',  # noqa: S608  constants
            [flow.number, low, high],
        ).fetchall()
    return [Annotation(key, aware(at), text, by, aware(made_at)) for key, at, text, by, made_at in rows]


def add_note(flow: FlowStore, *, at: datetime, text: str, made_by: str, now: datetime) -> Annotation:
    """A new note; raises NoteRefused for a text that cannot be one, or where the flow has MAX_NOTES."""
    note = _checked(uuid4().hex, at=at, text=text, made_by=made_by, now=now)
    with flow.engine.writing() as cursor:
        found = cursor.execute("SELECT count(*) FROM annotations WHERE flow_key = ?", [flow.number]).fetchone()
        if found and found[0] >= MAX_NOTES:
            raise NoteRefused(f"This flow has {MAX_NOTES} notes, and no more can be kept. Remove some first.")
        cursor.execute(
            f"INSERT INTO annotations (flow_key, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608  constants
            [flow.number, note.id, naive(note.at), note.text, note.made_by, naive(note.made_at)],
        )
    return note


def change_note(flow: FlowStore, note_id: str, *, at: datetime, text: str, made_by: str, now: datetime) -> Annotation:
    """The note at another instant or with another text, now of whoever changed it; raises NoteRefused."""
    note = _checked(note_id, at=at, text=text, made_by=made_by, now=now)
    with flow.engine.writing() as cursor:
        _expect(cursor, flow, note_id)
        cursor.execute(
            'UPDATE annotations SET "at" = ?, text = ?, made_by = ?, made_at = ? '
            "WHERE flow_key = ? AND annotation_id = ?",
            [naive(note.at), note.text, note.made_by, naive(note.made_at), flow.number, note_id],
        )
    return note


def remove_note(flow: FlowStore, note_id: str) -> None:
    """Remove it for everybody; nothing where it is gone already."""
    with flow.engine.writing() as cursor:
        cursor.execute("DELETE FROM annotations WHERE flow_key = ? AND annotation_id = ?", [flow.number, note_id])


def _checked(note_id: str, *, at: datetime, text: str, made_by: str, now: datetime) -> Annotation:
    words = cleaned(text)
    if not words:
        raise NoteRefused("A note needs a text.")
    if len(words) > MAX_TEXT:
        raise NoteRefused(f"A note has at most {MAX_TEXT} characters; this one has {len(words):,}.")
    return Annotation(note_id, at, words, cleaned(made_by)[:MAX_NAME], now)


def _expect(cursor: duckdb.DuckDBPyConnection, flow: FlowStore, note_id: str) -> None:
    asked = "SELECT 1 FROM annotations WHERE flow_key = ? AND annotation_id = ?"
    if cursor.execute(asked, [flow.number, note_id]).fetchone() is None:
        raise NoteRefused(GONE)
