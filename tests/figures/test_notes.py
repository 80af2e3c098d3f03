"""Notes on charts in time: where they are drawn, what they say, and what they leave as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.figures import latency
from analytics_dash.figures.notes import LABEL_LENGTH, NAME, STRIP, TOLD, add_notes, alt_text, labels
from analytics_dash.figures.theme import DARK, LIGHT, Theme
from analytics_dash.runs.annotation import Annotation
from analytics_dash.runs.instants import naive
from tests.figures.tables import latency as latency_table
from tests.moments import NOW

HOSTILE = "<a href='javascript:x'>&"
DAY = timedelta(days=1)
LOW, HIGH = naive(NOW - 10 * DAY), naive(NOW)


def note(text: str = "new prompt v7", at: datetime = NOW - 5 * DAY) -> Annotation:
    return Annotation(text[:8], at, text, "ann@example.com", NOW)


def over_time(*, height: int = 300) -> go.Figure:
    figure = go.Figure(
        layout={"height": height, "margin": {"t": 30, "b": 40}, "legend": {"y": 1.02, "yanchor": "bottom"}}
    )
    figure.update_xaxes(type="date", range=[LOW, HIGH])
    figure.add_bar(x=[naive(NOW - DAY)], y=[3], customdata=[["a", "b"]])
    return figure.add_annotation(text="runs", x=0, y=1, xref="paper", yref="paper", yanchor="bottom", showarrow=False)


def lines(figure: go.Figure) -> list[go.layout.Shape]:
    return [shape for shape in figure.layout.shapes if shape.name == NAME]


def written(figure: go.Figure) -> list[go.layout.Annotation]:
    return [label for label in figure.layout.annotations if label.name == NAME]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_note_in_range_has_a_dashed_line_over_the_whole_height_in_a_colour_of_the_page(theme: Theme) -> None:
    figure = over_time()
    held = [note(at=NOW - 8 * DAY), note(at=NOW - 2 * DAY)]
    assert add_notes(figure, held[::-1], zone="UTC", theme=theme) == held
    assert [shape.x0 for shape in lines(figure)] == [naive(NOW - 8 * DAY), naive(NOW - 2 * DAY)]
    for shape in lines(figure):
        assert (shape.x0, shape.y0, shape.y1, shape.yref) == (shape.x1, 0, 1, "paper")
        assert (shape.line.dash, shape.line.color, shape.layer) == ("dash", theme.text, "above")
    assert [label.text for label in written(figure)] == ["new prompt v7"] * 2
    assert {(label.font.color, label.bgcolor) for label in written(figure)} == {(theme.text, theme.page)}


def test_notes_out_of_range_are_not_drawn_and_change_nothing() -> None:
    figure, plain = over_time(), over_time()
    outside = [note(at=NOW), note(at=NOW + DAY), note(at=NOW - 10 * DAY - timedelta(microseconds=1))]
    assert add_notes(figure, outside, zone="UTC", theme=LIGHT) == []
    assert figure == plain
    assert add_notes(figure, [note(at=NOW - 10 * DAY)], zone="UTC", theme=LIGHT)


@pytest.mark.parametrize(
    "axis",
    [{"type": "log", "range": [0, 3]}, {"type": "category"}, {"type": "date"}, {"type": "date", "range": [LOW, LOW]}],
)
def test_a_figure_over_anything_but_time_is_left_as_it_is(axis: dict[str, object]) -> None:
    figure = go.Figure(layout={"xaxis": axis})
    plain = go.Figure(figure)
    assert add_notes(figure, [note()], zone="UTC", theme=LIGHT) == []
    assert figure == plain


def test_the_plot_keeps_its_size_its_marks_and_its_axes_and_what_stands_above_moves_up() -> None:
    figure, plain = over_time(height=300), over_time(height=300)
    add_notes(figure, [note()], zone="UTC", theme=LIGHT)
    assert figure.data == plain.data
    assert (figure.layout.xaxis, figure.layout.yaxis) == (plain.layout.xaxis, plain.layout.yaxis)
    assert (figure.layout.height, figure.layout.margin.t) == (300 + STRIP, 30 + STRIP)
    assert figure.layout.legend.y == pytest.approx(1.02 + STRIP / 230)
    assert figure.layout.annotations[0].yshift == STRIP


def test_drawing_them_again_adds_nothing() -> None:
    figure = over_time()
    add_notes(figure, [note()], zone="UTC", theme=LIGHT)
    once = go.Figure(figure)
    assert add_notes(figure, [note()], zone="UTC", theme=LIGHT) == [note()]
    assert figure == once


def test_close_ones_share_a_label_that_tells_all_of_them() -> None:
    figure = over_time()
    close = [note(f"change {n}", NOW - 5 * DAY + timedelta(hours=n)) for n in range(3)]
    add_notes(figure, [*close, note("alone", NOW - 9 * DAY)], zone="Europe/Berlin", theme=LIGHT)
    alone, shared = written(figure)
    assert (alone.text, shared.text, shared.x) == ("alone", "3 notes", naive(NOW - 5 * DAY))
    assert len(lines(figure)) == 4
    assert all(f"change {n}" in shared.hovertext for n in range(3))


def test_a_label_near_the_end_is_written_to_the_left_of_its_line() -> None:
    figure = over_time()
    add_notes(figure, [note(at=NOW - 9 * DAY), note(at=NOW - DAY / 2)], zone="UTC", theme=LIGHT)
    assert [label.xanchor for label in written(figure)] == ["left", "right"]


def test_strangers_text_is_no_markup_and_long_text_is_cut_in_the_label_alone() -> None:
    figure = over_time()
    long = f"{HOSTILE} {'word ' * 30}end"
    add_notes(figure, [note(long)], zone="UTC", theme=LIGHT)
    (label,) = written(figure)
    assert "<a" not in label.text + label.hovertext
    assert "&lt;a" in label.text
    assert "end" in label.hovertext
    assert len(labels([note(long)], LOW, HIGH)[0].text) <= LABEL_LENGTH


def test_the_hover_text_and_the_words_have_the_viewer_s_clock() -> None:
    figure = over_time()
    at = datetime.fromisoformat("2026-11-20T23:30:00+00:00")
    add_notes(figure, [note(at=at)], zone="Europe/Berlin", theme=LIGHT)
    assert "21 Nov 2026, 00:30" in written(figure)[0].hovertext
    assert alt_text([note(at=at)], zone="Europe/Berlin") == "Notes: 21 Nov 2026, 00:30 new prompt v7."
    assert alt_text([], zone="UTC") == ""
    assert alt_text([note()] * (TOLD + 3), zone="UTC").endswith("; and 3 more.")


def test_a_real_chart_in_time_takes_them() -> None:
    frame = latency_table([1.0, 2.0, 3.0])
    figure = latency.figure(frame, zone="UTC", theme=LIGHT)
    at = frame["start"].iloc[0].to_pydatetime()
    assert add_notes(figure, [note(at=at)], zone="UTC", theme=LIGHT)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10 * 86_400 - 1), st.text("ab ", min_size=1, max_size=60)), max_size=30))
def test_no_two_labels_meet_and_every_note_is_under_exactly_one(drawn: list[tuple[int, str]]) -> None:
    notes = sorted((note(text, NOW - 10 * DAY + timedelta(seconds=s)) for s, text in drawn), key=lambda n: n.at)
    found = labels(notes, LOW, HIGH)
    assert [held for label in found for held in label.notes] == notes
    assert all(one.end <= other.start for one, other in pairwise(found))
