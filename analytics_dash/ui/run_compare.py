"""Owns two runs laid side by side: their fields with what differs marked, their texts as a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
from typing import Final

import pandas as pd
import streamlit as st

from analytics_dash.runs.difference import Line, Sign, difference
from analytics_dash.runs.one_run import OneRun
from analytics_dash.runs.readable import document_of, indented
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.one_run import one_run
from analytics_dash.ui import controls, run_facts, state
from analytics_dash.ui.words import plain

AROUND: Final = 3  # equal lines kept on both sides of a change
CUT: Final = 60_000  # characters of a text that are compared: the time grows with more than their number
NULL: Final = "not sent"
COLOURS: Final = {
    "light": {Sign.REMOVED: ("#fdeaea", "#f5b5b5"), Sign.ADDED: ("#e6f4ea", "#a9d9b6")},
    "dark": {Sign.REMOVED: ("#3a1d20", "#7c2f37"), Sign.ADDED: ("#16301f", "#23653a")},
}
"""Behind a line, and behind the words that were changed in it; the page's own ink stays readable on all of them."""
SAID: Final = {Sign.SAME: "", Sign.REMOVED: "only in this run: ", Sign.ADDED: "only in the other: "}


def draw_choice(view: View) -> None:
    """The box for the ID of the run to compare with."""
    with st.popover("Compare with another run", icon=":material/compare_arrows:"):
        st.text_input(
            "ID of the other run",
            placeholder="Paste a run ID",
            **controls.tied("against", view.against or "", _choose, value=view.against or ""),
        )
        st.markdown(":small[Or take one from the lists below.]")


def _choose() -> None:
    view, _ = state.current_view()
    typed = str(st.session_state[controls.key("against")]).strip()
    state.show(replace(view, against=typed or None))


def draw(dataset: Dataset, view: View, run: OneRun) -> None:
    """The comparison with the run that the view names, if it names one."""
    if view.against is None:
        return
    other = one_run(dataset, view.against)
    with st.container(border=True, key="comparison"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="comparison_ways"):
            st.subheader("This run and another", anchor=False, width="content")
            if other is not None:
                swapped = replace(view, run=other.run_id, against=run.run_id)
                st.button("Swap", icon=":material/swap_horiz:", key="swap", on_click=state.show, args=(swapped,))
            closed = replace(view, against=None)
            st.button("Close", icon=":material/close:", key="close", on_click=state.show, args=(closed,))
        if other is None:
            st.warning(
                f"The run “{plain(view.against)}” is not among the runs of this flow that are stored. A longer range "
                "in the sidebar may bring it.",
                icon=":material/search_off:",
            )
        elif other.run_id == run.run_id:
            st.info("Both are the same run.", icon=":material/info:")
        else:
            _draw_both(run, other, keeps_texts=dataset.keeps_texts)


def _draw_both(run: OneRun, other: OneRun, *, keeps_texts: bool) -> None:
    table = compared(run, other)
    differing = int((table["differs"] == "≠").sum())
    st.markdown(f":small[{differing} of {len(table)} fields differ, marked ≠]")
    st.dataframe(
        table,
        hide_index=True,
        key="compared",
        height="content",
        column_config={
            "differs": st.column_config.TextColumn("≠", width=40),
            "field": st.column_config.TextColumn("Field", width=170),
            "this": st.column_config.TextColumn("This run", width=330),
            "other": st.column_config.TextColumn("The other", width=330),
        },
        alt=f"Table of {len(table)} fields of both runs, {differing} of which differ.",
    )
    for title, before, after in (
        ("Error", run.error, other.error),
        ("Inputs", run.inputs, other.inputs),
        ("Outputs", run.outputs, other.outputs),
    ):
        if title == "Error" or keeps_texts:
            _draw_texts(title, before, after)


def compared(run: OneRun, other: OneRun) -> pd.DataFrame:
    """A row per short field: differs (“≠” or nothing), field, this, other, all as text."""
    one, two = run_facts.details(run), run_facts.details(other)
    rows = [("" if one[n] == two[n] else "≠", n, _text(one[n]), _text(two[n])) for n in one]
    return pd.DataFrame(rows, columns=["differs", "field", "this", "other"])


def _text(value: object) -> str:
    return NULL if value is None else str(value)


def _draw_texts(title: str, before: str | None, after: str | None) -> None:
    if before == after:
        told = "the same in both" if before else "none in both"
        st.markdown(f"**{title}** :small[{told}]")
        return
    st.markdown(f"**{title}**")
    if before is None or after is None:
        st.markdown(f":small[{'This run' if before is None else 'The other'} has none (null).]")
    if max(len(before or ""), len(after or "")) > CUT:
        st.markdown(f":small[Only the first {CUT:,} characters of each are compared.]")
    first, second = comparable_texts(before or "", after or "")
    st.html(as_html(difference(first[:CUT], second[:CUT]), theme=state.theme()))


def comparable_texts(before: str, after: str) -> tuple[str, str]:
    """Both texts; where both are JSON, with a line for each value, so that what differs is seen."""
    one, two = (document_of(text) if len(text) <= CUT else None for text in (before, after))
    return (indented(one), indented(two)) if one is not None and two is not None else (before, after)


def as_html(lines: Sequence[Line], *, theme: str) -> str:
    """The lines with a sign and a colour where they differ, every text escaped; long equal stretches folded."""
    rows = "".join(_row(line, theme) if isinstance(line, Line) else _fold(line) for line in folded(lines))
    frame = "font-family: monospace; font-size: 0.85rem; white-space: pre-wrap; overflow-wrap: anywhere;"
    return f'<div style="{frame} max-height: 30rem; overflow-y: auto;" tabindex="0">{rows}</div>'


def folded(lines: Sequence[Line]) -> Iterator[Line | int]:
    """The lines, and in the place of long equal stretches how many there are."""
    stretches = [list(group) for _, group in groupby(lines, key=lambda line: line.sign is Sign.SAME)]
    for number, stretch in enumerate(stretches):
        head = AROUND if number else 0
        tail = AROUND if number < len(stretches) - 1 else 0
        if stretch[0].sign is not Sign.SAME or len(stretch) <= head + tail + 1:
            yield from stretch
        else:
            yield from stretch[:head]
            yield len(stretch) - head - tail
            yield from stretch[len(stretch) - tail :]


def _fold(count: int) -> str:
    return f'<div style="opacity: 0.75; padding: 0.15rem 0.5rem;">… {count:,} equal lines …</div>'


def _row(line: Line, theme: str) -> str:
    behind, word = COLOURS[theme].get(line.sign, ("transparent", "transparent"))
    parts = "".join(
        f'<span style="background: {word}; border-radius: 2px;">{escape(part.text)}</span>'
        if part.changed
        else escape(part.text)
        for part in line.parts
    )
    tag = {Sign.REMOVED: "del", Sign.ADDED: "ins"}.get(line.sign, "span")
    inner = f'<{tag} title="{SAID[line.sign]}" style="text-decoration: none;">{parts}</{tag}>'
    sign = "−" if line.sign is Sign.REMOVED else line.sign
    return f'<div style="background: {behind}; padding: 0 0.5rem;">{sign} {inner}</div>'
