"""The store's engine: transactions, cursors, and its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics_dash.errors import StoreError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store import attach
from analytics_dash.store.engine import Engine, memory_engine, open_engine, open_engine_or_raise
from tests.store.stores import folder, held, put


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "analytics-dash")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine_or_raise(settings)
    yield engine
    engine.close()


@pytest.mark.parametrize("place", ["file", "memory"])
def test_what_is_written_can_be_read(settings: Settings, place: str) -> None:
    engine = open_engine(settings) if place == "file" else memory_engine(settings)
    put(engine, 1, 2)
    assert held(engine) == [1, 2]
    assert (engine.location is None, engine.problem) == (place == "memory", None)
    engine.close()


def test_a_file_in_an_older_layout_of_the_engine_is_used_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(attach, "LAYOUT", "v1.0.0")
        engine = open_engine_or_raise(settings)
        put(engine, 1, 2)
        engine.close()
    for number in (3, 4):
        engine = open_engine_or_raise(settings)
        put(engine, number)
        engine.close()
    engine = open_engine_or_raise(settings)
    assert held(engine) == [1, 2, 3, 4]
    engine.close()


def test_what_was_written_is_there_after_closing_and_opening(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)
    put(engine, 1, 2)
    engine.close()
    assert not (folder(settings) / "runs.duckdb.wal").exists()
    again = open_engine_or_raise(settings)
    assert held(again) == [1, 2]
    again.close()


def test_a_reader_sees_the_same_rows_to_its_end(engine: Engine) -> None:
    put(engine, 1)
    with engine.reading() as cursor:
        before = cursor.execute("SELECT count(*) FROM coverage").fetchall()
        put(engine, 2)
        assert cursor.execute("SELECT count(*) FROM coverage").fetchall() == before == [(1,)]
    assert held(engine) == [1, 2]


def test_a_reader_cannot_write(engine: Engine) -> None:
    with pytest.raises(StoreError, match="read-only"), engine.reading() as cursor:
        cursor.execute("INSERT INTO coverage (flow_key) VALUES (1)")
    assert held(engine) == []


def test_a_writer_that_raises_leaves_nothing_and_its_error_is_not_touched(engine: Engine) -> None:
    for fault, statement in (
        (duckdb.CatalogException, "FROM no_such_table"),
        (duckdb.ConversionException, "SELECT 'x'::INTEGER"),
    ):
        with pytest.raises(fault), engine.writing() as cursor:
            cursor.execute("INSERT INTO coverage (flow_key) VALUES (1)").execute(statement)
    put(engine, 2)
    assert held(engine) == [2]


def test_writers_in_many_threads_wait_for_one_another(engine: Engine) -> None:
    put(engine, 0)

    def count() -> None:
        for _ in range(10):
            with engine.writing() as cursor:
                cursor.execute("UPDATE coverage SET flow_key = flow_key + 1")

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held(engine) == [30]


def test_a_table_of_arrow_can_be_read_by_a_cursor(engine: Engine) -> None:
    with engine.writing() as cursor:
        cursor.register("given", pa.table({"number": [4, 5]}))
        cursor.execute("INSERT INTO coverage (flow_key) SELECT number FROM given")
    assert held(engine) == [4, 5]


def test_a_cursor_computes_in_utc_whatever_the_machine_s_zone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    engine = open_engine_or_raise(settings)
    assert engine.cursor().execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
    engine.close()


def test_json_and_zones_are_there_without_any_extension(engine: Engine) -> None:
    row = engine.cursor().execute(
        """SELECT json_extract_string('{"a": ["x"]}', '$.a[*]'),
                  timezone('Europe/Paris', TIMESTAMP '2026-07-01 10:00:00')
           = TIMESTAMPTZ '2026-07-01 08:00:00+00'"""
    )
    assert row.fetchall() == [(["x"], True)]


@pytest.mark.parametrize(
    "statement",
    ["FROM read_text('{path}')", "COPY (SELECT 1) TO '{path}'", "ATTACH '{path}' AS other", "LOAD httpfs"],
)
def test_no_statement_reaches_any_other_file_or_the_network(engine: Engine, tmp_path: Path, statement: str) -> None:
    other = tmp_path / "other"
    with pytest.raises(duckdb.PermissionException):
        engine.cursor().execute(statement.format(path=other))
    with pytest.raises(duckdb.InvalidInputException):
        engine.cursor().execute("SET enable_external_access = true")
    assert not other.exists()
