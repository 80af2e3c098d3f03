"""Owns how a database becomes the store of a connection: under which name, how laid out, and shut off from all else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from analytics_dash.store.migrations import migrate

STORE: Final = "store"
ROW_GROUP: Final = 8192  # rows; a checkpoint writes whole groups anew, and DuckDB's 122,880 made storing half as fast
LAYOUT: Final = (
    "v1.3.0"  # of DuckDB's files: the first that packs texts in one go, an eighth of the work of storing a run
)


def attach(connection: duckdb.DuckDBPyConnection, file: Path | None) -> None:
    """Bring the file, or memory, in under the name STORE at the newest version, and shut every other file out.

    Raises NewerStore, ForeignStore or what DuckDB raises, with the file left as it was.
    """
    quoted = str(file or ":memory:").replace("'", "''")
    connection.execute(
        f"ATTACH '{quoted}' AS {STORE} (TYPE duckdb, ROW_GROUP_SIZE {ROW_GROUP}, STORAGE_VERSION '{LAYOUT}')"
    )
    connection.execute("SET enable_external_access = false")  # the engine allows what is attached, and its log
    cursor = connection.cursor()
    cursor.execute(f"USE {STORE}")
    if migrate(cursor):
        cursor.execute(f"CHECKPOINT {STORE}")  # the tables are in the file before any row is in the log
    cursor.close()
