"""Owns the one store of a process: its engine, the flows in it, and the lane on which each is read."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from analytics_dash.errors import StoreError
from analytics_dash.settings import Settings
from analytics_dash.store.engine import Engine, memory_engine, open_engine
from analytics_dash.store.flow import FlowKey, FlowStore, forget_flow
from analytics_dash.store.lane import Lane

CLEAN_EVERY: Final = timedelta(hours=1)  # rows past their retention are looked for so often


class Library:
    """Every flow of every API that this process has read, shared by all sign-ins; each has its own right to each."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._engine = engine or open_engine(settings)
        self._flows: dict[FlowKey, FlowStore] = {}
        self._lanes: dict[FlowKey, Lane] = {}
        self._cleaned: datetime | None = None

    @property
    def problem(self) -> str | None:
        """Why rows are held in memory where a file was asked for; None where all is well."""
        return self._engine.problem

    @property
    def engine(self) -> Engine:
        """The engine in use."""
        return self._engine

    def flow(self, key: FlowKey) -> FlowStore:
        """What is stored of a flow, empty at first."""
        if self._cleaned is None or datetime.now(UTC) - self._cleaned >= CLEAN_EVERY:
            self.clean()
        with self._lock:
            if key not in self._flows:
                self._flows[key] = FlowStore(self._engine, key, texts=self._settings.store_texts)
            return self._flows[key]

    def lane(self, key: FlowKey) -> Lane:
        """The one lane on which this flow is read."""
        with self._lock:
            return self._lanes.setdefault(key, Lane())

    def mend(self, error: StoreError) -> bool:
        """Go on in memory where the file has failed; False where it was memory already."""
        with self._lock:
            if self._engine.location is None:
                return False
            failed, self._engine = self._engine, memory_engine(self._settings, problem=str(error))
            self._flows.clear()
        failed.abandon()
        return True

    def clean(self) -> None:
        """Let rows go that are older than the settings keep them."""
        days, now = self._settings.retention_days, datetime.now(UTC)
        if days is None:
            return
        self._cleaned = now
        with self._engine.writing() as cursor:
            for (number,) in cursor.execute("SELECT flow_key FROM flows").fetchall():
                forget_flow(cursor, number, before=now - timedelta(days=days))

    def close(self) -> None:
        """Close the engine; what is stored stays."""
        self._engine.close()


@cache
def library(settings: Settings) -> Library:
    """The process's store for these settings."""
    return Library(settings)
