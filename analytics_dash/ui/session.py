"""Owns who this tab belongs to: the sign-in form, the cookie's ticket, noticing a sign-out elsewhere, signing out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st
from pydantic import SecretStr

from analytics_dash.errors import AnalyticsDashError
from analytics_dash.settings import Settings, load_settings
from analytics_dash.ui.state import CONTROL
from analytics_dash.ui.words import plain
from analytics_dash.web.paths import SESSION_PATH
from analytics_dash.web.sessions import COOKIE, SignIn, sign_ins
from analytics_dash.web.sign_in import with_api_key, with_password

ENTRY: Final = "sign_in_id"
TICKET: Final = "sign_in_ticket"
NOTICE: Final = "sign_in_notice"
KEPT: Final = "cookie_kept"
LOOK_EVERY_S: Final = 2.0  # how soon a sign-out in one tab empties the others

KEEP_SESSION_JS: Final = """
export default function ({ data, setStateValue }) {
  if (!data || !data.ticket || window.analyticsDashTicket === data.ticket) return;
  window.analyticsDashTicket = data.ticket;
  fetch(data.path, { method: "POST", body: data.ticket, credentials: "same-origin" })
    .then((answer) => setStateValue("kept", answer.ok ? "yes" : "no"))
    .catch(() => setStateValue("kept", "no"));
}
"""


def require_sign_in() -> SignIn | None:
    """The sign-in of this tab; draws the form where there is none.

    The run that draws the form goes on to its end: `st.stop` would leave Streamlit with the fragments of the page
    before, and the browser's next request for one of them would draw it where nothing is any more.
    """
    entry = _current()
    if entry is None:
        _draw_form()
        return None
    _keep_cookie()
    _watch(entry.id)
    return entry


def sign_out() -> None:
    """End the sign-in everywhere; the URL stays, so that the same view opens for whoever signs in next."""
    entry_id = st.session_state.get(ENTRY)
    _forget_tab()
    st.session_state[NOTICE] = "You are logged out."
    if isinstance(entry_id, str):
        sign_ins().end(entry_id)


def expire(entry: SignIn, error: AnalyticsDashError) -> None:
    """Ask to sign in again, because the token has died; what was read stays in the store, and reading goes on."""
    _forget_tab()
    st.session_state[NOTICE] = str(error)
    sign_ins().end(entry.id)
    st.rerun()


def is_alive(entry: SignIn) -> bool:
    """Whether this sign-in still stands."""
    return sign_ins().get(entry.id, touch=False) is entry


def has_routes() -> bool:
    """Whether this tab's browser can use the signed-in routes: the server has them and the cookie was taken."""
    return sign_ins().serves_routes and st.session_state.get(KEPT) != "no"


def _current() -> SignIn | None:
    entry_id = st.session_state.get(ENTRY)
    if isinstance(entry_id, str):
        entry = sign_ins().get(entry_id)
        if entry is None:
            _forget_tab()
            st.session_state.setdefault(NOTICE, "Your sign-in has ended. Log in to go on.")
        return entry
    entry = sign_ins().by_cookie(_cookie())
    if entry is not None:
        st.session_state[ENTRY] = entry.id
        return entry
    return None


def _cookie() -> str | None:
    """The browser's cookie; under a test harness the mapping is a stand-in that answers anything."""
    value = st.context.cookies.get(COOKIE)
    return value if isinstance(value, str) else None


def _forget_tab() -> None:
    """Forget all that belongs to the sign-in; the controls go by themselves, and deleting one looks like a choice."""
    for key in [str(k) for k in st.session_state]:
        if not key.startswith(CONTROL):
            del st.session_state[key]


def _begin(entry: SignIn) -> None:
    _forget_tab()
    st.session_state[ENTRY] = entry.id
    if sign_ins().serves_routes:
        st.session_state[TICKET] = sign_ins().ticket(entry)
    st.rerun()


def _keep_cookie() -> None:
    """Let the page trade its ticket for the cookie, once."""
    if TICKET in st.session_state:
        keep = st.components.v2.component("analytics_dash_keep_session", js=KEEP_SESSION_JS)
        data = {"ticket": st.session_state[TICKET], "path": SESSION_PATH}
        kept = keep(key="keep_session", data=data, on_kept_change=_note_kept).get("kept")
        if kept:
            st.session_state[KEPT] = kept
            del st.session_state[TICKET]


def _note_kept() -> None:
    """Streamlit wants a callback for a component's state; the value itself is read where it is drawn."""


@st.fragment(run_every=LOOK_EVERY_S)
def _watch(entry_id: str) -> None:
    """Leave the page as soon as the sign-in has ended in another tab or by its lifetime."""
    if sign_ins().get(entry_id, touch=False) is None:
        st.rerun(scope="app")


def _draw_form() -> None:
    try:
        settings = load_settings()
    except AnalyticsDashError as error:
        st.error(f"{error} Whoever runs this dashboard can set it right.")
        return
    _, middle, _ = st.columns([1, 1.3, 1])
    with middle:
        st.title("Workflow analytics", anchor=False)
        st.markdown("Latency, tokens and failures of your StackAI flows. Log in with your account there.")
        if notice := st.session_state.get(NOTICE):
            st.info(notice, icon=":material/info:")
        by_password, by_key = st.tabs(["Your account", "Use an API key"])
        with by_password:
            _password_form(settings)
        with by_key:
            _key_form(settings)
        st.markdown(f":small[Signs in to {plain(settings.api_url)}]")
        if settings.api_url.startswith("http://") and not _is_this_machine(settings.api_url):
            st.warning("The connection to the API is not encrypted: anybody on the way can read what you type here.")


def _password_form(settings: Settings) -> None:
    with st.form("password_form", border=True):
        username = st.text_input("Username", autocomplete="username", key="form_username")
        password = st.text_input("Password", type="password", autocomplete="current-password", key="form_password")
        pressed = st.form_submit_button("Log in", type="primary", width="stretch")
    if pressed:
        secret = SecretStr(password or "")
        _try(lambda: with_password(username or "", secret, settings=settings))


def _key_form(settings: Settings) -> None:
    with st.form("key_form", border=True):
        key = st.text_input("API key", type="password", autocomplete="off", key="form_api_key")
        pressed = st.form_submit_button("Use API key", type="primary", width="stretch")
    if pressed:
        secret = SecretStr(key or "")
        _try(lambda: with_api_key(secret, settings=settings))


def _try(way_in: Callable[[], SignIn]) -> None:
    try:
        with st.spinner("Logging in …"):
            entry = way_in()
    except AnalyticsDashError as error:
        st.error(str(error), icon=":material/error:")
        return
    _begin(entry)


def _is_this_machine(url: str) -> bool:
    return url.startswith(("http://127.", "http://localhost", "http://[::1]"))
