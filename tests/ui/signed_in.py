"""How tests begin at a page of somebody who is signed in already, over a store that the tests before have filled.

Reading and signing in cost more than most tests look at; those that are about them go through the form, on a store
of their own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from streamlit.testing.v1 import AppTest

from analytics_dash.api.auth import Auth, sign_in
from analytics_dash.demo.server import DEMO_PASSWORD, DEMO_USERNAME
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings, load_settings
from analytics_dash.store.library import Library
from analytics_dash.store.workspace import Workspace
from analytics_dash.ui.session import ENTRY
from analytics_dash.ui.state import now
from analytics_dash.web.sessions import sign_ins

APP: Final = str(Path(__file__).resolve().parents[2] / "app.py")
READ: Final = View(range="60d", tz="UTC", tests=True)  # all that the simulated world holds
LONG_S: Final = 30.0


@cache
def _account(settings: Settings) -> tuple[Auth, Library]:
    return sign_in(DEMO_USERNAME, DEMO_PASSWORD, settings=settings), Library(settings)


def begin(org: str, flow: str) -> str:
    """A sign-in of its own, whose workspace has its right to the flow and all of its runs; gives its ID."""
    settings = load_settings()
    auth, shared = _account(settings)
    workspace = Workspace(auth, settings=settings, shared=shared)
    sync = workspace.sync(replace(READ, org=org, flow=flow), now=now())
    assert sync is not None
    assert sync.wait(LONG_S)
    return sign_ins().begin(DEMO_USERNAME, workspace, idle_s=3600, absolute_s=3600).id


def arrived(page: str | None = None, /, **query: str | list[str]) -> AppTest:
    """The page as it first comes to somebody who is signed in; without a page the overview."""
    app = AppTest.from_file(APP, default_timeout=30)
    if page is not None:
        app.run()  # the form: pages are known by their addresses only after a first run
        app.switch_page(page)
    app.session_state[ENTRY] = begin(str(query["org"]), str(query["flow"]))
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()
