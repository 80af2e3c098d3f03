"""The schema: from nothing to the newest, from an older version with its rows, and never back."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from analytics_dash.runs.error_group import RULE_VERSION, error_group_id
from analytics_dash.runs.stored import STORED_TYPES
from analytics_dash.store.migrations import (
    FILL_GROUPS,
    MIGRATIONS,
    VERSION,
    ForeignStore,
    NewerStore,
    migrate,
    version_of,
)

SECOND = ("ALTER TABLE coverage ADD COLUMN colour VARCHAR", "UPDATE coverage SET colour = 'blue' WHERE pages > 1")
TWO_VERSIONS = (*MIGRATIONS[:1], SECOND)


@pytest.fixture
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """Every table's columns and types, in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = connection.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal")
    for table, column, kind in rows.fetchall():
        found.setdefault(table, []).append((column, kind))
    return found


def test_an_empty_database_becomes_one_of_the_newest_version(empty: duckdb.DuckDBPyConnection) -> None:
    assert migrate(empty)
    assert version_of(empty) == VERSION == len(MIGRATIONS)
    assert set(tables(empty)) == {"meta", "flows", "stored_runs", "texts", "coverage", "set_aside", "annotations"}
    assert empty.execute("SELECT nextval('run_keys')").fetchall() == [(1,)]


def test_a_stored_run_has_the_columns_that_every_reader_of_runs_expects(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    assert [name for name, _ in tables(empty)["stored_runs"]] == [
        *("flow_key", "read_at", "gone_at"),
        *(name for name in STORED_TYPES if name != "gone"),
    ]


def test_the_same_flow_cannot_be_there_twice(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    empty.execute("INSERT INTO flows VALUES (1, 'api', 'org', 'flow', NULL)")
    with pytest.raises(duckdb.ConstraintException):
        empty.execute("INSERT INTO flows VALUES (2, 'api', 'org', 'flow', NULL)")


def test_rows_of_the_first_version_are_kept_and_mended_under_the_second(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty, MIGRATIONS[:1])
    empty.execute("INSERT INTO coverage (flow_key, pages) VALUES (1, 1), (2, 7)")
    assert migrate(empty, TWO_VERSIONS)
    assert version_of(empty) == 2
    kept = empty.execute("SELECT flow_key, pages, colour FROM coverage ORDER BY flow_key").fetchall()
    assert kept == [(1, 1, None), (2, 7, "blue")]


ERRORS = ["Timeout after 60 s", "Timeout after 9 s", "it's refused", "", None, "é" * 30_000]


def test_runs_of_the_first_version_get_the_groups_of_their_errors(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty, MIGRATIONS[:1])
    for number, error in enumerate(ERRORS * 2):
        run = [1 + number % 2, number, error, "failed" if number < len(ERRORS) else "succeeded"]
        empty.execute("INSERT INTO stored_runs (flow_key, run_key, error, outcome) VALUES (?, ?, ?, ?)", run)
    assert migrate(empty)
    kept = empty.execute("SELECT run_key, error, error_group FROM stored_runs ORDER BY run_key").fetchall()
    groups = [error_group_id(error) for error in ERRORS]
    assert groups[0] == groups[1] != groups[2]
    assert kept == [(n, e, group) for n, (e, group) in enumerate(zip(ERRORS * 2, [*groups, *[None] * 6], strict=True))]


def test_every_version_of_the_rule_for_errors_has_a_migration_that_names_the_groups_anew() -> None:
    assert sum(FILL_GROUPS in statements for statements in MIGRATIONS) == RULE_VERSION


def test_migrating_a_second_time_changes_nothing(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    before = tables(empty)
    assert not migrate(empty)
    assert (tables(empty), version_of(empty)) == (before, VERSION)


def test_a_newer_store_is_refused_and_left_as_it_is(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty, TWO_VERSIONS)
    before = tables(empty)
    with pytest.raises(NewerStore):
        migrate(empty, MIGRATIONS[:1])
    assert (tables(empty), version_of(empty)) == (before, 2)


def test_a_migration_that_fails_half_way_leaves_the_version_before_it(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty, MIGRATIONS[:1])
    before = tables(empty)
    with pytest.raises(duckdb.CatalogException):
        migrate(empty, (MIGRATIONS[0], (SECOND[0], "DROP TABLE no_such_table")))
    assert (tables(empty), version_of(empty)) == (before, 1)
    migrate(empty, TWO_VERSIONS)
    assert version_of(empty) == 2


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE invoices(number INTEGER)",),
        ("CREATE TABLE meta(version INTEGER)",),
        ("CREATE TABLE meta(version VARCHAR)", "INSERT INTO meta VALUES ('three')"),
        ("CREATE TABLE meta(owner VARCHAR)",),
    ],
)
def test_a_database_of_something_else_is_refused(empty: duckdb.DuckDBPyConnection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        empty.execute(statement)
    before = tables(empty)
    with pytest.raises(ForeignStore):
        migrate(empty)
    assert tables(empty) == before
