"""Owns what lies in a store, flow by flow, for whoever runs it; and how it is emptied."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from analytics_dash.errors import StoreError
from analytics_dash.runs.instants import aware
from analytics_dash.settings import Settings
from analytics_dash.store.engine import Engine
from analytics_dash.store.flow import FlowKey, coverage_of, forget_flow
from analytics_dash.store.place import SPILL_FOLDER, log_of, store_file


@dataclass(frozen=True)
class Stored:
    """What is stored of one flow; instants in UTC, None where it has no runs."""

    key: FlowKey
    number: int
    runs: int
    gone: int
    notes: int
    oldest: datetime | None
    newest: datetime | None
    read_at: datetime | None


def inventory(engine: Engine) -> list[Stored]:
    """Every flow in the store, the largest first."""
    with engine.reading() as cursor:
        rows = cursor.execute(
            "SELECT f.api, f.org, f.flow, f.flow_key, count(r.run_key), count(r.gone_at), min(r.date), max(r.date), "
            "(SELECT count(*) FROM annotations a WHERE a.flow_key = f.flow_key) "
            "FROM flows f LEFT JOIN stored_runs r USING (flow_key) GROUP BY ALL ORDER BY count(r.run_key) DESC, f.flow"
        ).fetchall()
        found = []
        for api, org, flow, number, runs, gone, oldest, newest, notes in rows:
            read_at = max((piece.read_at for piece in coverage_of(cursor, number)), default=None)
            key = FlowKey(api, org, flow)
            found.append(Stored(key, number, runs, gone, notes, aware(oldest), aware(newest), read_at))
    return found


def size_bytes(file: Path) -> int:
    """What the store takes on disk, its log included."""
    return sum(path.stat().st_size for path in (file, log_of(file)) if path.is_file())


def empty_flows(engine: Engine, flows: list[Stored]) -> None:
    """Remove these flows from the store, with the notes on them."""
    with engine.writing() as cursor:
        for flow in flows:
            forget_flow(cursor, flow.number)
            cursor.execute("DELETE FROM annotations WHERE flow_key = ?", [flow.number])
            cursor.execute("DELETE FROM flows WHERE flow_key = ?", [flow.number])


def remove_store(settings: Settings) -> Path | None:
    """Delete the whole store, a damaged one too; the file that is gone, or None where there was none."""
    file = store_file(settings)
    if file is None or not (file.exists() or log_of(file).exists()):
        return None
    try:
        for path in (file, log_of(file)):
            path.unlink(missing_ok=True)
        shutil.rmtree(file.with_name(SPILL_FOLDER), ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{file} could not be removed: {error.strerror or error}.") from error
    return file
