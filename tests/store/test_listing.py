"""The list of runs, a page at a time: every run once, in the order asked for, with previews and what matched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.runs.view import COLUMNS, SORTABLE, View
from analytics_dash.store.listing import MATCH, page, total
from tests.store.listed import data, in_order, run
from tests.store.test_neighbours import HOSTILE, made, rows

BY = [f"{sign}{name}" for name in SORTABLE if name not in {"outcome", "state"} for sign in ("", "-")]
EVERYTHING = View(tests=True)


@settings(max_examples=15, deadline=None)  # each makes an engine
@given(rows, st.sampled_from(BY), st.integers(1, 5), st.booleans())
def test_the_pages_hold_every_run_once_in_python_s_order(values: Any, sort: str, size: int, known: bool) -> None:
    runs, view = made(values), View(tests=True, sort=sort)
    with data(runs) as dataset:
        of = total(dataset, view)
        pages = [page(dataset, view, first=n, rows=size, of=of if known else None) for n in range(0, of + size, size)]
    assert [run_id for shown in pages for run_id in shown["run_id"]] == in_order(runs, sort)
    assert of == len(runs)


def test_a_page_has_every_column_and_texts_as_previews() -> None:
    long, models = "ä" * 5000, [{"model_id": "b"}, {"model_id": "a"}]
    with data([run(1, inputs=long, outputs=HOSTILE, error="\n", llm_usage=models, total_tokens=3)]) as dataset:
        shown = page(dataset, EVERYTHING)
    assert tuple(shown.columns) == COLUMNS
    row = shown.iloc[0]
    assert (row["inputs"], row["outputs"], row["models"], row["total_tokens"]) == ("ä" * 200, HOSTILE, "a, b", 3)


def test_no_runs_are_a_page_without_rows() -> None:
    with data([run(1)]) as dataset:
        shown = page(dataset, View(user=("nobody",)))
        assert (len(shown), tuple(shown.columns)) == (0, COLUMNS)
        assert len(page(dataset, View(user=("nobody",), q="x"))) == 0
        assert len(page(dataset, EVERYTHING, first=300, of=1)) == 0


@pytest.mark.parametrize(
    ("texts", "q", "match"),
    [
        ({"inputs": "where is it"}, "WHERE", "Inputs: «where» is it"),
        ({"outputs": "a needle and a Needle"}, "needle", "Outputs: a «needle» and a «Needle»"),
        ({"error": "x" * 300 + "needle" + "y" * 300}, "needle", f"Error: …{'x' * 30}«needle»{'y' * 170}…"),
        ({"inputs": "hay", "error": "100%_ of\nit"}, '"100%_" hay', "Error: «100%_» of it"),
        ({"inputs": "a.c abc"}, "a.c", "Inputs: «a.c» abc"),
        ({"inputs": "İİ ÄRGER"}, "ärger", "Inputs: İİ «ÄRGER»"),
        ({"outputs": HOSTILE}, "DROP", "Outputs: x'); «DROP» TABLE runs; --"),
        ({"inputs": "first then second"}, "second first", "Inputs: «first» then «second»"),
    ],
)
def test_a_search_shows_where_it_matched(texts: dict[str, str], q: str, match: str) -> None:
    with data([run(1, **texts), run(2, inputs="other")]) as dataset:
        assert page(dataset, View(tests=True, q=q))[MATCH].tolist() == [match]


def test_a_search_that_only_leaves_out_matches_nothing_to_show() -> None:
    with data([run(1, inputs="bad"), run(2, inputs="good")]) as dataset:
        shown = page(dataset, View(tests=True, q="-bad"))
    assert (shown["run_id"].tolist(), MATCH in shown) == (["2"], False)
