"""Owns the addresses of the routes beside the script; imports nothing, so that starting a server costs nothing."""

from __future__ import annotations

from typing import Final

SESSION_PATH: Final = "/auth/session"
CSV_PATH: Final = "/export/runs.csv"
HEALTH_PATH: Final = "/healthz"
