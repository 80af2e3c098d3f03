"""The walls of the house: who may import whom, read from the source of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import analytics_dash

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = "analytics_dash"
ROOMS: Final = {
    "errors": set(),
    "quantities": set(),
    "settings": {"errors"},
    "allocation": set(),
    "runs": {"errors"},
    "api": {"runs", "settings", "errors"},
    "metrics": {"runs"},
    "prices": {"runs", "settings", "errors"},
    "figures": {"metrics", "runs", "quantities"},
    "export": {"runs", "errors"},
    "store": {"allocation", "api", "runs", "settings", "errors"},
    "web": {"allocation", "store", "export", "api", "runs", "settings", "errors"},
    "ui": {"web", "store", "export", "figures", "metrics", "prices", "runs", "quantities", "settings", "errors"},
    "demo": {"runs", "errors"},
    "commands": {"allocation", "web", "demo", "store", "export", "api", "runs", "settings", "errors"},
    "cli": {"commands", "errors"},
    "__init__": {"api", "runs", "settings", "errors"},
    "pages": {"ui", "metrics", "figures", "runs", "errors"},
    "app": {"ui", "metrics", "figures", "runs", "errors"},
}
"""Room -> the rooms it may import; itself always."""
FOREIGN: Final = {
    "httpx": {"api"},
    "msgspec": {"api"},
    "genai_prices": {"prices"},
    "streamlit": {"ui", "web", "pages", "app"},
    "plotly": {"figures", "ui"},
    "starlette": {"web", "demo"},
    "uvicorn": {"demo"},
}
"""Library -> the only rooms that may import it."""


def modules() -> Iterator[tuple[str, Path]]:
    yield "app", ROOT / "app.py"
    for path in sorted((ROOT / "pages").rglob("*.py")):
        yield "pages", path
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        yield path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py"), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("room", "path"), [pytest.param(r, p, id=str(p.relative_to(ROOT))) for r, p in modules()])
def test_a_module_imports_only_what_its_room_may(room: str, path: Path) -> None:
    for name in imported(path):
        library, _, rest = name.partition(".")
        if library == PACKAGE:
            assert rest.split(".")[0] in ROOMS[room] | {room}, f"{room} imports {name}"
        assert room in FOREIGN.get(library, {room}), f"{room} imports {name}"


def test_only_the_store_opens_the_engine() -> None:
    openers = [str(p.relative_to(ROOT)) for _, p in modules() if "duckdb.connect" in p.read_text("utf-8")]
    assert openers == ["analytics_dash/store/engine.py"]


def test_no_page_lies_where_streamlit_would_run_it_past_the_gate() -> None:
    assert list((ROOT / "pages").glob("*.py")) == []


def test_a_page_holds_no_sql_no_groupby_and_no_figure() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        text = path.read_text("utf-8")
        assert not [word for word in ("SELECT", "groupby", "go.", ".query(", ".sql(") if word in text], path


def test_the_router_is_short() -> None:
    assert len((ROOT / "app.py").read_text("utf-8").splitlines()) <= 40


def test_every_public_name_can_be_imported() -> None:
    assert set(analytics_dash.__all__) == set(analytics_dash._HOMES)
    assert all(getattr(analytics_dash, name) is not None for name in analytics_dash.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        analytics_dash.no_such_name  # noqa: B018  the look-up is the test
