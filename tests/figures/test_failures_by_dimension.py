"""Failure rates by a dimension: bars with intervals, marks, clicks that name the value, and texts taken literally."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics_dash.figures.failures_by_dimension import NAME_LENGTH, NOTHING, alt_text, figure
from analytics_dash.figures.theme import DARK, LIGHT, Theme
from analytics_dash.metrics.failures_by_dimension import FailureValues, failures_by_dimension
from analytics_dash.runs.dimension import DIMENSIONS
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def values(counts: dict[str | None, tuple[int, int]], *, limit: int = 12) -> FailureValues:
    runs = [
        {"date": NOON + timedelta(hours=place), "user_id": user, "state": state}  # each run an errand of its own
        for user, (failed, succeeded) in counts.items()
        for place, state in enumerate(["FAILED"] * failed + ["COMPLETED"] * succeeded)
    ]
    return failures_by_dimension(relation(runs), DIMENSIONS["user"], limit=limit)


COUNTS: dict[str | None, tuple[int, int]] = {"ann": (30, 70), "bob": (20, 480), None: (2, 40), "dan": (1, 1)}


def test_each_value_is_a_bar_from_0_with_its_interval_the_most_failed_on_top() -> None:
    held = values(COUNTS)
    bar = figure(held, theme=LIGHT).data[0]
    assert bar.x == pytest.approx([0.3, 0.04, 2 / 42, 0.5])
    assert np.add(bar.x, bar.error_x.array) == pytest.approx(held.frame["high"].to_numpy())
    assert np.subtract(bar.x, bar.error_x.arrayminus) == pytest.approx(held.frame["low"].to_numpy())
    layout = figure(held, theme=LIGHT).layout
    assert layout.yaxis.range == (3.5, -0.5)
    assert layout.xaxis.range[0] == 0


def test_a_triangle_marks_what_differs_and_the_hover_says_so() -> None:
    drawn = figure(values(COUNTS), theme=LIGHT)
    assert drawn.layout.yaxis.ticktext == ("ann ▲", "bob ▼", "(no user)", "dan")
    assert "higher than the rest beyond chance (p below 0.001, corrected)" in drawn.data[0].hovertext[0]
    assert "beyond chance" not in drawn.data[0].hovertext[3]


def test_a_click_names_dimension_and_value_but_other_takes_none() -> None:
    bar = figure(values(COUNTS, limit=1), theme=LIGHT).data[0]
    assert [list(given) for given in bar.customdata] == [["dimension", "user", "ann"], []]
    assert list(bar.marker.color) == [LIGHT.outcomes["failed"], LIGHT.runs]


def test_markup_in_a_name_is_shown_and_a_long_one_cut() -> None:
    odd = "<b>&</b>" + "x" * 900
    drawn = figure(values({odd: (1, 1), "y": (0, 3)}), theme=LIGHT)
    assert drawn.layout.yaxis.ticktext[0].startswith("&lt;b&gt;&amp;&lt;/b&gt;xx")
    assert drawn.layout.yaxis.ticktext[0].count("x") == NAME_LENGTH - len("<b>&</b>") - 1
    assert "<b>&</b>" not in drawn.data[0].hovertext[0]


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_nothing_decided_is_said_in_words(look: Theme) -> None:
    nothing = values({"ann": (0, 0)})
    assert [note.text for note in figure(nothing, theme=look).layout.annotations] == [NOTHING]
    assert alt_text(nothing) == f"Failure rate by user: {NOTHING.lower()}."


def test_it_is_described_with_what_differs() -> None:
    assert alt_text(values(COUNTS, limit=2)) == (
        "Failure rate by user, 2 of 4 values: most failed runs for ann (30 of 100, 30.0 %); "
        "differing from the rest beyond chance: ann (higher, 30.0 %), bob (lower, 4.0 %)."
    )
    assert alt_text(values({"ann": (1, 1)})).endswith("none differs beyond chance.")
