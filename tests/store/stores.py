"""A store's file as a test uses it: numbers put in and held, rights, and other processes."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

from analytics_dash.settings import Settings
from analytics_dash.store.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
BEGINNING = """
import json, os, resource, sys
from analytics_dash.errors import StoreError
from analytics_dash.settings import load_settings
from analytics_dash.store.engine import open_engine
engine = open_engine(load_settings(data_dir=sys.argv[1]))
"""


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
