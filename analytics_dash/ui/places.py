"""Owns where each page lies, and the ways from one to another with the view kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NoReturn

import streamlit as st

from analytics_dash.runs.view import View
from analytics_dash.ui.words import plain

FOLDER: Final = "pages/signed_in/"
OVERVIEW: Final = f"{FOLDER}overview.py"
LATENCY: Final = f"{FOLDER}latency.py"
TOKENS: Final = f"{FOLDER}tokens.py"
FAILURES: Final = f"{FOLDER}failures.py"
RUNS: Final = f"{FOLDER}runs.py"
RUN: Final = f"{FOLDER}run.py"
WAITING: Final = f"{FOLDER}waiting.py"
USERS: Final = f"{FOLDER}users.py"
CONVERSATIONS: Final = f"{FOLDER}conversations.py"
SUBWORKFLOWS: Final = f"{FOLDER}subworkflows.py"

CONTRADICTIONS_HELP: Final = (
    "List the runs whose state and success flag say different things: the rule of the outcome decides how they count."
)


def link(
    label: str,
    page: str,
    view: View,
    *,
    icon: str | None = None,
    help_text: str | None = None,
    keeps_place: bool = False,
) -> None:
    """A link to a page that opens on this view, in the current container; the label may be a stranger's text.

    The place in a list is this page's own, unless the link leads back to it.
    """
    st.page_link(page, label=plain(label), icon=icon, help=help_text, query_params=_query(view, keeps_place))


def contradictions(runs: int, view: View) -> None:
    """“12 contradictory”, which leads to the list of them; nothing where there are none."""
    if runs:
        link(
            f"{runs:,} contradictory",
            RUNS,
            replace(view, contradicts=True),
            icon=":material/list:",
            help_text=CONTRADICTIONS_HELP,
        )


def go(page: str, view: View, *, keeps_place: bool = False) -> NoReturn:
    """Leave for a page that opens on this view; not from a callback. The place in a list is as in `link`."""
    st.switch_page(page, query_params=_query(view, keeps_place))


def _query(view: View, keeps_place: bool) -> dict[str, list[str]]:  # noqa: FBT001  what both were told
    return (view if keeps_place else view.without_place()).to_query()


def of_run(view: View, run_id: str) -> View:
    """The view that the run page opens on."""
    return replace(view, run=run_id, against=None)
