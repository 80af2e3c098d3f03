"""Figures of a spend: stacks that show every part, one colour a name, rows that can be clicked, words for all of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import plotly.graph_objects as go
import pytest

from analytics_dash.figures import spend, spend_pareto, spend_split
from analytics_dash.figures.spend_parts import NOT_ATTRIBUTED_NAME
from analytics_dash.figures.theme import LIGHT
from analytics_dash.metrics.buckets import buckets_for
from analytics_dash.metrics.columns import COST, TOKENS
from analytics_dash.metrics.spend import Spend, spend_over_time, top_spenders
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.drilldown import picked
from tests.figures import tables
from tests.metrics.spending import HOSTILE, Price
from tests.metrics.table import relation

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
PRICES: Final = (Price("X", "big", None, 1.0, 10.0), Price("X", "small", None, 100.0, 100.0))
MODEL, USER = DIMENSIONS["model"], DIMENSIONS["user"]


def run(hour: int, total: int | None, *uses: tuple[str, int, int], user: str | None = None) -> dict[str, Any]:
    usage = [{"provider": "X", "model_id": m, "input_tokens": i, "output_tokens": o} for m, i, o in uses]
    return {"date": NOON + hour * HOUR, "total_tokens": total, "usage": usage, "user_id": user}


RUNS: Final = [
    run(0, 1_000, ("big", 700, 200), ("small", 50, 0), user="ann"),
    run(1, 500, ("big", 300, 300), user=HOSTILE),
    run(1, 70, user=None),
]


def over_time(
    runs: list[dict[str, Any]], *, dimension: Any = MODEL, by: str = TOKENS, hours: int = 3, **more: Any
) -> Spend:
    buckets = buckets_for(NOON, NOON + hours * HOUR, zone="UTC", now=NOON + hours * HOUR - HOUR / 2)
    return spend_over_time(relation(runs), buckets, dimension, prices=PRICES, by=by, **more)


def top(runs: list[dict[str, Any]], *, dimension: Any = MODEL, by: str = TOKENS, **more: Any) -> Spend:
    return top_spenders(relation(runs), dimension, prices=PRICES, by=by, **more)


def stacks(figure: go.Figure) -> dict[str, list[float]]:
    bars = [trace for trace in figure.data if isinstance(trace, go.Bar) and trace.name != "bucket"]
    return {bar.name: list(tables.heights(figure, bar)) for bar in bars}


def notes(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_each_part_is_stacked_and_what_is_not_attributed_may_be_below_zero() -> None:
    drawn = spend.figure(over_time(RUNS), zone="UTC", theme=LIGHT)
    assert stacks(drawn) == {"big": [900, 600, 0], "small": [50, 0, 0], NOT_ATTRIBUTED_NAME: [50, -30, 0]}
    assert drawn.layout.barmode == "relative"
    assert drawn.layout.yaxis.range[0] < -30
    assert drawn.layout.yaxis.range[1] > 1_000


def test_without_anything_below_zero_the_axis_begins_at_zero() -> None:
    assert spend.figure(over_time(RUNS[:1]), zone="UTC", theme=LIGHT).layout.yaxis.range[0] == 0


def test_shares_add_up_to_one_in_every_bucket_that_has_tokens() -> None:
    drawn = spend.figure(over_time(RUNS), zone="UTC", theme=LIGHT, share=True)
    assert [sum(column) for column in zip(*stacks(drawn).values(), strict=True)] == pytest.approx([1, 1, 0])
    assert drawn.layout.yaxis.ticktext[-1] == "100 %"


def test_cost_is_stacked_in_dollars_and_says_what_is_not_in_it() -> None:
    drawn = spend.figure(over_time([*RUNS, run(2, 9, ("new", 9, 0))], by=COST), zone="UTC", theme=LIGHT)
    assert stacks(drawn) == {"small": pytest.approx([0.005, 0, 0]), "big": pytest.approx([0.0027, 0.0033, 0])}
    hover = drawn.data[-1].hovertext
    assert (
        "$0.0077 in all<br>small: $0.005, 64.9 %<br>big: $0.0027, 35.1 %<br>not in it: 50 tokens not attr" in hover[0]
    )
    assert "not in it: 9 tokens without a price" in hover[2]


def test_a_click_on_a_stack_is_a_click_on_its_bucket() -> None:
    columns = spend.figure(over_time(RUNS), zone="UTC", theme=LIGHT).data[-1]
    clicked = picked({"points": [{"customdata": list(columns.customdata[1])}]})
    assert clicked is not None
    assert clicked.bucket is not None
    assert clicked.bucket.start == NOON + HOUR


def test_partial_buckets_are_hatched_and_what_is_left_over_is_dotted() -> None:
    runs = [*RUNS, run(2, 100, ("big", 30, 30))]
    bars = {t.name: t for t in spend.figure(over_time(runs), zone="UTC", theme=LIGHT).data if isinstance(t, go.Bar)}
    assert bars["big"].marker.pattern.shape == ("", "", "/")
    assert bars[NOT_ATTRIBUTED_NAME].marker.pattern.shape == (".", ".", "/")


def test_values_beyond_the_top_are_one_part_that_says_how_many() -> None:
    drawn = spend.figure(over_time(RUNS, top=1), zone="UTC", theme=LIGHT)
    assert list(stacks(drawn)) == ["big", "other (1)", NOT_ATTRIBUTED_NAME]


def test_without_a_dimension_there_is_one_stack_of_all() -> None:
    assert stacks(spend.figure(over_time(RUNS, dimension=None), zone="UTC", theme=LIGHT)) == {
        "all runs": [1_000, 570, 0]
    }


@pytest.mark.parametrize(
    ("runs", "by", "sentence"),
    [
        ([], TOKENS, "No runs in this range"),
        ([run(0, 0)], TOKENS, "No tokens in this range"),
        ([run(0, 5)], COST, "No tokens with a price in this range"),
    ],
)
def test_an_empty_chart_says_why(runs: list[dict[str, Any]], by: str, sentence: str) -> None:
    held, most = over_time(runs, by=by), top(runs, by=by)
    assert sentence in notes(spend.figure(held, zone="UTC", theme=LIGHT))
    assert sentence.lower() in spend.alt_text(held, zone="UTC", theme=LIGHT)
    assert sentence in notes(spend_pareto.figure(most, theme=LIGHT))
    assert sentence.lower() in spend_pareto.alt_text(most)


def test_no_buckets_are_still_a_figure() -> None:
    for held in (over_time(RUNS, hours=0), over_time(RUNS, dimension=None, hours=0)):
        assert notes(spend.figure(held, zone="UTC", theme=LIGHT))[-1] == "No runs in this range"
        assert "no runs" in spend.alt_text(held, zone="UTC", theme=LIGHT)
    held = over_time(RUNS, dimension=None, hours=0)
    assert notes(spend_split.figure(held, zone="UTC", theme=LIGHT))[-1] == "No runs in this range"


def test_it_is_described_with_every_part() -> None:
    assert spend.alt_text(over_time(RUNS, top=1), zone="UTC", theme=LIGHT) == (
        "Tokens by model per hour from Tue 24 Nov 2026, 12:00 UTC to Tue 24 Nov 2026, 15:00 UTC: 1.57 k tokens in all; "
        "big 95.5 %, other (1) 3.2 %, (not attributed) 1.3 %. 1 of 2 values of model by name."
    )


def test_a_stranger_s_text_is_never_markup() -> None:
    figures = [
        spend.figure(over_time(RUNS, dimension=USER), zone="UTC", theme=LIGHT),
        spend_pareto.figure(top(RUNS, dimension=USER), theme=LIGHT),
        spend_split.by_value_figure(top(RUNS, dimension=USER), theme=LIGHT),
    ]
    for drawn in figures:
        shown = [trace.name for trace in drawn.data] + list(drawn.data[-1].hovertext)
        shown += drawn.layout.yaxis.ticktext or ()
        assert not [text for text in shown if "<b>{x}" in text]
        assert any(HOSTILE[:10].replace("'", "&#x27;") in text for text in shown)


def test_sides_are_stacked_with_what_is_not_told_apart() -> None:
    runs = [*RUNS, {"date": NOON + 2 * HOUR, "total_tokens": 10, "usage": [{"model_id": "big", "tokens": 8}]}]
    held = over_time(runs, dimension=None)
    assert stacks(spend_split.figure(held, zone="UTC", theme=LIGHT)) == {
        "input": [750, 300, 0],
        "output": [200, 300, 0],
        "not told which": [0, 0, 8],
        "(not attributed)": [50, -30, 2],
    }
    assert spend_split.alt_text(held, zone="UTC").endswith(
        "input 1.05 k (66.5 %), output 500 (31.6 %), not told which 8 (0.5 %), (not attributed) 22 (1.4 %)."
    )


def test_sides_by_value_are_rows_that_can_be_clicked() -> None:
    drawn = spend_split.by_value_figure(top(RUNS), theme=LIGHT)
    bars = {t.name: list(t.x) for t in drawn.data[:-1]}
    assert bars == {"input": [1_000, 50, 0], "output": [500, 0, 0], "(not attributed)": [0, 0, 20]}
    assert [list(c) if c else c for c in drawn.data[-1].customdata] == [
        ["dimension", "model", "big"], ["dimension", "model", "small"], None,
    ]  # fmt: skip
    assert "big 1.50 k (66.7 % input)" in spend_split.by_value_alt_text(top(RUNS))


def test_spenders_are_bars_under_the_line_of_their_sums() -> None:
    drawn = spend_pareto.figure(top(RUNS, dimension=USER), theme=LIGHT)
    bars, halo, line, clicks = drawn.data
    assert (halo.line.color, list(halo.x)) == (LIGHT.page, list(line.x))
    assert list(bars.x) == [1_000, 500, 70]
    assert list(bars.y) == [2, 1, 0]
    assert list(line.x) == pytest.approx([1_000 / 1_570, 1_500 / 1_570])
    assert line.xaxis == "x2"
    assert [list(data) for data in clicks.customdata] == [
        ["dimension", "user", "ann"], ["dimension", "user", HOSTILE], ["dimension", "user", "(no user)"],
    ]  # fmt: skip
    assert clicks.hovertext[0].endswith(
        "1,000 tokens<br>$0.0077 estimated<br>63.7 %, with those above 63.7 %<br>1 run<br>"
        "50 tokens not attributed to a model"
    )


def test_what_is_other_cannot_be_clicked_and_says_nothing_of_runs_where_they_do_not_add_up() -> None:
    clicks = spend_pareto.figure(top(RUNS, limit=1), theme=LIGHT).data[-1]
    assert clicks.customdata[1] is None
    assert "run" not in clicks.hovertext[1]
    assert json.loads(go.Figure(clicks).to_json())["data"][0]["customdata"][1] is None


def test_spenders_are_described_by_name() -> None:
    assert spend_pareto.alt_text(top(RUNS, limit=1, by=COST)) == (
        "Estimated cost by model: $0.011 in all; big 54.5 %. 1 of 2 values of model by name, together 54.5 %."
    )


def test_a_colour_given_for_a_value_is_used_on_every_chart() -> None:
    given_colours = {"big": "#123456"}
    assert (
        spend.figure(over_time(RUNS), zone="UTC", theme=LIGHT, colours=given_colours).data[0].marker.color == "#123456"
    )
    assert spend_pareto.figure(top(RUNS), theme=LIGHT, given=given_colours).data[0].marker.color[0] == "#123456"
