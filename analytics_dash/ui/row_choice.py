"""Owns tables of which one row can be chosen: what the browser sent, and what stays chosen when the page is redrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd
import streamlit as st

CHOICES: Final = "row_choices"  # session key: how many were taken, so that a taken one is not seen again


def chosen_row(event: object) -> int | None:
    """The first chosen row's place in the table as it was given, whatever the order on screen; None for none."""
    inner = event.get("selection", event) if isinstance(event, Mapping) else None
    rows = inner.get("rows") if isinstance(inner, Mapping) else None
    first = rows[0] if isinstance(rows, (list, tuple)) and rows else None
    return first if isinstance(first, int) and first >= 0 else None


def draw(
    table: pd.DataFrame, *, name: str, chosen: int | None, on_choice: Callable[[int | None], None], **options: Any
) -> None:
    """The table, `chosen` marked; `on_choice` gets the row's place, or None when its mark is taken away."""
    key = _key(name)
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        on_select=lambda: _take(name, key, len(table), on_choice),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [] if chosen is None else [chosen]}},
        **options,
    )


def _key(name: str) -> str:
    return f"{name}_{st.session_state.get(CHOICES, 0)}"


def _take(name: str, key: str, rows: int, on_choice: Callable[[int | None], None]) -> None:
    """Take the choice once; the browser may repeat it until it has drawn the table anew."""
    if key != _key(name):
        return
    row = chosen_row(st.session_state.get(key))
    if row is None or row < rows:
        st.session_state[CHOICES] = st.session_state.get(CHOICES, 0) + 1
        on_choice(row)
