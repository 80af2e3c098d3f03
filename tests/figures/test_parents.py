"""Parents over time: a panel for each over the same buckets, names never markup, and words where there are none."""

from __future__ import annotations

from analytics_dash.figures.parents import NO_PARENTS, alt_text, figure
from analytics_dash.figures.theme import LIGHT
from tests.figures import tables
from tests.figures.tables import layers, tops

FRAMES = {"<b>One": tables.failures([1, 0], [9, 5]), "Two": tables.failures([0, 0], [1, 0])}


def test_each_parent_has_a_panel_with_its_own_counts() -> None:
    drawn = figure(FRAMES, zone="UTC", theme=LIGHT)
    assert {(layer.yaxis, layer.stackgroup, layer.name): tops(layer) for layer in layers(drawn)} == {
        ("y", "y", "failed"): [1, 0],
        ("y", "y", "succeeded"): [9, 5],
        ("y2", "y2", "succeeded"): [1, 0],
    }
    hover = drawn.data[-1].hovertext
    assert "&lt;b&gt;One: 10 runs, 1 failed" in hover[0]
    assert "Two" not in hover[1]
    assert not [note.text for note in drawn.layout.annotations if "<b>One" in note.text]


def test_the_legend_stands_above_the_first_name() -> None:
    layout = figure(FRAMES, zone="UTC", theme=LIGHT).layout
    inside = layout.height - layout.margin.t - layout.margin.b
    first = layout.annotations[0]
    assert (layout.legend.y - first.y) * inside >= first.font.size


def test_the_words_name_each_parent_s_runs() -> None:
    assert "<b>One 15 runs (1 failed), Two 1 run (0 failed)." in alt_text(FRAMES, zone="UTC")


def test_no_parents_are_said_in_words() -> None:
    drawn = figure({}, zone="UTC", theme=LIGHT)
    assert drawn.layout.annotations[0].text == NO_PARENTS
    assert NO_PARENTS.lower() in alt_text({}, zone="UTC")
