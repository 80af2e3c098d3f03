"""Owns how a conversation is read: its turns as a chat, what came between them, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from analytics_dash.metrics.columns import TOKENS, USER
from analytics_dash.metrics.thread import (
    AT_A_TIME,
    COUNTED,
    DATE,
    ERROR,
    ERROR_CHARS,
    FITS,
    IN_RANGE,
    LATENCY,
    OUTCOME,
    PLACE,
    RUN_ID,
    RUN_KEY,
    SO_FAR,
    STATE,
    WAIT_S,
)
from analytics_dash.runs.list_page import on_page
from analytics_dash.runs.order import TURN_SORTS, sort_of, with_sort
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.view import View
from analytics_dash.store.thread import ALL, Texts
from analytics_dash.ui import controls, list_pages, places, state, turn_text
from analytics_dash.ui.tables import MARKS
from analytics_dash.ui.words import age, count, plain, seconds

LONG: Final = 2000  # characters of a text that is shown without being asked for
FETCHED: Final = 20_000  # characters of a text that is looked through for JSON; a page of turns has a hundred
GAP: Final = timedelta(minutes=5)  # longer than it takes to read an answer and write back
ORDERS: Final = ("Oldest first", "Newest first")
ORDER: Final = "thread_order"
IN_FULL: Final = "turns_in_full"  # session key: the texts that were asked for whole, as (run ID, which)
COLOURS: Final = {Outcome.FAILED: "red", Outcome.SUCCEEDED: "green", Outcome.UNFINISHED: "orange"}
ASKED, ANSWERED, BROKE = ":material/person:", ":material/smart_toy:", ":material/error:"
NO_TEXTS: Final = "not kept in this store"
Fetch = Callable[[int], Texts | None]


def head(conversation: str, view: View) -> None:
    """The way to the list, and which conversation it is, to be copied; a stranger's text."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="thread_head"):
        st.button(
            "All conversations", icon=":material/arrow_back:", type="tertiary", key="all_conversations",
            on_click=state.show, args=(replace(view.at_large(), conversation=()),),
        )  # fmt: skip
        st.code(conversation, language=None, wrap_lines=True, width="content")


