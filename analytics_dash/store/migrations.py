"""Owns the store's schema: what each version added, and the way from any older version to the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from analytics_dash.runs.error_group import named_sql
from analytics_dash.runs.stored import STORED_TYPES

LATER: Final = frozenset({"error_group", "gone"})  # columns of a run that the first version's table has not
_RUN_COLUMNS: Final = ", ".join(f"{name} {kind}" for name, kind in STORED_TYPES.items() if name not in LATER)
_FIRST: Final = (
    "CREATE SEQUENCE run_keys",
    (
        "CREATE TABLE flows(flow_key INTEGER PRIMARY KEY, api VARCHAR, org VARCHAR, flow VARCHAR, used_at TIMESTAMP, "
        "UNIQUE(api, org, flow))"
    ),
    # Not "runs": a relation's own queries call it that, and DuckDB would see a view of itself.
    # No index and no key: runs come in by deleting and inserting whole batches, which an index slows down.
    f"CREATE TABLE stored_runs(flow_key INTEGER, read_at TIMESTAMP, gone_at TIMESTAMP, {_RUN_COLUMNS})",
    "CREATE TABLE texts(flow_key INTEGER, run_key BIGINT, inputs VARCHAR, outputs VARCHAR, llm_usage VARCHAR)",
    (
        "CREATE TABLE coverage(flow_key INTEGER, user_id VARCHAR, low TIMESTAMP, high TIMESTAMP, read_at TIMESTAMP, "
        "verified BOOLEAN, note VARCHAR, pages INTEGER, duplicates INTEGER)"
    ),
    (
        "CREATE TABLE set_aside(flow_key INTEGER, identity VARCHAR, run_id VARCHAR, reason VARCHAR, page INTEGER, "
        "low TIMESTAMP, high TIMESTAMP, read_at TIMESTAMP)"
    ),
    (
        'CREATE TABLE annotations(flow_key INTEGER, annotation_id VARCHAR, "at" TIMESTAMP, text VARCHAR, '
        "made_by VARCHAR, made_at TIMESTAMP)"
    ),
)
FAILED_MESSAGES: Final = "SELECT DISTINCT coalesce(error, '') AS message FROM stored_runs WHERE outcome = 'failed'"
FILL_GROUPS: Final = (
    f"UPDATE stored_runs SET error_group = named.error_group FROM ({named_sql(FAILED_MESSAGES)}) AS named "  # noqa: S608  ours
    "WHERE outcome = 'failed' AND coalesce(error, '') = named.message"
)
"""Gives every failed run the group that today's rule puts it in: each version of the rule has a migration with it."""
_GROUPS: Final = ("ALTER TABLE stored_runs ADD COLUMN error_group VARCHAR", FILL_GROUPS)
_STATES: Final = ("ALTER TABLE coverage ADD COLUMN states VARCHAR",)
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _GROUPS, _STATES)
"""Statements per version; a store is of version n after the first n. Shipped ones never change, new ones follow."""
VERSION: Final = len(MIGRATIONS)


class NewerStore(Exception):
    """The store is of a version that only a newer release knows."""


class ForeignStore(Exception):
    """The database holds tables that this product has not made."""


def migrate(connection: duckdb.DuckDBPyConnection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> bool:
    """Bring the connection's current database to the newest version; returns whether anything was missing.

    Each version is one transaction: one that fails leaves the version before it. Raises NewerStore or ForeignStore.
    """
    held = version_of(connection)
    if held > len(migrations):
        raise NewerStore
    for version in range(held + 1, len(migrations) + 1):
        _take_step(connection, migrations[version - 1], version=version)
    return held < len(migrations)


def version_of(connection: duckdb.DuckDBPyConnection) -> int:
    """The store's version, 0 where the database is empty; raises ForeignStore where it holds something else."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    if not rows:
        return 0
    if ("meta",) not in rows:
        raise ForeignStore
    try:
        found = connection.execute("SELECT max(version)::INTEGER FROM meta").fetchone()
    except (duckdb.ProgrammingError, duckdb.DataError) as error:
        raise ForeignStore from error
    if found is None or found[0] is None:
        raise ForeignStore
    return int(found[0])


def _take_step(connection: duckdb.DuckDBPyConnection, statements: Sequence[str], *, version: int) -> None:
    connection.begin()
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS meta(version INTEGER)")
        for statement in statements:
            connection.execute(statement)
        connection.execute("DELETE FROM meta")
        connection.execute("INSERT INTO meta VALUES (?)", [version])
        connection.commit()
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.Error:  # the engine has ended the transaction itself
        return
