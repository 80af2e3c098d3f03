"""Owns how incidents are shown: as bands behind any chart in time, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import plotly.graph_objects as go

from analytics_dash.figures.theme import Theme
from analytics_dash.figures.time_axis import TimeAxis
from analytics_dash.figures.wording import moment, span
from analytics_dash.metrics.columns import FAILED
from analytics_dash.metrics.incidents import Incident
from analytics_dash.quantities import count, percent
from analytics_dash.runs.instants import naive

BAND_OPACITY: Final = 0.13  # text and lines over it keep their contrast
NONE_FOUND: Final = "No incident found in this range."


def add_incidents(figure: go.Figure, incidents: Sequence[Incident], axis: TimeAxis, *, theme: Theme) -> None:
    """A band over the full height for each incident that the axis shows, cut to it; one going on ends with the axis."""
    if not axis.starts:
        return
    first, last = axis.starts[0], axis.ends[-1]
    for incident in incidents:
        start, end = max(incident.start, first), min(incident.end or last, last)
        if start < end:
            _add_band(figure, start, end, theme)


def described_incident(incident: Incident, *, zone: str) -> str:
    """“Tue 24 Nov 2026, 14:00–17:00 CET: 21.0 % failed instead of 2.0 %, 40 runs, 36 more than usual”."""
    return f"{_when(incident, zone)}: {_how_bad(incident)}"


def alt_text(incidents: Sequence[Incident], *, zone: str) -> str:
    """How many there are, and each in a sentence's part; a sentence where there is none."""
    if not incidents:
        return NONE_FOUND
    parts = "; ".join(described_incident(incident, zone=zone) for incident in incidents)
    return f"{count(len(incidents), 'incident')}: {parts}."


def _when(incident: Incident, zone: str) -> str:
    since = f"before {moment(incident.start, zone)}" if incident.since_before else moment(incident.start, zone)
    if incident.end is None:
        return f"since {since}, going on"
    if incident.since_before:
        return f"since {since}, until {moment(incident.end, zone)}"
    return span(incident.start, incident.end, zone)


def _how_bad(incident: Incident) -> str:
    rates = f"{percent(incident.rate)} failed instead of {percent(incident.baseline)}"
    return f"{rates}, {count(incident.failed, 'run')}, {round(incident.extra):,} more than usual"


def _add_band(figure: go.Figure, start: datetime, end: datetime, theme: Theme) -> None:
    figure.add_shape(
        type="rect", xref="x", yref="paper", x0=naive(start), x1=naive(end), y0=0, y1=1, layer="below",
        fillcolor=theme.outcomes[FAILED], opacity=BAND_OPACITY, line={"width": 0}, name="incident",
    )  # fmt: skip
