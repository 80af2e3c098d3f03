"""Owns `analytics-dash store status | clear`: what the store of this machine holds, and how it is emptied."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from analytics_dash.errors import Cancelled, FilterError, StoreError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.engine import open_engine_or_raise
from analytics_dash.store.inventory import Stored, empty_flows, inventory, remove_store, size_bytes
from analytics_dash.store.place import store_file

DONE: Final = 0
IN_USE: Final = ("in use by another", "already open")  # what the store says of itself then
MB: Final = 1_000_000
MEMORY: Final = "The settings keep the store in memory (ANALYTICS_DASH_DATA_DIR): nothing lies on disk."


def status(_arguments: argparse.Namespace) -> int:
    """Print where the store is, its size, and a line for each flow; raises StoreError where it cannot be opened."""
    settings = load_settings()
    file = store_file(settings)
    if file is None or not file.exists():
        sys.stdout.write(f"{MEMORY if file is None else f'There is no store yet at {file}.'}\n")
        return DONE
    engine = open_engine_or_raise(settings)
    try:
        flows = inventory(engine)
    finally:
        engine.close()
    sys.stdout.write(f"{file}: {size_bytes(file) / MB:,.1f} MB, {len(flows)} flows\n")
    for flow in flows:
        sys.stdout.write(f"{_line(flow)}\n")
    return DONE


def _line(flow: Stored) -> str:
    gone = f", {flow.gone:,} no longer on the server" if flow.gone else ""
    span = f" from {_day(flow.oldest)} to {_day(flow.newest)}" if flow.runs else ""
    notes = f", notes: {flow.notes:,}" if flow.notes else ""
    read = f", last read {flow.read_at:%Y-%m-%d %H:%M} UTC" if flow.read_at else ", not read"
    return f"  org {flow.key.org} flow {flow.key.flow} at {flow.key.api}: {flow.runs:,} runs{span}{gone}{notes}{read}"


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant else ""


def clear(arguments: argparse.Namespace) -> int:
    """Remove one flow, an organization's flows, or the whole store; only with --yes, or a yes at a terminal."""
    settings = load_settings()
    file = store_file(settings)
    if file is None:
        sys.stdout.write(f"{MEMORY}\n")
        return DONE
    if arguments.org is None and arguments.flow is None:
        _sure(arguments, f"Remove the whole store {file}, with the notes in it?")
        _not_in_use(settings)
        removed = remove_store(settings)
        sys.stdout.write(f"{removed} is removed.\n" if removed else f"There is no store at {file}.\n")
        return DONE
    return _clear_some(arguments, settings)


def _clear_some(arguments: argparse.Namespace, settings: Settings) -> int:
    engine = open_engine_or_raise(settings)
    try:
        wanted = [
            flow
            for flow in inventory(engine)
            if arguments.org in {None, flow.key.org} and arguments.flow in {None, flow.key.flow}
        ]
        if not wanted:
            raise FilterError("The store holds no such flow: `analytics-dash store status` lists them.")
        _sure(arguments, f"Remove {_told(wanted)}?")
        empty_flows(engine, wanted)
    finally:
        engine.close()
    sys.stdout.write(f"{_told(wanted)} are removed.\n")
    return DONE


def _told(flows: Sequence[Stored]) -> str:
    """What lies in these flows, notes by name, which no API can give again."""
    noted = sum(flow.notes for flow in flows)
    notes = f" and {noted:,} {'notes' if noted > 1 else 'note'}" if noted else ""
    return f"{sum(flow.runs for flow in flows):,} runs{notes} of {len(flows)} flows"


def _sure(arguments: argparse.Namespace, question: str) -> None:
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise FilterError("Nothing was removed: add --yes to do so without being asked.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Cancelled("Nothing was removed.")


def _not_in_use(settings: Settings) -> None:
    """Raise where another process holds the store; one that cannot be opened for another reason may go."""
    try:
        open_engine_or_raise(settings).close()
    except StoreError as error:
        if any(words in str(error) for words in IN_USE):
            raise
