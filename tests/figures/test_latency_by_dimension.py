"""Latency by a dimension's values: a row each that selects its value, strangers' texts shown and never obeyed."""

from __future__ import annotations

from analytics_dash.figures.latency_by_dimension import NOTHING, alt_text, figure
from analytics_dash.figures.theme import LIGHT
from tests.figures.latency_tables import EVIL, values
from tests.figures.tables import NAN

ROWS = [{"value": "a", "p95_s": 8.0}, {"value": "b", "few": True, "latency_runs": 3}]
UNTIMED = {"value": "c", "latency_runs": 0, "p50_s": NAN, "p95_s": NAN, "max_s": NAN}


def test_a_click_anywhere_in_a_row_names_its_value() -> None:
    drawn = figure(values(ROWS, dimension="run_type"), theme=LIGHT)
    rows = drawn.data[-1]
    assert [list(data) for data in rows.customdata] == [["dimension", "run_type", "a"], ["dimension", "run_type", "b"]]
    assert (rows.width, rows.y, rows.x[0]) == (1, (1, 0), drawn.layout.xaxis.range[1])


def test_a_row_goes_from_p50_to_p95_and_is_hollow_over_few_runs() -> None:
    ranges, p50, p95, _ = figure(values(ROWS), theme=LIGHT).data
    assert (ranges.base, ranges.x) == ((1.0, 1.0), (7.0, 2.0))
    assert (p50.x, p95.x) == ((1.0, 1.0), (8.0, 3.0))
    assert p95.marker.symbol == ("diamond", "diamond-open")


def test_hovering_tells_the_numbers_and_the_runs_behind_them() -> None:
    assert figure(values(ROWS), theme=LIGHT).data[-1].hovertext == (
        "<b>a</b><br>p50 1.00 s · p95 8.00 s · slowest 9.00 s<br>over 50 runs of 50",
        "<b>b</b><br>p50 1.00 s · p95 3.00 s · slowest 9.00 s<br>over few runs (3) of 50",
    )


def test_a_value_is_text_whatever_it_holds_and_goes_back_unchanged() -> None:
    drawn = figure(values([{"value": EVIL}]), theme=LIGHT)
    (title,) = drawn.layout.yaxis.ticktext
    assert "<" not in title
    assert title.endswith("…")
    assert "&lt;b&gt;evil&lt;/b&gt; &amp; co" in drawn.data[-1].hovertext[0]
    assert drawn.data[-1].customdata[0][2] == EVIL


def test_values_without_a_latency_have_no_bar() -> None:
    drawn = figure(values([UNTIMED]), theme=LIGHT)
    assert (drawn.data[0].x, drawn.data[1].x) == ((None,), (None,))
    assert NOTHING in [note.text for note in drawn.layout.annotations]
    assert NOTHING.lower() in alt_text(values([UNTIMED]))


def test_no_values_at_all_are_still_a_figure() -> None:
    assert NOTHING in [note.text for note in figure(values([]), theme=LIGHT).layout.annotations]
    assert NOTHING.lower() in alt_text(values([]))


def test_it_is_described_in_one_sentence() -> None:
    assert alt_text(values([*ROWS, UNTIMED], of=23)) == (
        "Latency by model, 3 of 23: p95 is highest at 8.00 s for a, over 50 runs."
    )
