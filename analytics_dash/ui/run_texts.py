"""Owns how a run's inputs, outputs and error are shown: to read, as a tree, and as they came; long ones cut."""

from __future__ import annotations

import hashlib
from typing import Final

import streamlit as st

from analytics_dash.runs.readable import as_lines, document_of
from analytics_dash.ui.words import count

TEXT, TREE, RAW = "Text", "JSON", "Raw"
CUT: Final = 4_000  # characters that are shown at first: two screens
MOST: Final = 300_000  # characters a browser still shows without a pause
NOT_KEPT: Final = "This store keeps no inputs and outputs, so there is nothing to show. A setting of whoever runs it."
NOT_SENT: Final = "The API sent none (null)."
EMPTY: Final = "Empty: the API sent a text without a character."
BLANK: Final = "Only white space: {}."


def draw(title: str, text: str | None, *, run_id: str, keeps_texts: bool) -> None:
    """A text of the run below its title, in the way that is chosen."""
    st.subheader(title, anchor=False)
    if not keeps_texts:
        st.info(NOT_KEPT, icon=":material/info:")
    elif text is None:
        st.markdown(f":gray[{NOT_SENT}]")
    elif not text:
        st.markdown(f":gray[{EMPTY}]")
    else:
        _drawn(title, text, hashlib.sha256(f"{title}{run_id}".encode()).hexdigest()[:12])


@st.fragment
def _drawn(title: str, text: str, mark: str) -> None:
    if not text.strip():
        st.markdown(f":gray[{BLANK.format(count(len(text), 'character'))}]")
    document = document_of(text) if len(text) <= MOST else None
    ways = [TEXT, TREE, RAW] if document is not None else [TEXT, RAW]
    with st.container(horizontal=True, vertical_alignment="center", key=f"ways_{title}"):
        way = st.segmented_control(
            f"Show {title.lower()} as",
            ways,
            default=TEXT,
            required=True,
            label_visibility="collapsed",
            key=f"way_{title}_{len(ways)}",
        )
        whole = _is_whole(title, text, mark)
    if way == TREE and document is not None:
        st.json(document, expanded=False)
        return
    shown = as_lines(document) if way == TEXT and document is not None else text
    cut = shown if whole else shown[:CUT]
    with st.container(border=way == TEXT, key=f"text_{title}"):
        if way == TEXT:
            st.text(cut)
        else:
            st.code(cut, language=None, wrap_lines=True)


def _is_whole(title: str, text: str, mark: str) -> bool:
    """Whether all of it is shown; where it is long, the way to all of it."""
    size = count(len(text), "character")
    if len(text) <= CUT:
        st.markdown(f":small[{size}]")
        return True
    whole = len(text) <= MOST and st.toggle(f"Show all {size}", key=f"all_{mark}")
    if len(text) > MOST:
        st.markdown(f":small[the first {CUT:,} of {size}]")
    st.download_button(
        "Download",
        data=text.encode("utf-8", "replace"),
        file_name=f"{title.lower()}.txt",
        mime="text/plain",
        icon=":material/download:",
        key=f"take_{mark}",
        on_click="ignore",
    )
    return whole


def draw_error(error: str | None) -> None:
    """The error in full; a failed run without one says so."""
    if error is None or not error.strip():
        st.markdown(":gray[The API sent no text of the error.]")
        return
    st.code(error[:MOST], language=None, wrap_lines=True, height=320 if len(error) > CUT else "content")
    if len(error) > MOST:
        st.markdown(f":small[the first {MOST:,} of {len(error):,} characters]")
