"""Runs of StackAI flows as typed tables: sign in, list every run, and go on from there.

from analytics_dash import Client, RunFilter, fetch_runs, load_settings, sign_in

settings = load_settings()
auth = sign_in("me@example.com", password, settings=settings)
with Client(auth, settings=settings) as client:
    frame = fetch_runs(client, "my-organization", "my-flow", RunFilter(states=("FAILED",)))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from analytics_dash.api.auth import Auth, api_key, sign_in
    from analytics_dash.api.client import Client, Listing, ListingReport, Progress, fetch_runs
    from analytics_dash.errors import AnalyticsDashError
    from analytics_dash.runs.filter import RunFilter
    from analytics_dash.settings import Settings, load_settings

_HOMES: Final = {
    "AnalyticsDashError": "errors",
    "Auth": "api.auth",
    "Client": "api.client",
    "Listing": "api.client",
    "ListingReport": "api.client",
    "Progress": "api.client",
    "RunFilter": "runs.filter",
    "Settings": "settings",
    "api_key": "api.auth",
    "fetch_runs": "api.client",
    "load_settings": "settings",
    "sign_in": "api.auth",
}

__all__ = [
    "AnalyticsDashError",
    "Auth",
    "Client",
    "Listing",
    "ListingReport",
    "Progress",
    "RunFilter",
    "Settings",
    "api_key",
    "fetch_runs",
    "load_settings",
    "sign_in",
]


def __getattr__(name: str) -> Any:
    """A public name from where it lives, imported when first asked for: `analytics-dash --help` needs no pandas."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
