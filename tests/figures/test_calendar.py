"""The week as cells: a click names weekday and hour, what is unknown or rests on few runs is told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics_dash.figures.calendar import NO_RUNS, NO_VALUE, Shown, alt_text, figure
from analytics_dash.figures.theme import DARK, LIGHT, Theme
from analytics_dash.metrics.columns import CALENDAR_COLUMNS

NAN = float("nan")
LOOKS = pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])


def week(*cells: dict[str, Any]) -> pd.DataFrame:
    """All 168 hours, once each and without runs, but for the given ones."""
    empty = {"hours": 1.0, "runs": 0, "failed": 0, "succeeded": 0, "rate": NAN, "latency_runs": 0, "p95_s": NAN}
    rows = {
        (day, hour): {"weekday": day, "hour": hour, **empty, "few": False} for day in range(7) for hour in range(24)
    }
    for cell in cells:
        rows[cell["weekday"], cell["hour"]] |= cell
    return pd.DataFrame(rows.values())[list(CALENDAR_COLUMNS)]


BUSY = {
    "weekday": 1, "hour": 14, "hours": 2.0, "runs": 90, "failed": 9, "succeeded": 81, "rate": 0.1, "latency_runs": 90,
    "p95_s": 4.0,
}  # fmt: skip
QUIET = {
    "weekday": 6, "hour": 23, "runs": 4, "failed": 2, "succeeded": 2, "rate": 0.5, "latency_runs": 4, "p95_s": 1.0,
    "few": True,
}  # fmt: skip


@LOOKS
@pytest.mark.parametrize("shown", Shown)
def test_every_cell_can_be_clicked_and_names_its_weekday_and_hour(shown: Shown, look: Theme) -> None:
    drawn = figure(week(BUSY, QUIET), shown=shown, zone="UTC", theme=look)
    *parts, key = drawn.data
    assert key.customdata is None
    named = [tuple(data) for trace in parts for data in trace.customdata]
    assert sorted(named) == [("calendar", day, hour) for day in range(7) for hour in range(24)]
    for trace in parts:
        assert [tuple(data[1:]) for data in trace.customdata] == [
            (round(base + 0.46), x) for base, x in zip(trace.base, trace.x, strict=True)
        ]


@pytest.mark.parametrize(
    ("shown", "values"),
    [(Shown.RUNS, [45.0, 4.0]), (Shown.FAILURE_RATE, [0.1, 0.5]), (Shown.P95, [4.0, 1.0])],
)
def test_a_cell_is_coloured_by_what_is_shown(shown: Shown, values: list[float]) -> None:
    cells, *_, key = figure(week(BUSY, QUIET), shown=shown, zone="UTC", theme=LIGHT).data
    held = {(day, hour): colour for (_, day, hour), colour in zip(cells.customdata, cells.marker.color, strict=True)}
    found = [held[cell["weekday"], cell["hour"]] for cell in (BUSY, QUIET)]
    assert found == [read_off(key.marker, value) for value in values]
    assert key.marker.colorbar.title.text == shown.value.word


def read_off(marker: Any, value: float) -> str:
    """The colour that the key has at a value."""
    assert marker.cmin == 0 < value <= marker.cmax
    places, colours = zip(*marker.colorscale, strict=True)
    channels = [[int(colour[i : i + 2], 16) for colour in colours] for i in (1, 3, 5)]
    red, green, blue = (round(float(np.interp(value / marker.cmax, places, channel))) for channel in channels)
    return f"rgb({red}, {green}, {blue})"


def test_few_runs_are_hatched_and_said_and_what_has_no_value_is_an_outline() -> None:
    cells, empty, _ = figure(week(BUSY, QUIET), shown=Shown.P95, zone="UTC", theme=LIGHT).data
    assert cells.marker.pattern.shape == ("", "/")
    assert "few runs" not in cells.hovertext[0]
    assert cells.hovertext[1] == (
        "<b>Sun 23:00–00:00</b><br>p95 latency 1.00 s, few runs<br>4 runs in 1 h · 2 of 4 failed · 4 with a latency"
    )
    assert len(empty.x) == 166
    assert empty.marker.color == "rgba(0,0,0,0)"
    assert empty.hovertext[0].startswith("<b>Mon 00:00–01:00</b><br>p95 latency: no data<br>0 runs in 1 h")


def test_hours_that_the_range_does_not_reach_have_no_cell() -> None:
    frame = week(BUSY)
    frame.loc[frame["weekday"] > 1, "hours"] = 0.0
    drawn = figure(frame, shown=Shown.RUNS, zone="UTC", theme=LIGHT)
    assert max(row[1] for trace in drawn.data[:-1] for row in trace.customdata) == 1


@pytest.mark.parametrize("shown", Shown)
@pytest.mark.parametrize(
    ("frame", "sentence"),
    [(week(), NO_RUNS), (week().iloc[:0], NO_RUNS), (week({"weekday": 0, "hour": 0, "runs": 3}), NO_VALUE)],
)
def test_without_a_value_it_says_why(frame: pd.DataFrame, sentence: str, shown: Shown) -> None:
    notes = [note.text for note in figure(frame, shown=shown, zone="UTC", theme=LIGHT).layout.annotations]
    said = sentence.lower() in alt_text(frame, shown=shown, zone="UTC")
    if shown is Shown.RUNS and sentence == NO_VALUE:
        assert (notes, said) == ([], False)
    else:
        assert (notes, said) == ([sentence], True)


def test_nothing_can_be_zoomed_and_the_zone_is_named() -> None:
    layout = figure(week(BUSY), shown=Shown.RUNS, zone="Europe/Berlin", theme=LIGHT).layout
    assert (layout.dragmode, layout.clickmode) == (False, "event+select")
    assert layout.xaxis.fixedrange
    assert layout.yaxis.fixedrange
    assert layout.xaxis.title.text == "hour in Europe/Berlin"
    assert "layout" not in layout.template.to_plotly_json()


def test_it_is_described_in_one_sentence() -> None:
    assert alt_text(week(BUSY, QUIET), shown=Shown.FAILURE_RATE, zone="Europe/Berlin") == (
        "Failure rate by hour of the week in Europe/Berlin: highest Sun 23:00–00:00 with 50.0 %, "
        "lowest Tue 14:00–15:00 with 10.0 %."
    )
