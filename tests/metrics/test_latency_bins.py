"""Log-spaced bins: fixed edges, every value in its bin, few bins, and a stray value costs nobody else detail."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.latency_bins import SECONDS, TOKENS, Fitted, bin_sql, fitted

LATENCIES = st.one_of(st.floats(-1, 1e7), st.sampled_from([0.0, 1e-3, *SECONDS, 1e300]))


def fit(values: list[float], at_most: int) -> Fitted:
    return fitted(Counter(bisect_right(SECONDS, value) for value in values), SECONDS, at_most=at_most)


def test_edges_rise_by_about_a_tenth_of_a_decade() -> None:
    for edges in (SECONDS, TOKENS):
        steps = [math.log10(high / low) for low, high in pairwise(edges)]
        assert 0.09 < min(steps) <= max(steps) < 0.11


def test_the_engine_counts_the_edges_at_or_below_a_value() -> None:
    values = [-1.0, 0.0, *SECONDS, *(math.nextafter(edge, 0) for edge in SECONDS), 1e12]
    sql = f"SELECT {bin_sql('v', SECONDS)} FROM (SELECT unnest(?::DOUBLE[]) AS v)"  # noqa: S608
    found = [number for (number,) in duckdb.connect().execute(sql, [values]).fetchall()]
    assert found == [bisect_right(SECONDS, value) for value in values]


@settings(deadline=None, max_examples=30)
@given(values=st.lists(LATENCIES, min_size=1, max_size=60), at_most=st.integers(12, 50))
def test_every_value_lies_in_its_bin_and_bins_are_not_more_than_asked_for(values: list[float], at_most: int) -> None:
    fitting = fit(values, at_most)
    bounds = fitting.bins.bounds
    assert 1 <= len(fitting.bins) <= at_most
    assert set(bounds) <= {-math.inf, *SECONDS, math.inf}
    for value in values:
        place = fitting.place(bisect_right(SECONDS, value))
        assert bounds[place] <= value < bounds[place + 1]


def test_another_run_within_the_bins_moves_none_of_them() -> None:
    values = [0.3, 2.0, 40.0]
    assert fit(values, 30).bins == fit([*values, 7.7, 0.31], 30).bins


def test_a_stray_value_falls_into_an_open_bin_and_costs_no_detail() -> None:
    values = [1.0 + n % 90 for n in range(2000)]
    plain, strayed = fit(values, 30), fit([*values, 0.0, 1e5], 30)
    assert strayed.step == plain.step == 1
    assert (strayed.bins.bounds[0], strayed.bins.bounds[-1]) == (-math.inf, math.inf)
    assert set(plain.bins.bounds) <= set(strayed.bins.bounds)


def test_nothing_has_no_bins() -> None:
    assert len(fit([], 30).bins) == 0


def test_too_few_bins_for_the_edges_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit([1e-3] * 5 + [1e4] * 5, 2)
