"""Owns the server around the script: the cookie's route, the download, security headers, health.

`streamlit run` on this file serves the whole dashboard; `streamlit run app.py` serves it without what is here.
"""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from analytics_dash.web.folder import dashboard_folder
from analytics_dash.web.headers import SecurityHeaders
from analytics_dash.web.routes import (
    CSV_PATH,
    HEALTH_PATH,
    SESSION_PATH,
    download_csv,
    health,
    keep_session,
    to_first_page,
)
from analytics_dash.web.sessions import sign_ins

app = st.App(
    dashboard_folder() / "app.py",
    routes=[
        Route(SESSION_PATH, keep_session, methods=["POST"]),
        Route(CSV_PATH, download_csv, methods=["GET"]),
        Route(HEALTH_PATH, health, methods=["GET"]),
        Route("/overview", to_first_page, methods=["GET"]),  # Streamlit knows its first page by "/" alone
    ],
    middleware=[Middleware(SecurityHeaders)],
)
sign_ins().serves_routes = True
