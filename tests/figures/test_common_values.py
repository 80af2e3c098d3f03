"""What selected runs have in common: paired bars, a click selects the value, nothing found is said."""

from __future__ import annotations

import math

import pytest

from analytics_dash.figures.common_values import NO_REST, NO_SELECTION, NOTHING, alt_text, figure, sentence
from analytics_dash.figures.theme import LIGHT
from tests.figures.latency_tables import EVIL, common


def test_each_value_is_a_pair_of_bars_the_first_on_top() -> None:
    drawn = figure(common([{"value": "a"}, {"value": "b", "selected_share": 0.3}]), theme=LIGHT)
    selected, rest, rows = drawn.data
    assert (selected.name, selected.x, rest.name, rest.x) == ("selected runs", (0.5, 0.3), "the rest", (0.1, 0.1))
    assert [above > below for above, below in zip(selected.y, rest.y, strict=True)] == [True, True]
    assert selected.marker.color != rest.marker.color
    assert rows.y == (1, 0)


def test_a_click_anywhere_in_a_row_names_its_value_unchanged() -> None:
    rows = figure(common([{"value": EVIL}, {"dimension": "hour", "value": "2"}]), theme=LIGHT).data[-1]
    assert [list(data) for data in rows.customdata] == [["dimension", "model", EVIL], ["dimension", "hour", "2"]]


def test_hovering_tells_counts_difference_and_chance_and_obeys_no_text() -> None:
    drawn = figure(common([{"value": EVIL}]), theme=LIGHT)
    assert drawn.data[-1].hovertext[0] == (
        "<b>Model: &lt;b&gt;evil&lt;/b&gt; &amp; co, a very long name indeed</b><br>"
        "selected 50.0 % (50 of 100)<br>the rest 10.0 % (90 of 900)<br>"
        "+40.0 points · 5.0 times as frequent<br>p < 0.0001, corrected for 400 tests"
    )
    assert "<b>" not in drawn.layout.yaxis.ticktext[0]


def test_what_the_rest_never_shows_has_no_factor() -> None:
    row = {"value": "a", "rest": 0, "rest_share": 0.0, "lift": math.inf, "adjusted_p": 0.0123}
    hover = figure(common([row]), theme=LIGHT).data[-1].hovertext[0]
    assert "times" not in hover
    assert "p 0.0123" in hover


@pytest.mark.parametrize(
    ("selected", "rest", "words"), [(0, 9, NO_SELECTION), (9, 0, NO_REST), (9, 9, NOTHING), (0, 0, NO_SELECTION)]
)
def test_where_nothing_is_found_it_says_why(selected: int, rest: int, words: str) -> None:
    nothing = common([], selected=selected, rest=rest)
    assert words in [note.text for note in figure(nothing, theme=LIGHT).layout.annotations]
    assert words.lower() in alt_text(nothing)


def test_it_is_described_in_one_sentence_and_each_value_in_plain_words() -> None:
    found = common([{"value": "a"}], of=7)
    assert sentence(found.frame.iloc[0].to_dict()) == "Model a: 50.0 % of these, 10.0 % of the rest"
    assert alt_text(found) == (
        "What 100 selected runs have in common against 900 others, 1 of 7 values: "
        "first Model a: 50.0 % of these, 10.0 % of the rest."
    )
