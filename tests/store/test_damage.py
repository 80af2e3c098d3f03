"""Files and folders that cannot be used: each is told, and none is changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from analytics_dash.errors import StoreError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.engine import open_engine, open_engine_or_raise
from tests.store.stores import folder, held, process, put, told

BLOCK = 262_144  # bytes, as DuckDB lays out a file


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "analytics-dash")


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
