"""Owns the lookup box: an ID, a name, an address or a link of the dashboard is pasted, and the page of it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.view import PRESETS, View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.lookup import Hit, Kind, cleaned, look_up, stored_span
from analytics_dash.store.lookup_view import opening_on
from analytics_dash.ui import controls, places, state
from analytics_dash.ui.words import count, plain, span

ASKED: Final = "lookup_asked"  # session key: what was typed and is not answered by a page yet
CHOSEN: Final = "lookup_chosen"  # session key: the hit that was chosen from several
FOUND: Final = "lookup_found"  # session key: what was asked of which rows, and the hits
BOX: Final = "lookup"
HINT: Final = "Run, user, email or conversation"
HELP: Final = (
    "Paste the ID of a run, a user, a conversation or a parent workflow, a name or an email address, or a link to this "
    "dashboard, and press Enter. Everything stored of this flow is searched, whatever the filters and the range."
)
NAMES: Final = {
    Kind.RUN: "Run",
    Kind.USER: "User",
    Kind.STARTER: "Started by",
    Kind.CONVERSATION: "Conversation",
    Kind.PARENT: "Parent workflow",
}
PAGES: Final = {
    Kind.RUN: places.RUN,
    Kind.USER: places.USERS,
    Kind.STARTER: places.RUNS,
    Kind.CONVERSATION: places.CONVERSATIONS,
    Kind.PARENT: places.SUBWORKFLOWS,
}
ICONS: Final = {
    Kind.RUN: ":material/play_circle:",
    Kind.USER: ":material/person:",
    Kind.STARTER: ":material/person_play:",
    Kind.CONVERSATION: ":material/forum:",
    Kind.PARENT: ":material/account_tree:",
}
BY_PATH: Final = {
    page.rsplit("/", 1)[-1].removesuffix(".py"): page
    for page in (
        *(places.LATENCY, places.TOKENS, places.FAILURES, places.RUNS, places.RUN, places.WAITING),
        *(places.USERS, places.CONVERSATIONS, places.SUBWORKFLOWS),
    )
}
SHOWN: Final = 8  # hits to choose from in a sidebar; more are told by their number


def draw() -> DeltaGenerator:
    """The box, and the place below it for the answer, in the current container."""
    asked = str(st.session_state.get(ASKED, ""))
    st.text_input(
        "Look up",
        placeholder=HINT,
        help=HELP,
        icon=":material/search:",
        label_visibility="collapsed",
        **controls.tied(BOX, asked, _ask, value=asked),
    )
    return st.container(gap="xsmall")


def _ask() -> None:
    st.session_state[ASKED] = str(st.session_state[controls.key(BOX)]).strip()
    st.session_state.pop(CHOSEN, None)


def _forget() -> None:
    for name in (ASKED, CHOSEN, FOUND):
        st.session_state.pop(name, None)


def answer(place: DeltaGenerator, view: View, dataset: Dataset | None) -> None:
    """Leave for what was asked for, or draw what there is to choose from; nothing where nothing is asked."""
    asked = str(st.session_state.get(ASKED, ""))
    if not cleaned(asked):
        return
    _follow(asked)
    with place:
        if dataset is None:
            st.caption("It will be looked up as soon as runs of the flow have been read.")
            return
        hits = _hits(dataset, view, asked)
        chosen = st.session_state.get(CHOSEN) or _only(hits, cleaned(asked))
        if isinstance(chosen, Hit):
            _forget()
            places.go(PAGES[chosen.kind], opening_on(dataset, view, chosen))
        _choices(hits) if hits else _nothing(dataset, view, asked)
        st.button("Close", key="lookup_close", type="tertiary", on_click=_forget)


def _hits(dataset: Dataset, view: View, asked: str) -> Sequence[Hit]:
    """What is found; looked for again only where the rows are others than before."""
    key = (asked, view.org, view.flow, dataset.read, dataset.as_of)
    held: tuple[object, Sequence[Hit]] = st.session_state.get(FOUND, (None, ()))
    if held[0] != key:
        held = st.session_state[FOUND] = (key, look_up(dataset, asked))
    return held[1]


def _only(hits: Sequence[Hit], asked: str) -> Hit | None:
    """The one that is meant without a doubt: a run by its whole ID, or the only hit."""
    run = next((hit for hit in hits if hit.kind is Kind.RUN and hit.value == asked), None)
    return run or (hits[0] if len(hits) == 1 else None)


def _choices(hits: Sequence[Hit]) -> None:
    """A button for each hit: what it is, and how many runs it has."""
    more = f", {SHOWN} shown" if len(hits) > SHOWN else ""
    st.markdown(f":small[{count(len(hits), 'match', 'matches')}{more}:]")
    for number, hit in enumerate(hits[:SHOWN]):
        name = hit.label if hit.label == hit.value else f"{hit.label} · {hit.value}"
        st.button(
            f"{NAMES[hit.kind]}: {plain(name, limit=48)}",
            key=f"lookup_hit_{number}",
            icon=ICONS[hit.kind],
            help=count(hit.runs, "run"),
            width="stretch",
            on_click=_choose,
            args=(hit,),
        )


def _choose(hit: Hit) -> None:
    st.session_state[CHOSEN] = hit


def _nothing(dataset: Dataset, view: View, asked: str) -> None:
    """What was searched in vain, and a longer range to read and search."""
    stored = stored_span(dataset)
    st.info(
        f"Nothing is stored of this flow under “{plain(cleaned(asked), limit=60)}”. Its runs were searched from "
        f"{span(stored.low, stored.high, state.zone(view))}."
    )
    longest = PRESETS[-1]
    if stored.length < replace(view, range=longest, start=None, end=None).length:
        st.button(
            f"Read and search {longest}",
            key="lookup_longer",
            icon=":material/history:",
            on_click=state.show,
            args=(view.at_large().with_preset(longest),),
        )


def _follow(asked: str) -> None:
    """Leave for what a pasted link of the dashboard shows; a text that is no such link stays a text."""
    try:
        address = urlsplit(cleaned(asked))
    except ValueError:  # what looks like an address of IPv6 and is none
        return
    if not address.scheme or not address.query:
        return
    view, _ = view_from_query(parse_qs(address.query), now=state.now())
    if view.flow is None:
        return
    _forget()
    places.go(BY_PATH.get(address.path.rstrip("/").rsplit("/", 1)[-1], places.OVERVIEW), view, keeps_place=True)
