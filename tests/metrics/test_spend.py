"""Spends: tokens and cost by value and by model that are the whole, whatever a server leaves out or contradicts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.columns import (
    COST,
    COST_HIGH,
    CUMULATIVE,
    INPUT,
    MEASURES,
    MODEL_COLUMNS,
    NOT_ATTRIBUTED,
    OUTPUT,
    PART,
    RUNS,
    SHARE,
    SPEND_COLUMNS,
    SPENDER_COLUMNS,
    TITLE,
    TOKENS,
    UNPRICED,
    UNSPLIT,
)
from analytics_dash.metrics.spend import (
    NONE,
    OTHER,
    OWN,
    Spend,
    models_used,
    spend_in_all,
    spend_over_time,
    top_spenders,
)
from analytics_dash.metrics.tokens import tokens_over_time
from analytics_dash.runs.dimension import DIMENSIONS, VALUE
from analytics_dash.runs.record import INT64_MAX
from tests.metrics.reference import by_bucket
from tests.metrics.spending import CHANGE, HOSTILE, PRICES, START, Price, by_value, spending_runs
from tests.metrics.table import relation

HOUR = timedelta(hours=1)
MODEL, USER, PARENT = (DIMENSIONS[name] for name in ("model", "user", "parent"))
AMOUNTS = tuple(name for name in MEASURES if name != RUNS)
BY = pytest.mark.parametrize(
    ("name", "column"), [("model", "model"), ("user", "user_id"), ("parent", "parent_project_id")]
)


def days(zone: str = "Europe/Berlin", *, count: int = 9, granularity: Granularity = Granularity.DAY) -> Buckets:
    end = START + timedelta(days=count)
    return buckets_for(START, end, zone=zone, now=end, granularity=granularity)


def sums(spend: Spend) -> dict[Any, list[float]]:
    """The measures of each part over all buckets."""
    rows = spend.frame.to_dict("records")
    names = [row[VALUE] if row[PART] == OWN else row[PART] for row in rows]
    return {
        name: [sum(row[m] for row, n in zip(rows, names, strict=True) if n == name) for m in AMOUNTS] for name in names
    }


def expected(counted: Counter[str]) -> Any:
    return pytest.approx([counted[name] for name in AMOUNTS], rel=1e-9, abs=1e-12)


@BY
@pytest.mark.parametrize(
    ("zone", "granularity"),
    [("Asia/Kathmandu", Granularity.HOUR), ("Europe/Berlin", Granularity.DAY), ("Asia/Kathmandu", Granularity.WEEK)],
)
def test_each_bucket_agrees_with_sums_use_by_use(name: str, column: str, zone: str, granularity: Granularity) -> None:
    runs, buckets = spending_runs(count=200, seed=4), days(zone, granularity=granularity)
    spend = spend_over_time(relation(runs), buckets, DIMENSIONS[name], prices=PRICES)
    assert tuple(spend.frame.columns) == SPEND_COLUMNS
    for (start, rows), held in zip(spend.frame.groupby("start"), by_bucket(runs, buckets), strict=True):
        reference = by_value(held, column, PRICES)
        assert start in buckets.starts
        for row in rows.to_dict("records"):
            assert [row[m] for m in AMOUNTS] == expected(reference.pop(row[VALUE], Counter()))
        assert not any(any(counted.values()) for counted in reference.values())


@BY
def test_top_spenders_agree_with_sums_use_by_use_and_their_other_holds_the_rest(name: str, column: str) -> None:
    runs = spending_runs(count=400, seed=5)
    spend = top_spenders(relation(runs), DIMENSIONS[name], prices=PRICES, limit=2)
    reference = by_value(runs, column, PRICES)
    nothing = reference.pop(None)
    ranked = sorted(reference, key=lambda value: (-reference[value][TOKENS], value))
    assert tuple(spend.frame.columns) == SPENDER_COLUMNS
    assert list(spend.frame.loc[spend.frame[PART] == OWN, VALUE]) == ranked[:2]
    assert (spend.shown, spend.values) == (2, len(ranked))
    rest: Counter[str] = Counter()
    for value in ranked[2:]:
        rest.update(reference[value])
    parts = sums(spend)
    assert parts[NONE] == expected(nothing)
    assert parts.get(OTHER, [0] * len(AMOUNTS)) == expected(rest)
    assert spend.frame[SHARE].sum() == pytest.approx(1)
    assert list(spend.frame[CUMULATIVE]) == pytest.approx(list(spend.frame[SHARE].cumsum()))


@settings(max_examples=25, deadline=None)  # each example opens an engine
@given(
    seed=st.integers(0, 2**32),
    top=st.integers(0, 4),
    dimension=st.sampled_from(["model", "user", "parent", "run_type"]),
    granularity=st.sampled_from([Granularity.DAY, Granularity.WEEK]),
    by=st.sampled_from([TOKENS, COST]),
)
def test_the_parts_are_the_whole_in_every_bucket(
    seed: int, top: int, dimension: str, granularity: Granularity, by: str
) -> None:
    runs, buckets = relation(spending_runs(count=40, seed=seed)), days(granularity=granularity)
    parts = spend_over_time(runs, buckets, DIMENSIONS[dimension], prices=PRICES, top=top, by=by).frame
    whole = spend_over_time(runs, buckets, prices=PRICES).frame
    assert (
        list(parts.groupby("start")[TOKENS].sum())
        == list(tokens_over_time(runs, buckets)[TOKENS])
        == list(whole[TOKENS])
    )
    for measure in AMOUNTS:
        assert list(parts.groupby("start")[measure].sum()) == pytest.approx(list(whole[measure]), abs=1e-9)
    split = parts[INPUT] + parts[OUTPUT] + parts[UNSPLIT] + parts[NOT_ATTRIBUTED]
    assert list(split) == list(parts[TOKENS])
    assert (parts[COST] <= parts[COST_HIGH] + 1e-12).all()


def one(*uses: dict[str, Any], total: int | None = 100, date: datetime = START, **more: Any) -> dict[str, Any]:
    return {"date": date, "total_tokens": total, "usage": list(uses), **more}


def test_models_that_have_more_than_the_total_leave_a_remainder_below_zero() -> None:
    runs = relation([one({"model_id": "a", "tokens": 130}, total=100)])
    assert sums(top_spenders(runs, MODEL)) == {
        "a": [130, 0, 0, 130, 0, 130, 0, 0],
        NONE: [-30, 0, 0, 0, -30, 0, 0, 0],
    }


def test_a_run_without_usage_is_not_attributed_as_a_whole() -> None:
    frame = top_spenders(relation([{"date": START, "total_tokens": 70}]), MODEL).frame
    assert frame[[PART, RUNS, TOKENS, NOT_ATTRIBUTED]].to_numpy().tolist() == [[NONE, 1, 70, 70]]


def test_a_price_holds_from_its_date_to_the_next_within_one_bucket() -> None:
    prices = [Price("X", "a", None, 1.0, 0.0), Price("X", "a", CHANGE, 10.0, 0.0)]
    use = {"provider": "X", "model_id": "a", "tokens": 1_000_000, "input_tokens": 1_000_000, "output_tokens": 0}
    runs = relation([one(use, date=CHANGE - timedelta(microseconds=1)), one(use, date=CHANGE)])
    assert list(spend_over_time(runs, days(granularity=Granularity.WEEK), prices=prices).frame[COST]) == [11.0, 0.0]


def test_tokens_without_a_split_cost_between_all_input_and_all_output() -> None:
    runs = relation([one({"provider": "X", "model_id": "a", "tokens": 1_000_000})])
    frame = top_spenders(runs, MODEL, prices=[Price("X", "a", None, 2.0, 8.0)]).frame
    assert list(frame.loc[0, [COST, COST_HIGH, UNPRICED]]) == [2.0, 8.0, 0]


def test_a_price_is_of_one_provider_s_model() -> None:
    runs = relation([one({"provider": "Y", "model_id": "a", "tokens": 5})])
    frame = top_spenders(runs, MODEL, prices=[Price("X", "a", None, 2.0, 8.0)]).frame
    assert list(frame.loc[0, [COST, UNPRICED]]) == [0, 5]


def test_without_prices_nothing_costs_and_everything_is_told_as_unpriced() -> None:
    frame = top_spenders(relation([one({"model_id": "a", "tokens": 60})]), MODEL).frame
    assert (frame[COST].sum(), frame[UNPRICED].sum(), frame[NOT_ATTRIBUTED].sum()) == (0, 60, 40)


def test_spenders_may_be_ranked_by_cost() -> None:
    cheap, dear = (
        {"model_id": name, "input_tokens": n, "output_tokens": 0} for name, n in [("cheap", 900), ("dear", 9)]
    )
    prices = [Price(None, "cheap", None, 1.0, 1.0), Price(None, "dear", None, 1000.0, 1000.0)]
    spend = top_spenders(relation([one(cheap, dear)]), MODEL, prices=prices, by=COST)
    assert list(spend.frame[VALUE].dropna()) == ["dear", "cheap"]
    assert list(spend.frame[SHARE]) == pytest.approx([10 / 11, 1 / 11, 0])


def test_a_run_counts_once_under_each_of_its_models_and_others_are_not_added_up() -> None:
    uses = [{"model_id": name, "tokens": tokens} for name, tokens in [("a", 9), ("a", 9), ("b", 5), ("c", 1)]]
    frame = top_spenders(relation([one(*uses), one(uses[0])]), MODEL, limit=1).frame
    assert frame[RUNS].isna().tolist() == [False, True, False]
    assert frame.loc[[0, 2], RUNS].tolist() == [2, 0]


def test_ties_are_ranked_by_name() -> None:
    runs = relation([{"date": START, "total_tokens": 5, "user_id": name} for name in ("b", "c", "a")])
    assert list(top_spenders(runs, USER, limit=2).frame[VALUE].dropna()) == ["a", "b"]


def test_a_parent_has_its_latest_name() -> None:
    runs = [
        {"date": START + n * HOUR, "total_tokens": 1, "parent_project_id": "p", "parent_project_name": name}
        for n, name in enumerate(["Old", "New", None])
    ]
    assert list(top_spenders(relation(runs), PARENT).frame[TITLE]) == ["New"]
    assert list(spend_over_time(relation(runs), days(count=1), PARENT).frame[TITLE]) == ["New", "New"]


@settings(max_examples=15, deadline=None)  # each example opens an engine
@given(count=st.integers(0, 40), seed=st.integers(0, 2**32))
def test_all_of_it_is_what_the_buckets_add_up_to(count: int, seed: int) -> None:
    runs = relation(spending_runs(count=count, seed=seed))
    [row] = spend_in_all(runs, prices=PRICES).frame.to_dict("records")
    whole = spend_over_time(runs, days(count=60), prices=PRICES).frame
    assert [row[name] for name in MEASURES] == pytest.approx([whole[name].sum() for name in MEASURES])


def test_no_runs_are_zeros_in_every_bucket() -> None:
    spend = spend_over_time(relation([]), days(), MODEL, prices=PRICES)
    assert (len(spend.frame), spend.shown, spend.values) == (len(days()), 0, 0)
    assert not spend.frame[list(MEASURES)].to_numpy().any()
    assert spend.frame[SHARE].isna().all()
    assert top_spenders(relation([]), USER).frame[TOKENS].tolist() == [0]


def test_no_buckets_are_no_rows() -> None:
    empty = buckets_for(START, START, zone="UTC", now=START)
    assert tuple(spend_over_time(relation([one()]), empty, USER).frame.columns) == SPEND_COLUMNS
    assert spend_over_time(relation([one()]), empty, USER).frame.empty


def test_a_stranger_s_text_is_a_name_like_any_other() -> None:
    runs = relation([one({"model_id": HOSTILE, "input_tokens": 1_000_000}, user_id=HOSTILE, total=1_000_000)])
    for dimension in (MODEL, USER):
        frame = top_spenders(runs, dimension, prices=[Price(None, HOSTILE, None, 7.0, 1.0)]).frame
        assert list(frame.loc[0, [VALUE, TOKENS, COST]]) == [HOSTILE, 1_000_000, 7.0]


def test_a_server_s_nonsense_does_not_overflow_the_table() -> None:
    use = {"model_id": "a", "tokens": INT64_MAX, "input_tokens": INT64_MAX, "output_tokens": INT64_MAX}
    runs = relation([one(use, total=INT64_MAX), one(use, total=INT64_MAX)])
    assert top_spenders(runs, MODEL).frame.loc[0, TOKENS] == INT64_MAX


def test_the_models_used_are_told_by_provider_most_tokens_first() -> None:
    uses = [{"provider": p, "model_id": "a", "input_tokens": n} for p, n in [("X", 5), ("Y", 9), (None, 1), ("X", 2)]]
    frame = models_used(relation([one(*uses, {"tokens": 99}), one()]))
    assert tuple(frame.columns) == MODEL_COLUMNS
    assert frame[["provider", "tokens", "input_tokens"]].astype(object).to_numpy().tolist() == [
        ["Y", 9, 9], ["X", 7, 7], [None, 1, 1],
    ]  # fmt: skip
    assert models_used(relation([])).empty
