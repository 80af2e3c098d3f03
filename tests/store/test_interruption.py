"""What happens in the midst of using a store: full disks, crashes, lost files, closing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from analytics_dash.errors import StoreError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.engine import Engine, open_engine_or_raise
from tests.store.stores import folder, held, process, put, told


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "analytics-dash")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine_or_raise(settings)
    yield engine
    engine.close()


def test_a_full_disk_is_told_and_what_was_stored_before_is_kept(settings: Settings) -> None:
    script = """
def put(number):
    with engine.writing() as cursor:
        cursor.execute("INSERT INTO coverage (flow_key) VALUES (?)", [number])
        cursor.execute("INSERT INTO texts SELECT 1, range, md5(range::VARCHAR), NULL, NULL FROM range(20000)")
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, most))
number, sentence = 0, None
while sentence is None:
    try:
        put(number)
        number += 1
    except StoreError as error:
        sentence = str(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
put(1000)
print(json.dumps({"sentence": sentence, "stored": number, "broken": engine.is_broken}), flush=True)
os._exit(0)
"""
    answer = told(script, folder(settings))
    assert "The disk is full" in str(answer["sentence"])
    assert answer["broken"] is False
    engine = open_engine_or_raise(settings)
    stored = int(str(answer["stored"]))
    assert held(engine) == [*range(stored), 1000]
    texts = engine.cursor().execute("SELECT count(*) FROM texts").fetchall()
    assert texts == [(20_000 * (stored + 1),)]
    engine.close()


def test_a_process_killed_while_writing_loses_nothing_that_was_committed_and_leaves_no_half(settings: Settings) -> None:
    script = """
number = int(sys.argv[2])
engine.cursor().execute("SET GLOBAL checkpoint_threshold = '1MB'")  # so that some die in a checkpoint
while True:
    number += 1
    with engine.writing() as cursor:
        cursor.execute("INSERT INTO texts SELECT ?, range, repeat(md5((range + ?)::VARCHAR), 20), NULL, NULL "
                       "FROM range(1000)", [number, number])
        cursor.execute("INSERT INTO coverage (flow_key) VALUES (?)", [number])
    print(number, flush=True)
"""
    last = 0
    for lines in (3, 8):
        with process(script, folder(settings), last) as other:
            assert other.stdout is not None
            for _ in range(lines):
                other.stdout.readline()
            other.kill()
            committed = [int(line) for line in other.stdout.read().split()]
        engine = open_engine_or_raise(settings)
        numbers = held(engine)
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) in {told := max([last + lines, *committed]), told + 1}
        rows = engine.cursor().execute("SELECT flow_key, count(inputs) FROM texts GROUP BY ALL ORDER BY ALL").fetchall()
        assert rows == [(number, 1000) for number in numbers]
        last = len(numbers)
        engine.close()


def test_an_engine_that_duckdb_has_shut_says_so_and_its_rows_are_there_after_opening_again(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)
    put(engine, 1)
    assert [engine.is_broken] == [False]
    engine.cursor().execute("SET GLOBAL debug_checkpoint_abort = 'before_header'")
    with pytest.raises(duckdb.IOException):
        engine.cursor().execute("CHECKPOINT")
    assert engine.is_broken
    with pytest.raises(StoreError, match="has stopped after a fault"):
        put(engine, 2)
    with pytest.raises(StoreError, match="has stopped after a fault"):
        held(engine)
    engine.close()
    again = open_engine_or_raise(settings)
    assert held(again) == [1]
    again.close()


@pytest.mark.parametrize("comes", ["nothing", "another file"])
def test_a_file_that_was_moved_takes_no_more_and_what_comes_in_its_place_is_not_touched(
    settings: Settings, comes: str
) -> None:
    engine = open_engine_or_raise(settings)
    put(engine, 1)
    data = folder(settings)
    (data / "runs.duckdb").rename(data / "away.duckdb")
    (data / "runs.duckdb.wal").rename(data / "away.duckdb.wal")
    for name in ("runs.duckdb", "runs.duckdb.wal") if comes == "another file" else ():
        (data / name).write_bytes(b"new")
    with pytest.raises(StoreError, match="was moved or removed"):
        put(engine, 2)
    assert engine.is_broken
    engine.close()
    left = {path.name: path.read_bytes() for path in data.glob("runs.duckdb*") if path.is_file()}
    assert left == ({"runs.duckdb": b"new", "runs.duckdb.wal": b"new"} if comes == "another file" else {})


def test_a_file_moved_in_the_midst_of_a_transaction_takes_nothing_of_it(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)

    def lose_the_file() -> None:
        with engine.writing() as cursor:
            cursor.execute("INSERT INTO coverage (flow_key) VALUES (1)")
            (folder(settings) / "runs.duckdb").unlink()

    with pytest.raises(StoreError, match="was moved or removed"):
        lose_the_file()
    engine.close()


def test_a_closed_engine_says_so_and_can_be_closed_again(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)

    def close_while_reading() -> None:
        with engine.reading() as cursor:
            engine.close()
            cursor.execute("SELECT 1")

    for use in (close_while_reading, engine.cursor, lambda: held(engine), lambda: put(engine, 1)):
        with pytest.raises(StoreError, match="is closed"):
            use()
    assert engine.is_broken
    engine.close()


def test_an_engine_that_was_given_up_can_be_read_and_not_written(engine: Engine) -> None:
    put(engine, 1)
    engine.abandon()
    assert held(engine) == [1]
    with pytest.raises(StoreError, match="is closed"):
        put(engine, 2)


def test_a_query_that_needs_more_memory_than_allowed_says_which_setting_allows_more(tmp_path: Path) -> None:
    engine = open_engine_or_raise(load_settings(data_dir=tmp_path / "small", store_memory="20MB"))
    with pytest.raises(StoreError, match="ANALYTICS_DASH_STORE_MEMORY"), engine.reading() as cursor:
        cursor.execute("SELECT len(list(range)) FROM range(10000000)").fetchall()
    put(engine, 1)
    assert held(engine) == [1]
    engine.close()


def test_writing_leaves_the_memory_that_queries_may_use_as_it_was_set(engine: Engine) -> None:
    limit = "SELECT current_setting('memory_limit')"
    before = engine.cursor().execute(limit).fetchall()
    put(engine, 1)
    assert engine.cursor().execute(limit).fetchall() == before == [("488.2 MiB",)]
