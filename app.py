"""The router: page settings, every page registered, the sign-in gate, the sidebar, then the page."""

import streamlit as st

from analytics_dash.ui import frame

st.set_page_config(page_title="Workflow analytics", page_icon="📈", layout="wide", initial_sidebar_state=340)
pages = [
    st.Page("pages/signed_in/overview.py", title="Overview", default=True),
    st.Page("pages/signed_in/latency.py", title="Latency"),
    st.Page("pages/signed_in/tokens.py", title="Tokens and cost"),
    st.Page("pages/signed_in/failures.py", title="Failures"),
]
page = st.navigation(pages, position="hidden")
with frame.signed_in(pages):
    page.run()
