"""Owns where the store lies: the folder that the settings mean, and that nobody else may look into it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from analytics_dash.settings import IN_MEMORY, Settings

APP_FOLDER: Final = "analytics-dash"
STORE_FILE: Final = "runs.duckdb"
SPILL_FOLDER: Final = "runs.duckdb.tmp"
PRIVATE_FOLDER: Final = 0o700  # inputs and outputs of runs are in there
PRIVATE_FILE: Final = 0o600


def store_file(settings: Settings) -> Path | None:
    """The file that the settings ask for, an absolute path; None where they ask for memory."""
    if settings.data_dir == IN_MEMORY:
        return None
    return (settings.data_dir or user_data_folder(sys.platform, os.environ) / APP_FOLDER).absolute() / STORE_FILE


def user_data_folder(platform: str, environ: Mapping[str, str]) -> Path:
    """Where programs of this platform keep a user's data."""
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    named = environ.get("XDG_DATA_HOME", "")  # relative ones are to be ignored, says the standard
    return Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "share"


def log_of(file: Path) -> Path:
    """The engine's log of what is committed and not yet in the file."""
    return file.with_name(file.name + ".wal")


def make_folder(folder: Path) -> None:
    """Make it for the owner alone; one that somebody else has made keeps its rights, unless it bears our name."""
    is_new = not folder.exists()
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if is_new or folder.name == APP_FOLDER:
        folder.chmod(PRIVATE_FOLDER)


def make_files_private(file: Path) -> None:
    """Take the file and its log, where there are any, from everybody but the owner."""
    for path in (file, log_of(file)):
        if path.is_file():
            path.chmod(PRIVATE_FILE)


def begin_log(file: Path) -> None:
    """Make the log before the engine does, which would let everybody read it."""
    os.close(os.open(log_of(file), os.O_WRONLY | os.O_CREAT, PRIVATE_FILE))


def begin_spill(file: Path) -> None:
    """An empty private folder for what does not fit in memory; what a killed process left there goes."""
    folder = file.with_name(SPILL_FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=PRIVATE_FOLDER)


def identity(file: Path) -> tuple[int, int] | None:
    """Which file lies there now, to notice that it is another one; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
