"""The router: page settings, every page registered, the sign-in gate, the sidebar, then the page."""

import streamlit as st

from analytics_dash.ui import frame, places

st.set_page_config(page_title="Workflow analytics", page_icon="📈", layout="wide", initial_sidebar_state=340)
pages = {
    "": [
        st.Page(places.OVERVIEW, title="Overview", default=True),
        st.Page(places.LATENCY, title="Latency"),
        st.Page(places.TOKENS, title="Tokens and cost"),
        st.Page(places.FAILURES, title="Failures"),
    ],
    "Investigate": [
        st.Page(places.RUNS, title="Runs"),
        st.Page(places.WAITING, title="Waiting runs"),
        st.Page(places.USERS, title="Users"),
        st.Page(places.CONVERSATIONS, title="Conversations"),
        st.Page(places.SUBWORKFLOWS, title="Sub-workflows"),
    ],
}
run = st.Page(places.RUN, title="Run")  # reached from the others: without a run there is nothing on it
page = st.navigation([*pages[""], *pages["Investigate"], run], position="hidden")
frame.show(pages, page)
