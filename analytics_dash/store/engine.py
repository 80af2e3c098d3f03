"""Owns the connection to the store: its location, its settings, and the transactions in which all of it is used.

Nothing outside knows where the rows lie: a store in another place than a file of this machine is another way to attach
a database under the name STORE.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from analytics_dash.errors import StoreError
from analytics_dash.settings import Settings
from analytics_dash.store import place
from analytics_dash.store.attach import STORE, attach
from analytics_dash.store.migrations import ForeignStore, NewerStore
from analytics_dash.store.trouble import TROUBLES, moved_away, store_trouble

CHECKPOINT: Final = "64MB"  # of the log: at DuckDB's own 16MB few rows at a time pay for one too often
COMPACTED: Final = "1"  # joins of row groups that are not full per checkpoint: each costs as much as storing them
HELD_AFTER_WRITING: Final = "96MB"  # of the blocks just written, which few queries want: 280 MB without it
WRITERS_MEMORY: Final = "64MB"  # a batch and its row groups; a long past may take more (`take_more_memory`)
MOST_THREADS: Final = 4  # each holds buffers of its own: sixteen ran out of 200 MB where two were as fast
CLOSED: Final = "already closed"
CONFIG: Final = {
    "checkpoint_threshold": CHECKPOINT,
    "max_vacuum_tasks": COMPACTED,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


class Engine:
    """One store, open until `close`; safe for many threads, one of which writes at a time."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        location: Path | None,
        memory: str | None,
        most_memory: str | None = None,
        problem: str | None = None,
    ) -> None:
        self.location = location
        self.problem = problem
        self._connection = connection
        self._memory = memory
        self._most_memory = most_memory
        self._identity = place.identity(location) if location else None
        self._writer = threading.Lock()
        self._gate = threading.Lock()  # no cursor comes while memory is given back
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._is_given_up = False
        self._has_gaps = False

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own, for one thread to read with; raises StoreError where the store has stopped."""
        try:
            with self._gate:
                cursor = self._connection.cursor()
                self._cursors.add(cursor)
            cursor.execute(f"USE {STORE}")
        except TROUBLES as error:
            raise store_trouble(error, self.location) from error
        return cursor

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor to which the store stands still: every query in the block sees the same rows."""
        cursor = self.cursor()
        try:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield cursor
        except TROUBLES as error:
            raise store_trouble(error, self.location) from error
        finally:
            self._let_go(cursor)

    @contextlib.contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose changes are all kept at the end of the block, or none if it raises; others wait for it.

        Raises StoreError where the disk or the engine does not take them; a fault in a statement comes out as it is.
        """
        with self._writer:
            self._expect_the_file()
            cursor = self.cursor()
            try:
                cursor.begin()
                yield cursor
                self._commit(cursor)
            except TROUBLES as error:
                raise store_trouble(error, self.location) from error
            finally:
                self._let_go(cursor)
            self._hold_less()

    def _commit(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._expect_the_file()
        try:
            if self.location:
                place.begin_log(self.location)
            cursor.commit()
        except OSError as error:
            raise store_trouble(error, self.location) from error

    def _expect_the_file(self) -> None:
        """The system lets a removed file be written to, and throws all of it away in the end."""
        if self._is_given_up:
            raise store_trouble(duckdb.ConnectionException(CLOSED), self.location)
        if self.location and place.identity(self.location) != self._identity:
            raise moved_away(self.location)

    def _let_go(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with contextlib.suppress(duckdb.Error):  # after a fault the engine has ended the transaction itself
            cursor.rollback()
        cursor.close()
        with self._gate:
            self._cursors.discard(cursor)

    def _hold_less(self) -> None:
        """Give back the memory of what was just written, unless somebody reads, who may need it."""
        less, all_of_it = f"SET memory_limit = '{HELD_AFTER_WRITING}'", f"SET memory_limit = '{self._memory}'"
        with self._gate, contextlib.suppress(*TROUBLES):
            if self.location and self._memory and not self._cursors:
                self._connection.execute(f"{less}; {all_of_it}")

    @property
    def is_broken(self) -> bool:
        """Whether the store has stopped for good: closed, given up, or shut by the engine after a fault."""
        try:
            self._expect_the_file()
            self._let_go(self.cursor())
        except StoreError:
            return True
        return False

    def take_more_memory(self) -> bool:
        """Whether work that ran out of memory is worth another try, since the settings allow more than it had."""
        more, self._most_memory = self._most_memory, None
        if more is None:
            return False
        with contextlib.suppress(*TROUBLES):
            self._connection.execute(f"SET memory_limit = '{more}'")
        return True

    def note_gaps(self) -> None:
        """Rows were taken out of the midst of others: room that the end of this engine should begin to win back."""
        self._has_gaps = True

    def abandon(self) -> None:
        """Take no more writing, and leave the file once those who still read are done."""
        self._is_given_up = True

    def close(self) -> None:
        """Wait for who writes, stop who reads, and leave a file that has everything."""
        with self._writer:
            self._is_given_up = True
            with self._gate:
                cursors = list(self._cursors)
            for cursor in cursors:
                with contextlib.suppress(*TROUBLES):
                    cursor.interrupt()
            with contextlib.suppress(*TROUBLES):
                if not self._has_gaps:
                    self._connection.execute("SET max_vacuum_tasks = 0")
            with contextlib.suppress(*TROUBLES):  # what cannot go into the file now stays in its log for the next time
                self._connection.execute(self._last_statement())
            self._connection.close()

    def _last_statement(self) -> str:
        """Another file in the place of ours has a log of the same name, which a checkpoint would remove."""
        is_replaced = self.location and place.identity(self.location) not in {self._identity, None}
        return "PRAGMA disable_checkpoint_on_shutdown" if is_replaced else f"CHECKPOINT {STORE}"


def open_engine(settings: Settings) -> Engine:
    """The store that the settings ask for, or one in memory whose `problem` says why."""
    try:
        return open_engine_or_raise(settings)
    except StoreError as error:
        return memory_engine(settings, problem=str(error))


def open_engine_or_raise(settings: Settings, *, only_writes: bool = False) -> Engine:
    """The store that the settings ask for; raises StoreError where it cannot be used.

    With `only_writes` it is laid out for a process that fills it and asks little: less memory at first, one thread.
    """
    file = place.store_file(settings)
    return memory_engine(settings) if file is None else _file_engine(file, settings, only_writes=only_writes)


def memory_engine(settings: Settings, problem: str | None = None) -> Engine:
    """A store that ends with the process; `store_memory` is for work over a file and does not limit it."""
    connection = _started(temp_directory="")
    attach(connection, None)
    return Engine(connection, location=None, memory=settings.store_memory, problem=problem)


def _file_engine(file: Path, settings: Settings, *, only_writes: bool) -> Engine:
    memory = WRITERS_MEMORY if only_writes else settings.store_memory
    try:
        place.make_folder(file.parent)
        place.make_files_private(file)
        with contextlib.ExitStack() as undone:
            connection = _started(memory_limit=memory, temp_directory=str(file.with_name(place.SPILL_FOLDER)))
            undone.callback(connection.close)
            if only_writes:
                connection.execute("SET threads = 1")
            attach(connection, file)
            place.make_files_private(file)
            place.begin_spill(file)
            undone.pop_all()
    except (OSError, duckdb.Error, NewerStore, ForeignStore) as error:
        raise store_trouble(error, file) from error
    if only_writes:
        return Engine(connection, location=file, memory=None, most_memory=settings.store_memory)
    return Engine(connection, location=file, memory=memory)


def _started(**config: str) -> duckdb.DuckDBPyConnection:
    """DuckDB with nothing in it, which takes nothing from the network.

    Tables on their way to it come from the system's memory: Arrow's own pool gives back less of it (over 300,000 runs a
    sync's peak is some 270 MB instead of 285).
    """
    pa.set_memory_pool(pa.system_memory_pool())
    connection = duckdb.connect(":memory:", config={**CONFIG, **config})
    connection.execute(f"SET threads = {min(os.cpu_count() or 1, MOST_THREADS)}")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # without GLOBAL a cursor would have the machine's
    return connection
