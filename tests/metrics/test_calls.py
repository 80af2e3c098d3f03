"""Who calls whom: edges against the same counted in plain Python, and their picture."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.figures.call_graph import alt_text, layout, picture
from analytics_dash.metrics.calls import CALL_COLUMNS, CALLED, CALLER, CALLER_RUNS, calls
from analytics_dash.metrics.columns import FAILED, RUNS, SUCCEEDED
from tests.metrics.table import relation
from tests.moments import NOW

FLOWS = ["a", "b", "c", "<b>'x"]
Row = dict[str, Any]
drawn_runs = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.sampled_from(FLOWS),  # stands for the flow, which a table of runs does not hold
            "parent_project_id": st.sampled_from([None, "", *FLOWS]),
            "parent_run_id": st.sampled_from([None, "", "r1", "r2"]),
            "state": st.sampled_from(["COMPLETED", "FAILED", "PENDING"]),
        }
    ),
    max_size=40,
)


def edges_of(rows: list[Row]) -> pd.DataFrame:
    runs = [{"run_id": f"r{n}", "date": NOW - timedelta(minutes=n), **row} for n, row in enumerate(rows)]
    return calls(relation(runs).project("*, user_id AS flow"))


@settings(max_examples=25, deadline=None)
@given(drawn_runs)
def test_an_edge_has_the_numbers_of_the_runs_that_one_flow_called_of_another(rows: list[Row]) -> None:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["parent_project_id"]:
            groups[row["parent_project_id"], row["user_id"]].append(row)
    found = edges_of(rows)
    assert list(found.columns) == list(CALL_COLUMNS)
    assert found[RUNS].is_monotonic_decreasing
    shown = {(str(row[CALLER]), str(row[CALLED])): row for row in found.to_dict("records")}
    assert set(shown) == set(groups)
    for pair, mine in groups.items():
        told = shown[pair]
        assert told[RUNS] == len(mine)
        assert told[FAILED] == sum(row["state"] == "FAILED" for row in mine)
        assert told[SUCCEEDED] == sum(row["state"] == "COMPLETED" for row in mine)
        assert told[CALLER_RUNS] == len({row["parent_run_id"] for row in mine} - {None, ""})


@settings(max_examples=10, deadline=None)
@given(drawn_runs)
def test_every_flow_has_a_place_of_its_own_whatever_circles_there_are(rows: list[Row]) -> None:
    found = edges_of(rows)
    places = layout(found)
    assert set(places) == {*found[CALLER], *found[CALLED]}
    assert len(set(places.values())) == len(places)
    figure, _ = picture(found, names={}, notes={}, focus="a", mode="dark")
    marks = [list(mark) for trace in figure.data if trace.customdata is not None for mark in trace.customdata]
    assert sum(mark[0] == "edge" for mark in marks) == len(found)


def test_callers_stand_left_of_whom_they_call() -> None:
    chain = [
        {"user_id": called, "parent_project_id": caller} for caller, called in [("a", "b"), ("b", "c"), ("a", "c")]
    ]
    places = layout(edges_of(chain))
    assert [places[flow][0] for flow in "abc"] == [0, 1, 2]


def test_names_of_strangers_are_shown_and_not_read_as_markup() -> None:
    found = edges_of([{"user_id": "a", "parent_project_id": "<b>'x"}])
    figure, words = picture(found, names={}, notes={"<b>'x": "You may not see this workflow"}, focus="a", mode="light")
    assert not [text for trace in figure.data for text in (trace.text or ()) if "<b>'x" in text]
    assert words == "Graph of 1 call between workflows. <b>'x calls a: 1 run, none ended."


def test_no_calls_are_said_in_words() -> None:
    assert "no workflow" in alt_text(edges_of([]), names={})


def test_numbers_on_edges_can_be_read_across_them_and_names_run_inwards() -> None:
    rows = [{"user_id": "a", "parent_project_id": caller} for caller in ("b", "c")]
    figure, _ = picture(edges_of(rows), names={"b": "A name of twenty-two c"}, notes={}, focus="a", mode="light")
    labels = figure.layout.annotations
    assert [label.text for label in labels] == ["1", "1"]
    assert all(label.bgcolor for label in labels)
    named = next(trace for trace in figure.data if trace.mode == "markers+text")
    sides = dict(zip(named.text, named.textposition, strict=True))
    assert sides == {"<b>a</b>": "bottom left", "A name of twenty-two c": "bottom right", "c": "bottom right"}


def test_names_are_shorter_where_three_columns_share_the_width() -> None:
    chain = [{"user_id": called, "parent_project_id": caller} for caller, called in [("a", "b"), ("b", "c")]]
    figure, _ = picture(edges_of(chain), names={"a": "A name of twenty-two c"}, notes={}, focus="c", mode="light")
    named = next(trace for trace in figure.data if trace.mode == "markers+text")
    assert named.text[0] == "A name of twe…"
