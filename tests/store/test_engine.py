"""The store's file: transactions, privacy, and every trouble that a disk, a crash or another process can make."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics_dash.errors import StoreError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.engine import Engine, memory_engine, open_engine, open_engine_or_raise
from analytics_dash.store.place import store_file, user_data_folder

BLOCK = 262_144  # bytes, as DuckDB lays out a file
ROOT = Path(__file__).resolve().parents[2]
BEGINNING = """
import json, os, resource, sys
from analytics_dash.errors import StoreError
from analytics_dash.settings import load_settings
from analytics_dash.store.engine import open_engine
engine = open_engine(load_settings(data_dir=sys.argv[1]))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "analytics-dash")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine_or_raise(settings)
    yield engine
    engine.close()


def folder(settings: Settings) -> Path:
    return Path(str(settings.data_dir))


def put(engine: Engine, *numbers: int) -> None:
    with engine.writing() as cursor:
        cursor.executemany("INSERT INTO coverage (flow_key) VALUES (?)", [[number] for number in numbers])


def held(engine: Engine) -> list[int]:
    with engine.reading() as cursor:
        return [row[0] for row in cursor.execute("SELECT flow_key FROM coverage ORDER BY ALL").fetchall()]


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def process(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process, which has opened the store in the first argument as `engine`."""
    command = [sys.executable, "-c", BEGINNING + script, *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603  our own script
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def told(script: str, *arguments: object) -> dict[str, object]:
    """What another process prints as JSON, once it has ended well."""
    with process(script, *arguments) as other:
        output, _ = other.communicate()
    assert other.returncode == 0
    answer: dict[str, object] = json.loads(output)
    return answer


# --- transactions


@pytest.mark.parametrize("place", ["file", "memory"])
def test_what_is_written_can_be_read(settings: Settings, place: str) -> None:
    engine = open_engine(settings) if place == "file" else memory_engine(settings)
    put(engine, 1, 2)
    assert held(engine) == [1, 2]
    assert (engine.location is None, engine.problem) == (place == "memory", None)
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


# --- where it lies, and who may look


def test_memory_leaves_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    engine = open_engine(load_settings(data_dir=":memory:"))
    put(engine, 1)
    engine.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "{home}/.local/share"),
        ("linux", {}, "{home}/.local/share"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "{home}/Library/Application Support"),
        ("win32", {"LOCALAPPDATA": "/Local"}, "/Local"),
        ("win32", {}, "{home}/AppData/Local"),
    ],
)
def test_each_platform_has_its_own_folder_for_data(platform: str, environ: dict[str, str], folder: str) -> None:
    assert user_data_folder(platform, environ) == Path(folder.format(home=Path.home()))


def test_without_a_setting_it_is_the_product_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ANALYTICS_DASH_DATA_DIR", raising=False)
    file = store_file(load_settings())
    assert file is not None
    assert file.parts[-2:] == ("analytics-dash", "runs.duckdb")
    assert tmp_path in file.parents


@pytest.mark.parametrize("name", ["it's a folder", "brace {x}", "élan; DROP TABLE flows; --", "corrupt FATAL Error"])
def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    settings = load_settings(data_dir=tmp_path / name)
    engine = open_engine_or_raise(settings)
    put(engine, 1)
    assert engine.location == tmp_path / name / "runs.duckdb"
    assert "already open in this process" in str(open_engine(settings).problem)
    engine.close()


def test_nobody_else_may_look_into_the_folder_or_its_files(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)
    put(engine, 1)
    data = folder(settings)
    assert rights(data) == rights(data / "runs.duckdb.tmp") == 0o700
    assert rights(data / "runs.duckdb") == rights(data / "runs.duckdb.wal") == 0o600
    engine.close()


def test_rights_that_were_wider_are_narrowed(settings: Settings) -> None:
    open_engine_or_raise(settings).close()
    folder(settings).chmod(0o755)
    (folder(settings) / "runs.duckdb").chmod(0o644)
    open_engine_or_raise(settings).close()
    assert (rights(folder(settings)), rights(folder(settings) / "runs.duckdb")) == (0o700, 0o600)


def test_a_folder_that_somebody_made_keeps_its_rights_and_the_files_in_it_are_private(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    engine = open_engine_or_raise(load_settings(data_dir=shared))
    put(engine, 1)
    assert rights(shared) == 0o755
    assert rights(shared / "runs.duckdb") == rights(shared / "runs.duckdb.wal") == 0o600
    engine.close()


def test_what_a_killed_process_left_of_large_queries_goes_at_the_next_opening(settings: Settings) -> None:
    spill = folder(settings) / "runs.duckdb.tmp"
    spill.mkdir(parents=True)
    (spill / "duckdb_temp_storage-0.tmp").write_bytes(b"rows")
    open_engine_or_raise(settings).close()
    assert not (spill / "duckdb_temp_storage-0.tmp").exists()


# --- files that cannot be used


def sound(tmp_path: Path) -> bytes:
    """A store's bytes."""
    settings = load_settings(data_dir=tmp_path / "sound")
    engine = open_engine_or_raise(settings)
    put(engine, 1)
    engine.close()
    return (folder(settings) / "runs.duckdb").read_bytes()


def garbled(data: bytes, *, every: int) -> bytes:
    """The same file with garbage early in every stretch of so many bytes, which no checksum covers for."""
    garbage = bytearray(data)
    for place in range(12_288 % every + 100, len(data), every):
        garbage[place : place + 64] = b"?" * 64
    return bytes(garbage)


def of_a_newer_duckdb(data: bytes) -> bytes:
    """The same file with the storage version 99; its checksum is a sum (XOR) over the words of the header."""
    words = [int.from_bytes(data[place : place + 8], "little") for place in (0, 8, 16)]
    head = bytearray(data[:24])
    head[12:20] = (99).to_bytes(8, "little")
    new = [int.from_bytes(head[place : place + 8], "little") for place in (8, 16)]
    checksum = words[0]
    for word in (*words[1:], *new):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    return checksum.to_bytes(8, "little") + bytes(head[8:]) + data[24:]


def of_something_else(tmp_path: Path) -> bytes:
    with duckdb.connect(str(tmp_path / "invoices.duckdb")) as other:
        other.execute("CREATE TABLE invoices(number INTEGER)")
    return (tmp_path / "invoices.duckdb").read_bytes()


def of_a_newer_release(tmp_path: Path) -> bytes:
    file = tmp_path / "newer.duckdb"
    file.write_bytes(sound(tmp_path))
    with duckdb.connect(str(file)) as newer:
        newer.execute("UPDATE meta SET version = 1000")
    return file.read_bytes()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda _: b"", "is damaged", id="empty"),
        pytest.param(lambda _: b"Dear reader, " * 5000, "is damaged", id="text"),
        pytest.param(lambda _: b"SQLite format 3\0" + bytes(8176), "is damaged", id="sqlite"),
        pytest.param(lambda tmp_path: sound(tmp_path)[:100], "is damaged", id="cut off in its head"),
        pytest.param(lambda tmp_path: sound(tmp_path)[:20_000], "is damaged", id="cut off in its body"),
        pytest.param(lambda tmp_path: garbled(sound(tmp_path), every=4096), "is damaged", id="garbage in its head"),
        pytest.param(lambda tmp_path: of_a_newer_duckdb(sound(tmp_path)), "a newer DuckDB", id="newer DuckDB"),
        pytest.param(of_a_newer_release, "newer version of analytics-dash", id="newer release"),
        pytest.param(of_something_else, "something other than runs", id="other tables"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_left_as_it_is(
    settings: Settings, tmp_path: Path, make: Callable[[Path], bytes], sentence: str
) -> None:
    data, file = make(tmp_path), folder(settings) / "runs.duckdb"
    file.parent.mkdir()
    file.write_bytes(data)
    engine = open_engine(settings)
    put(engine, 1)
    assert held(engine) == [1]
    assert engine.location is None
    assert sentence in str(engine.problem)
    assert str(file) in str(engine.problem)
    assert "It was not changed." in str(engine.problem)
    with pytest.raises(StoreError) as caught:
        open_engine_or_raise(settings)
    assert str(caught.value) == engine.problem
    engine.close()
    assert file.read_bytes() == data
    assert sorted(path.name for path in file.parent.iterdir()) == ["runs.duckdb"]


def test_garbage_in_the_midst_of_the_rows_is_told_where_a_query_comes_to_it(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)
    with engine.writing() as cursor:
        cursor.execute("INSERT INTO texts SELECT 1, range, md5(range::VARCHAR), NULL, NULL FROM range(100000)")
    engine.close()
    file = folder(settings) / "runs.duckdb"
    data = file.read_bytes()
    file.write_bytes(data[: BLOCK * 2] + garbled(data[BLOCK * 2 : -BLOCK * 3], every=BLOCK) + data[-BLOCK * 3 :])
    engine = open_engine_or_raise(settings)
    with pytest.raises(StoreError, match="is damaged"), engine.reading() as cursor:
        cursor.execute("SELECT max(inputs) FROM texts").fetchall()
    engine.close()


def test_a_log_with_garbage_in_its_midst_is_told(settings: Settings) -> None:
    script = """
for _ in range(3):
    with engine.writing() as cursor:
        cursor.execute("INSERT INTO coverage (flow_key) SELECT range FROM range(999)")
os._exit(0)
"""
    with process(script, folder(settings)) as other:
        other.communicate()
    log = folder(settings) / "runs.duckdb.wal"
    data = bytearray(log.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = b"?" * 64
    log.write_bytes(data)
    assert "is damaged" in str(open_engine(settings).problem)
    assert log.read_bytes() == data


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/analytics-dash"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("not a folder", "utf-8")
    engine = open_engine(load_settings(data_dir=tmp_path / place))
    assert "cannot be made or written there" in str(engine.problem)
    assert "ANALYTICS_DASH_DATA_DIR" in str(engine.problem)
    put(engine, 1)
    engine.close()


def test_a_folder_that_may_only_be_read_is_told() -> None:
    script = """
from pathlib import Path
shared = Path(sys.argv[1], "read-only")
engine.close()
shared.mkdir()
shared.chmod(0o555)
if os.geteuid() == 0:
    os.setuid(65534)
print(json.dumps({"problem": open_engine(load_settings(data_dir=shared)).problem}))
"""
    with tempfile.TemporaryDirectory() as somewhere:  # pytest's own folders may not be entered by other users
        Path(somewhere).chmod(0o777)
        problem = str(told(script, somewhere)["problem"])
    assert "cannot be made or written there (permission denied)" in problem


def test_a_second_process_is_told_which_one_holds_the_file(settings: Settings) -> None:
    engine = open_engine_or_raise(settings)
    put(engine, 1)
    problem = str(told("print(json.dumps({'problem': engine.problem}))", folder(settings))["problem"])
    assert f"in use by another process (PID {os.getpid()})" in problem
    assert held(engine) == [1]
    engine.close()


# --- what happens in the midst of it


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
    for lines in (3, 10, 6):
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
