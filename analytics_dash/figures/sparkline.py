"""Owns the small lines beside figures, as pictures: a chart of its own for each would be most of what a page draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from analytics_dash.figures.lines import stretches

WIDTH: Final = 240  # units of the drawing, which is stretched to its place
HEIGHT: Final = 40
EDGE: Final = 3  # room for the line's own width
WEIGHT_PX: Final = 2


def data_uri(values: Sequence[float], *, colour: str) -> str:
    """An SVG of the values over their places, from zero up; gaps stay gaps, and a value between two gaps is a dot."""
    top = max((value for value in values if math.isfinite(value)), default=0.0) or 1.0
    known = stretches([math.isfinite(value) for value in values])
    strokes = "".join(_stroke([(p, values[p]) for p in places], top, len(values), colour) for places in known)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{strokes}</svg>"
    )
    return f"data:image/svg+xml,{quote(drawing)}"


def _stroke(stretch: list[tuple[int, float]], top: float, places: int, colour: str) -> str:
    across, height = (WIDTH - 2 * EDGE) / max(places - 1, 1), HEIGHT - 2 * EDGE
    points = [f"{EDGE + place * across:.1f},{HEIGHT - EDGE - value / top * height:.1f}" for place, value in stretch]
    return (
        f'<polyline points="{" ".join(points if len(points) > 1 else points * 2)}" fill="none" stroke="{colour}" '
        f'stroke-width="{WEIGHT_PX}" stroke-linecap="round" stroke-linejoin="round" '
        'vector-effect="non-scaling-stroke"/>'
    )
