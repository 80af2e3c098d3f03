"""The waterfall: a bar from its start for its latency, what is missing in words, strangers' text never markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from analytics_dash.figures.theme import LIGHT
from analytics_dash.figures.waterfall import alt_text, figure, picture
from analytics_dash.runs.lineage import Kin, Why, forest
from analytics_dash.runs.lineage_causes import failed_path
from analytics_dash.runs.lineage_lines import lines
from analytics_dash.runs.lineage_rows import DEPTH, IS_CAUSE, NAME, NOTE, RUN_ID, rows

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def run(run_id: str, parent: str | None, *, at: float, takes: float | None, outcome: str = "failed") -> Kin:
    date, name = NOON + timedelta(seconds=at), "<b>old</b>"
    return Kin(run_id, "f", date, takes, outcome, "<i>broke", 7, None, parent, "gone" if parent else None, name)


def family() -> pd.DataFrame:
    tree = forest(
        [
            run("r", "missing", at=0, takes=10),
            run("a", "r", at=1, takes=2, outcome="succeeded"),
            run("b", "r", at=3, takes=None, outcome="unfinished"),
            run("c", "r", at=4, takes=5),
        ],
        missing={"missing": Why.GONE},
        counts={"r": 5},
    )
    drawn = lines(tree, tree.root_of("a"), focus="a")
    return rows(drawn, tree, names={"f": "<u>Flow"}, focus="a", path=failed_path(tree, "r"))


def test_rows_hold_what_is_missing_and_what_is_not_drawn_in_words() -> None:
    frame = family()
    assert frame[RUN_ID].fillna("").tolist() == ["", "r", "a", "b", "c", ""]
    assert frame[DEPTH].tolist() == [0, 1, 2, 2, 2, 2]
    assert frame[NAME].tolist()[0] == "<b>old</b>"
    assert frame[NOTE].tolist()[0] == "This workflow no longer exists or is in another organization"
    assert frame[NAME].tolist()[-1] == "and 2 more"
    assert frame[IS_CAUSE].tolist() == [False, False, False, False, True, False]


def test_bars_begin_and_last_as_the_runs_did_and_one_without_an_end_goes_to_the_edge() -> None:
    drawn = figure(family(), zone="UTC", theme=LIGHT)
    bars = drawn.data[0]
    assert list(bars.base) == [0, 1, 3, 4]
    assert list(bars.x)[:2] == [10, 2]
    assert bars.base[2] + bars.x[2] >= drawn.layout.xaxis.range[1]
    assert [list(mark) for mark in bars.customdata] == [["run", run_id] for run_id in "rabc"]


def test_strangers_text_is_escaped_wherever_plotly_reads_markup() -> None:
    drawn, words = picture(family(), zone="UTC", mode="dark")
    texts = [*drawn.data[0].hovertext, *(note.text for note in drawn.layout.annotations)]
    assert not [text for text in texts if "<u>" in text or "<b>old" in text or "<i>broke" in text]
    assert words == (
        "Waterfall of 4 runs of 1 workflow under <b>old</b>, 10.0 s in all, 2 lines stand for runs that are not here. "
        "The failure came from <u>Flow."
    )


def test_no_runs_are_said_in_words() -> None:
    assert alt_text(family().iloc[:0]) == "Waterfall: no runs."
