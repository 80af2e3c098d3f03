"""Owns the controls for what can be chosen of how a page shows its runs; the link keeps each choice."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from analytics_dash.runs.choice import chosen
from analytics_dash.ui import controls, state


def held(name: str, among: Mapping[str, str]) -> str:
    """What is chosen, one of `among`: its first where the link asks for one that cannot be had now."""
    view, _ = state.current_view()
    value = chosen(view, name)
    return value if value in among else next(iter(among))


def buttons(name: str, label: str, names: Mapping[str, str], *, is_labelled: bool = True) -> str:
    """The choice among a few values, each with the name it is given; what is chosen."""
    value = held(name, names)
    st.segmented_control(
        label,
        list(names),
        required=True,
        format_func=names.__getitem__,
        label_visibility="visible" if is_labelled else "collapsed",
        **controls.tied(name, value, partial(_commit, name), labels=list(names), default=value),
    )
    return value


def dropdown(name: str, label: str, names: Mapping[str, str], *, width: int) -> str:
    """The choice among many; what is chosen. `width` in pixels."""
    value, values = held(name, names), list(names)
    st.selectbox(
        label,
        values,
        format_func=names.__getitem__,
        width=width,
        **controls.tied(name, value, partial(_commit, name), labels=values, index=values.index(value)),
    )
    return value


def _commit(name: str) -> None:
    state.choose(name, str(st.session_state[controls.key(name)]))
