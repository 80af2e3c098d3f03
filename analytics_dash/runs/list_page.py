"""Owns the page of a list that a view is on, and when a list begins anew."""

from __future__ import annotations

from dataclasses import replace

from analytics_dash.runs.view import View


def page_of(view: View, pages: int) -> int:
    """The page that the view asks for, from 1; the last of `pages` where it asks for one beyond."""
    return max(1, min(view.page or 1, pages))


def on_page(view: View, number: int) -> View:
    """The view on a page of its list, from 1; the link does not name the first."""
    return replace(view, page=number if number > 1 else None)


def following(view: View, before: View) -> View:
    """The view, on the first page where it lists something else than the view before and does not name another page.

    A view without an organization is of whichever the viewer has.
    """
    is_same = _listed(view) == _listed(replace(before, org=before.org or view.org))
    return view if is_same or view.page != before.page else replace(view, page=None)


def _listed(view: View) -> View:
    """What makes a list: its runs, its order, and what is looked for in it."""
    return replace(view.of_runs(), sort=view.sort, find=view.find, only=view.only)
