"""Where the store lies on each platform, and that nobody else may look into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.engine import open_engine, open_engine_or_raise
from analytics_dash.store.place import store_file, user_data_folder
from tests.store.stores import folder, put, rights


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "analytics-dash")


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
