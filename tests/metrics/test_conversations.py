"""The list of conversations: which overlap the range, how each went, which were abandoned, in any order and page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.conversations import (
    ABANDONED_AFTER,
    CONVERSATION_COLUMNS,
    SORTS,
    Only,
    Within,
    conversation_figures,
    conversations,
    without_conversation,
)
from analytics_dash.runs.order import CONVERSATION_SORTS
from analytics_dash.runs.outcome import outcome
from analytics_dash.runs.view import ONLY
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FITTING, LEFT_OUT = "fitting", "left out"
LEFT_BY = {"failed", "unfinished", "cancelled"}


def turn(name: str | None, minute: int, state: str = "COMPLETED", **fields: Any) -> dict[str, Any]:
    held = {"conversation_id": name, "date": NOON + minute * MINUTE, "state": state, "run_type": FITTING}
    return {**held, "run_id": f"{name}{minute:04}", **fields}


def turns(runs: list[dict[str, Any]]) -> duckdb.DuckDBPyRelation:
    return relation(runs).project(f"*, run_type = '{FITTING}' AS fits")


def within(low: int, high: int, *read: tuple[int, int]) -> Within:
    spans = [(NOON + a * MINUTE, NOON + b * MINUTE) for a, b in read or [(-10_000, 10_000)]]
    return Within(NOON + low * MINUTE, NOON + high * MINUTE, spans)


def listed(runs: list[dict[str, Any]], asked: Within, **how: Any) -> list[str]:
    return list(conversations(turns(runs), asked, **how)["conversation_id"])


def test_a_conversation_belongs_to_a_range_that_it_overlaps_even_without_a_turn_in_it() -> None:
    runs = [turn("across", 0), turn("across", 100), turn("before", 10), turn("after", 60), turn("at", 40)]
    assert set(listed(runs, within(40, 60))) == {"across", "at"}
    row = conversations(turns(runs), within(40, 60)).set_index("conversation_id").loc["across"]
    assert (row["turns"], row["in_view"], row["duration_s"]) == (2, 0, 6000)


def test_filters_choose_the_conversations_and_each_is_then_told_whole() -> None:
    runs = [turn("a", 5), turn("a", 6, run_type=LEFT_OUT), turn("b", 5, run_type=LEFT_OUT), turn("c", 90)]
    found = conversations(turns(runs), within(0, 60))
    assert list(found["conversation_id"]) == ["a"]
    assert (found["turns"][0], found["in_view"][0]) == (2, 1)


def test_a_link_can_ask_for_every_order_and_narrowing_that_there_is() -> None:
    assert tuple(sort.removeprefix("-") for sort in CONVERSATION_SORTS) == tuple(SORTS)
    assert {*ONLY, Only.EVERY} == set(Only)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "PENDING"])
def test_it_is_abandoned_where_its_last_turn_ended_badly_and_nothing_followed_for_long_enough(state: str) -> None:
    after = int(ABANDONED_AFTER / MINUTE)
    left, went_on = [turn("a", 0), turn("a", 1, state)], [turn("b", 0, state), turn("b", 1)]

    def abandoned(runs: list[dict[str, Any]], *read: tuple[int, int]) -> bool:
        return bool(conversations(turns(runs), within(0, 10, *read))["abandoned"][0])

    assert abandoned(left, (0, 1 + after))
    assert not abandoned(left, (0, after))  # what followed may not have been read yet
    assert not abandoned(left, (0, after), (after + 1, 900))
    assert not abandoned(left, (2, 900))
    assert not abandoned(went_on, (0, 900))


def test_turns_of_one_instant_are_in_the_order_of_their_run_ids() -> None:
    runs = [turn("a", 0, "FAILED", run_id="2"), turn("a", 0, "COMPLETED", run_id="1")]
    assert conversations(turns(runs), within(0, 1))["last_outcome"][0] == "failed"


def test_without_any_conversation_there_are_no_rows_and_no_medians() -> None:
    runs = [turn(None, 1), turn("", 1)]
    figures = conversation_figures(turns(runs), within(0, 10))
    assert (figures.conversations, figures.turns, figures.median_turns, figures.median_duration_s) == (0, 0, None, None)
    found = conversations(turns(runs), within(0, 10))
    assert found.empty
    assert tuple(found.columns) == CONVERSATION_COLUMNS
    assert without_conversation(turns(runs)) == 2
    assert without_conversation(turns([])) == 0


def test_pages_hold_every_conversation_once_in_one_order() -> None:
    runs = [turn(f"c{n % 7}", n) for n in range(20)]
    pages = [listed(runs, within(0, 99), sort="turns", offset=first, limit=3) for first in (0, 3, 6)]
    assert [name for page in pages for name in page] == listed(runs, within(0, 99), sort="turns")
    assert [len(page) for page in pages] == [3, 3, 1]


run_of = st.builds(
    turn,
    st.sampled_from(["a", "b'--", "c", "", None]),
    st.integers(0, 12).map(lambda n: n * 10),
    st.sampled_from(["FAILED", "COMPLETED", "PENDING", "CANCELLED", "NEW"]),
    user_id=st.sampled_from(["u", "v", "", None]),
    total_tokens=st.none() | st.integers(0, 9),
    run_type=st.sampled_from([FITTING, FITTING, LEFT_OUT]),
)


def reckoned(runs: list[dict[str, Any]], asked: Within) -> dict[str, dict[str, Any]]:
    """The same, one conversation after the other in Python."""
    found = {}
    for name in {run["conversation_id"] for run in runs} - {None, ""}:
        mine = sorted((run for run in runs if run["conversation_id"] == name), key=lambda r: (r["date"], r["run_id"]))
        fitting = [run["date"] for run in mine if run["run_type"] == FITTING]
        if not fitting or (fitting and not (min(fitting) < asked.end and max(fitting) >= asked.start)):
            continue
        fates, last = [str(outcome(run["state"], None)) for run in mine], mine[-1]["date"]
        known = any(low <= last and last + ABANDONED_AFTER <= high for low, high in asked.read)
        found[name] = {
            "first_turn": mine[0]["date"],
            "last_turn": last,
            "duration_s": (last - mine[0]["date"]).total_seconds(),
            "turns": len(mine),
            "in_view": sum(asked.start <= date < asked.end for date in fitting),
            "failed": fates.count("failed"),
            "users": len({run["user_id"] for run in mine} - {None, ""}),
            "tokens": sum(run["total_tokens"] or 0 for run in mine),
            "last_outcome": fates[-1],
            "abandoned": fates[-1] in LEFT_BY and known,
        }
    return found


@settings(max_examples=25, deadline=None)  # each makes an engine
@given(
    st.lists(run_of, max_size=14),
    st.integers(0, 60),
    st.integers(61, 130),
    st.integers(100, 160),
    st.sampled_from(sorted(SORTS)),
)
def test_it_agrees_with_reading_conversation_by_conversation(
    runs: list[dict[str, Any]], low: int, high: int, known: int, sort: str
) -> None:
    runs = [{**run, "run_id": f"{number:02}"} for number, run in enumerate(runs)]
    asked = within(low, high, (0, known))
    expected = reckoned(runs, asked)
    relation_of = turns(runs)
    found = conversations(relation_of, asked, sort=sort)
    assert {
        row["conversation_id"]: {k: row[k] for k in CONVERSATION_COLUMNS[1:]} for row in found.to_dict("records")
    } == expected
    assert list(found[sort]) == sorted((row[sort] for row in expected.values()), reverse=True)
    figures = conversation_figures(relation_of, asked)
    failing = {name for name, row in expected.items() if row["failed"]}
    left = {name for name, row in expected.items() if row["abandoned"]}
    for only, wanted, told in ((Only.FAILING, failing, figures.failing), (Only.ABANDONED, left, figures.abandoned)):
        assert set(conversations(relation_of, asked, only=only)["conversation_id"]) == wanted
        assert told == len(wanted)
    assert figures.conversations == len(expected)
    assert figures.turns == sum(row["turns"] for row in expected.values())
    if expected:
        assert figures.median_turns == median(row["turns"] for row in expected.values())
        assert figures.median_duration_s == median(row["duration_s"] for row in expected.values())
    assert without_conversation(relation_of) == sum(not run["conversation_id"] for run in runs)
