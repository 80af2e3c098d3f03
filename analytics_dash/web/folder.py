"""Owns where the dashboard's own files are: in the checkout, or in the installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1]
BUNDLED: Final = PACKAGE / "dashboard"


def dashboard_folder() -> Path:
    """The folder with app.py, pages and .streamlit."""
    return BUNDLED if (BUNDLED / "app.py").is_file() else PACKAGE.parent
