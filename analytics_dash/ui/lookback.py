"""Owns how far back of its range a view's runs are wanted: as far as the period that it is held against begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from analytics_dash.runs.comparison import Comparison, compared_interval
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import SLACK
from analytics_dash.ui import state

READ_UNASKED: Final = timedelta(days=30)  # ranges up to this: the period before is read too, after the view's own


def asked_comparison(view: View) -> Comparison | None:
    """What the view is held against, where it says so."""
    return Comparison(view.compare) if view.compare else None


def since(view: View, *, now: datetime, keeps_days: int | None = None) -> datetime | None:
    """The instant from which runs are wanted; None where nothing before the view's range is.

    `keeps_days` is for how long runs are kept: older ones would be read in vain.
    """
    asked = asked_comparison(view)
    if asked is None and view.length > READ_UNASKED:
        return None
    start, end = view.interval(now)
    found = compared_interval(start, end, comparison=asked or Comparison.PREVIOUS, zone=state.zone(view))
    if found is None:
        return None
    wanted = found[0] - SLACK
    return max(wanted, now - timedelta(days=keeps_days)) if keeps_days else wanted
