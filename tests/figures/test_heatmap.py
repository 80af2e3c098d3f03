"""The heatmap: bars that take clicks, cells that say what they select, colours that follow the counts."""

from __future__ import annotations

import math
import re
from datetime import datetime

import pytest

from analytics_dash.figures.heatmap import NO_LATENCY, NO_RUNS, alt_text, figure, untimed_text
from analytics_dash.figures.theme import DARK, LIGHT, Theme
from tests.figures.latency_tables import heatmap
from tests.figures.test_common_ground import luminance

CELLS = [(0, -math.inf, 1.0, 3), (0, 1.0, 2.0, 4), (1, 2.0, math.inf, 1)]
TWO = "2026-11-24T13:00:00+00:00"


def test_a_cell_says_which_runs_a_click_selects() -> None:
    cells = figure(heatmap(CELLS), zone="UTC", theme=LIGHT).data[0]
    noon = "2026-11-24T12:00:00+00:00"
    assert [list(data) for data in cells.customdata] == [
        ["cell", noon, TWO, None, 1.0],
        ["cell", noon, TWO, 1.0, 2.0],
        ["cell", TWO, "2026-11-24T14:00:00+00:00", 2.0, None],
    ]
    assert cells.type == "bar"  # Plotly's heatmap takes no selection


def test_cells_lie_where_their_bounds_are() -> None:
    drawn = figure(heatmap(CELLS), zone="UTC", theme=LIGHT)
    cells = drawn.data[0]
    assert (cells.base, cells.y, cells.width) == ((0, 1, 2), (1, 1, 1), (3_600_000,) * 3)
    assert cells.x[0] == datetime(2026, 11, 24, 12, 30)  # noqa: DTZ001  a position
    assert drawn.layout.yaxis.range == (0, 3)
    assert dict(zip(drawn.layout.yaxis.tickvals, drawn.layout.yaxis.ticktext, strict=True)) == {1: "1 s", 2: "2 s"}


def test_hovering_tells_the_cell_in_the_viewers_zone_and_what_is_partial() -> None:
    hover = figure(heatmap(CELLS, partial=(1,)), zone="Asia/Kolkata", theme=LIGHT).data[0].hovertext
    assert hover[0] == "<b>Tue 24 Nov 2026, 17:30–18:30 IST</b><br>under 1 s<br>3 runs"
    assert hover[2].endswith("2 s or more<br>1 run<br><i>partial</i>")


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_more_runs_are_further_from_the_page_in_lightness(look: Theme) -> None:
    cells, key = figure(heatmap(CELLS), zone="UTC", theme=look).data
    colours = [f"#{''.join(f'{int(part):02x}' for part in re.findall('[0-9]+', c))}" for c in cells.marker.color]
    fewest_first = [colours[place] for place in (2, 0, 1)]
    for shades in (fewest_first, [colour for _, colour in key.marker.colorscale]):
        far = [abs(luminance(colour) - luminance(look.page)) for colour in shades]
        assert far == sorted(set(far))


def test_a_drag_selects_a_region_only_where_wanted() -> None:
    assert figure(heatmap(CELLS), zone="UTC", theme=LIGHT).layout.dragmode is False
    assert figure(heatmap(CELLS), zone="UTC", theme=LIGHT, region=True).layout.dragmode == "select"


@pytest.mark.parametrize(("runs", "sentence"), [(0, NO_RUNS), (4, NO_LATENCY)])
def test_without_a_cell_it_says_why(runs: int, sentence: str) -> None:
    empty = heatmap([], runs=runs)
    assert sentence in [note.text for note in figure(empty, zone="UTC", theme=LIGHT).layout.annotations]
    assert sentence.lower() in alt_text(empty, zone="UTC")


def test_it_is_described_with_its_fullest_cell_and_the_runs_not_shown() -> None:
    assert alt_text(heatmap(CELLS), zone="UTC") == (
        "Latency heatmap from Tue 24 Nov 2026, 12:00 UTC to Tue 24 Nov 2026, 14:00 UTC: most runs, 4, took "
        "1 s to under 2 s (Tue 24 Nov 2026, 12:00–13:00 UTC). "
        "2 of 10 runs are not shown: they have no latency that counts."
    )


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        (8, "All 8 runs are shown."),
        (9, "1 of 9 runs is not shown: it has no latency that counts."),
    ],
)
def test_runs_not_shown_are_counted(runs: int, sentence: str) -> None:
    assert untimed_text(heatmap(CELLS, runs=runs)) == sentence