def choose(turns: int, view: View, *, place: int | None) -> tuple[bool, int]:
    """Whether the newest turns come first, and how many come before the page, as the link has them.

    Without a page in the link it is that of the turn at `place`, where one was asked for.
    """
    if turns < 2:
        return False, 0
    is_newest = sort_of(view, TURN_SORTS) != TURN_SORTS[0]
    if view.page is None and place is not None:
        before = turns - place if is_newest else place - 1
        view = on_page(view, before // AT_A_TIME + 1)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="thread_controls"):
        order = ORDERS[int(is_newest)]
        st.segmented_control(
            "Order", ORDERS, required=True, label_visibility="collapsed",
            **controls.tied(ORDER, order, _ordered, default=order),
        )  # fmt: skip
        list_pages.draw("thread", view, of=turns, at_a_time=AT_A_TIME)
    return is_newest, list_pages.offset(view, of=turns, at_a_time=AT_A_TIME)


def _ordered() -> None:
    view, _ = state.current_view()
    sort = TURN_SORTS[ORDERS.index(st.session_state[controls.key(ORDER)])]
    state.show(with_sort(view, sort, TURN_SORTS))


def link(view: View, run_id: str) -> None:
    """The way to a turn's run."""
    places.link(
        "Open run",
        places.RUN,
        places.of_run(view, run_id),
        icon=":material/open_in_new:",
        help_text="The run with its models, its timing and who started it",
    )


def draw(
    rows: pd.DataFrame,
    texts: Mapping[int, Texts],
    *,
    whole: Fetch,
    open_run: Callable[[str], None],
    view: View,
    keeps_texts: bool,
    of: int,
) -> None:
    """The rows of a page of turns, as they come, of `of` turns in all.

    `whole` fetches a run's texts uncut, `open_run` draws the way to a run.

    Where they go backwards in time, a gap stands between the same two turns.
    """
    zone, day = ZoneInfo(state.zone(view)), None
    several = rows[USER].nunique() > 1
    turns = rows.to_dict("records")
    backwards = len(turns) > 1 and turns[0][PLACE] > turns[1][PLACE]
    for number, turn in enumerate(turns):
        after = turns[number - 1] if number and backwards else turn
        if (number or not backwards) and after[WAIT_S] > GAP.total_seconds():
            _gap(after[WAIT_S])
        local = turn[DATE].astimezone(zone)
        _turn(turn, texts.get(turn[RUN_KEY]), day=None if local.date() == day else local, local=local, of=of,
              whole=whole, open_run=open_run, view=view, keeps_texts=keeps_texts, several=several)  # fmt: skip
        day = local.date()


def _gap(waited_s: float) -> None:
    st.markdown(f":gray[— {age(timedelta(seconds=waited_s))} later —]", text_alignment="center")


def _turn(
    turn: Mapping[Any, Any],
    texts: Texts | None,
    *,
    day: datetime | None,
    local: datetime,
    of: int,
    whole: Fetch,
    open_run: Callable[[str], None],
    view: View,
    keeps_texts: bool,
    several: bool,
) -> None:
    if day is not None:
        st.markdown(f"**{day:%A}, {day.day} {day:%B %Y}**")
    with st.container(key=f"turn_{turn[PLACE]}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_head(turn, local, of=of, several=several, is_asked=turn[RUN_ID] == view.run))
            open_run(str(turn[RUN_ID]))
        with st.chat_message("user", avatar=ASKED):
            _said(turn, texts, "inputs", whole=whole, keeps_texts=keeps_texts)
        with st.chat_message("assistant", avatar=BROKE if _failed(turn) else ANSWERED):
            _trouble(turn)
            if not _failed(turn) or (texts and texts.outputs):
                _said(turn, texts, "outputs", whole=whole, keeps_texts=keeps_texts)


def _head(turn: Mapping[Any, Any], local: datetime, *, of: int, several: bool, is_asked: bool) -> str:
    """When, how it ended, how long it took, what it spent; then why it may not be in view."""
    outcome = str(turn[OUTCOME])
    latency = f" · {seconds(turn[LATENCY])}" if turn[LATENCY] == turn[LATENCY] and turn[LATENCY] is not None else ""
    user = f" · {plain(str(turn[USER]))}" if several and isinstance(turn[USER], str) else ""
    parts = [
        f"{turn[PLACE]:,} of {of:,} · {local:%H:%M:%S}",
        f":{COLOURS.get(Outcome(outcome), 'gray')}[{MARKS.get(outcome, outcome)}]{latency}",
        f"{_tokens(turn)}{user}",
    ]
    asked = " :blue-badge[the run you came from]" if is_asked else ""
    return f":small[{' · '.join(parts)}]{asked}{_outside(turn)}"


def _tokens(turn: Mapping[Any, Any]) -> str:
    own = turn[TOKENS]
    told = "no token count" if pd.isna(own) else count(int(own), "token")
    return f"{told}, {int(turn[SO_FAR]):,} so far"


def _outside(turn: Mapping[Any, Any]) -> str:
    """Badges for a turn that the view leaves out."""
    if not turn[COUNTED]:
        return " :orange-badge[test run, not counted]"
    left = [] if turn[IN_RANGE] else ["outside the range"]
    left += [] if turn[FITS] else ["left out by the filters"]
    return "".join(f" :gray-badge[{reason}]" for reason in left)


def _failed(turn: Mapping[Any, Any]) -> bool:
    return bool(turn[OUTCOME] == Outcome.FAILED)


def _trouble(turn: Mapping[Any, Any]) -> None:
    """Why there is no answer, or what is wrong with it."""
    error = turn[ERROR] if isinstance(turn[ERROR], str) and turn[ERROR].strip() else ""
    if _failed(turn):
        st.error(turn_text.lines(error) if error else "Failed without an error text.")
        if len(error) >= ERROR_CHARS:
            st.markdown(
                f":small[These are the error's first {ERROR_CHARS:,} characters; the run's page has all of it.]"
            )
    elif turn[OUTCOME] in {Outcome.CANCELLED, Outcome.UNFINISHED}:
        st.markdown(f":gray[{MARKS[str(turn[OUTCOME])]}: {plain(str(turn[STATE]))}]")


def _said(turn: Mapping[Any, Any], texts: Texts | None, which: str, *, whole: Fetch, keeps_texts: bool) -> None:
    """One text: whole where it is short or was asked for, else its beginning and a way to the rest."""
    raw, length = _text(texts, which)
    asked: set[tuple[str, str]] = st.session_state.setdefault(IN_FULL, set())
    key = (str(turn[RUN_ID]), which)
    if key in asked:
        raw, length = _text(whole(int(turn[RUN_KEY])), which)
    nothing = ("no input" if which == "inputs" else "no output") if keeps_texts else NO_TEXTS
    cut = turn_text.draw(raw, otherwise=f"({nothing})", most=ALL if key in asked else LONG)
    if key in asked and length > ALL:
        st.markdown(f":small[The first {ALL:,} of {length:,} characters; Download CSV has all of them.]")
    if cut or key in asked:
        _unfold(f"full_{which}_{turn[PLACE]}", key, length=length, is_open=key in asked)


def _unfold(name: str, key: tuple[str, str], *, length: int, is_open: bool) -> None:
    st.button(
        "Show less" if is_open else f"Show all of {min(length, ALL):,} characters",
        key=name, type="tertiary", icon=f":material/unfold_{'less' if is_open else 'more'}:",
        on_click=_toggle, args=(key,),
    )  # fmt: skip


def _text(texts: Texts | None, which: str) -> tuple[str | None, int]:
    if texts is None:
        return None, 0
    return (texts.inputs, texts.inputs_length) if which == "inputs" else (texts.outputs, texts.outputs_length)


def _toggle(key: tuple[str, str]) -> None:
    st.session_state[IN_FULL] = st.session_state.get(IN_FULL, set()) ^ {key}
