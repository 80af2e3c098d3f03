"""Owns the server around the script: the cookie's route, the download, security headers, health.

`streamlit run` on this file serves the whole dashboard; `streamlit run app.py` serves it without what is here.
"""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from analytics_dash.allocation import settle_memory
from analytics_dash.web.folder import dashboard_folder
from analytics_dash.web.headers import SecurityHeaders
from analytics_dash.web.routes import ROUTES
from analytics_dash.web.sessions import sign_ins

settle_memory()
PagesManager.uses_pages_directory = False  # else the first link to a page ends in “Page not found”: it looks in pages/
app = st.App(
    dashboard_folder() / "app.py",
    routes=ROUTES,
    middleware=[Middleware(SecurityHeaders)],
)
sign_ins().serves_routes = True
