"""Owns how a page ends before its last line: what surrounds it is still drawn, which `st.stop` would not let happen."""

from __future__ import annotations

from typing import NoReturn


class PageEnded(Exception):
    """The page has said all that it has to say; its frame catches this."""


def end_page() -> NoReturn:
    """End the page here; not from a fragment, which reruns without the frame."""
    raise PageEnded
