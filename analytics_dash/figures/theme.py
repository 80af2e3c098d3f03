"""Owns how charts look: one palette whose colours mean the same everywhere, for light and for dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from analytics_dash.metrics.columns import P50, P95, P99
from analytics_dash.runs.outcome import Outcome

FONT: Final = '"Source Sans", "Source Sans 3", "Source Sans Pro", sans-serif'  # what Streamlit's own text is set in
FONT_SIZE: Final = 13
TRANSPARENT: Final = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Theme:
    """Colours for one kind of page; text has 4.5:1 on `page`, series 3:1, and meanings never swap."""

    page: str  # what lies behind the charts, which are transparent themselves
    text: str
    muted: str
    grid: str
    hover: str
    highlight: str
    outcomes: Mapping[str, str]
    percentiles: Mapping[str, str]
    tokens: str
    runs: str


# Okabe and Ito's hues, which people with any colour vision tell apart, darkened for white and lightened for black.
LIGHT: Final = Theme(
    page="#ffffff",
    text="#31333f",
    muted="#5d6270",
    grid="#e3e5ea",
    hover="#ffffff",
    highlight="rgba(15,94,168,0.12)",
    outcomes={
        Outcome.FAILED: "#d55e00",
        Outcome.SUCCEEDED: "#009e73",
        Outcome.CANCELLED: "#c06a9a",
        Outcome.UNFINISHED: "#2e8bc0",
        Outcome.UNKNOWN: "#84888f",
    },
    percentiles={P50: "#0072b2", P95: "#b77400", P99: "#8a4f9e"},
    tokens="#4f6d94",
    runs="#7d8697",
)
DARK: Final = Theme(
    page="#0e1117",
    text="#fafafa",
    muted="#a9afbc",
    grid="#2a2f3a",
    hover="#1b202b",
    highlight="rgba(120,180,240,0.18)",
    outcomes={
        Outcome.FAILED: "#f0782a",
        Outcome.SUCCEEDED: "#1fb58a",
        Outcome.CANCELLED: "#dd95bb",
        Outcome.UNFINISHED: "#63b8ec",
        Outcome.UNKNOWN: "#9a9fa8",
    },
    percentiles={P50: "#56b4e9", P95: "#f0b429", P99: "#cf9be0"},
    tokens="#86a8d6",
    runs="#7f899b",
)


def theme(mode: str) -> Theme:
    """The theme for "dark" pages; the light one for anything else."""
    return DARK if mode == "dark" else LIGHT


def base_layout(theme: Theme) -> dict[str, Any]:
    """What all figures have in common: nothing behind them, our fonts, clicks that are told, no dragging."""
    return {
        "template": go.layout.Template(),  # else a figure made inside Streamlit takes over its placeholder colours
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "font": {"family": FONT, "size": FONT_SIZE, "color": theme.text},
        "hoverlabel": {
            "bgcolor": theme.hover, "bordercolor": theme.grid, "align": "left", "font": {"color": theme.text},
        },
        "hovermode": "closest",
        "clickmode": "event+select",
        "dragmode": False,
    }  # fmt: skip
