"""Owns how a run's input or output is read: its text where there is an obvious one, else its JSON, else as it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from analytics_dash.runs.readable import value_of
from analytics_dash.ui.words import plain

TEXT_NAMES: Final = (
    "message", "text", "content", "answer", "output", "response", "reply", "result", "query", "question", "prompt",
    "input", "user_message", "user_input", "body",
)  # fmt: skip
"""Fields that hold what was said; where just one of them has a text, that is the obvious one."""
LONGEST_LINE: Final = 100_000
DEEPEST: Final = 50  # levels of fields around a text; more is nobody's message


@dataclass(frozen=True)
class Reading:
    """A text for people, and the JSON it was found in or that there is instead."""

    text: str | None
    tree: dict[str, object] | list[object] | None


def reading(raw: str | None) -> Reading:
    """What there is to read; neither for nothing or blanks."""
    if raw is None or not raw.strip():
        return Reading(None, None)
    try:
        held = value_of(raw)
    except ValueError:
        return Reading(raw, None)
    if isinstance(held, str):
        return Reading(held if held.strip() else raw, None)
    if not isinstance(held, (dict, list)):
        return Reading(raw, None)
    text = _obvious(held)
    return Reading(text, None if text is not None and _is_only(held) else held)


def draw(raw: str | None, *, otherwise: str, most: int) -> bool:
    """The text as it came, line by line, never as markup, cut after `most` characters; JSON without one as a tree.

    `otherwise` (ours) is said where there is nothing. Returns whether the text was cut.
    """
    found = reading(raw)
    text = found.text or ""
    if found.text is None and found.tree is None:
        st.markdown(f":gray[{otherwise}]")
    if text:
        st.markdown(lines(text[:most] + ("…" if len(text) > most else "")))
    if found.tree is not None:
        st.json(found.tree, expanded=1 if found.text is None else False)
    return len(text) > most


def lines(text: str) -> str:
    """Many lines of a stranger's text as Markdown that shows just them, empty ones between as they are."""
    return "  \n".join(plain(line, limit=LONGEST_LINE) or "\u00a0" for line in text.strip().splitlines())


def _obvious(held: object, deep: int = 0) -> str | None:
    """The text in it, if there is one alone, or one alone under a name that says so."""
    if isinstance(held, str):
        return held if held.strip() else None
    if deep > DEEPEST or not isinstance(held, (dict, list)):
        return None
    if len(held) == 1:
        return _obvious(next(iter(held.values())) if isinstance(held, dict) else held[0], deep + 1)
    if isinstance(held, list):
        return None
    said = [v for k, v in held.items() if k.lower() in TEXT_NAMES and isinstance(v, str) and v.strip()]
    return said[0] if len(said) == 1 else None


def _is_only(held: object) -> bool:
    """Whether the JSON holds nothing beside its text."""
    while isinstance(held, (dict, list)) and len(held) == 1:
        held = next(iter(held.values())) if isinstance(held, dict) else held[0]
    return isinstance(held, str)
