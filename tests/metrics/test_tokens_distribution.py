"""The distribution of tokens: every run is in one bin, zero and unknown are none of them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.columns import HIGH, LOW, RUNS
from analytics_dash.metrics.tokens_distribution import EDGES, TokenDistribution, token_distribution
from analytics_dash.runs.record import INT64_MAX
from tests.metrics.table import relation

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def distribution(*tokens: int | None) -> TokenDistribution:
    return token_distribution(relation([{"date": NOON, "total_tokens": value} for value in tokens]))


def test_the_edges_rise_by_about_the_same_ratio() -> None:
    assert all(1.3 < high / low <= 2 for low, high in pairwise(EDGES))
    assert EDGES[-1] < INT64_MAX


def test_an_edge_belongs_to_the_bin_that_it_begins() -> None:
    bins = distribution(10, 14, 15, 29, 30).bins
    assert bins.to_numpy().tolist() == [[10, 15, 2], [15, 20, 1], [20, 30, 1], [30, 50, 1]]


def test_bins_between_are_there_with_no_runs() -> None:
    assert distribution(1, 7).bins[RUNS].tolist() == [1, 0, 0, 0, 1]


def test_zero_unknown_and_nonsense_are_told_apart() -> None:
    found = distribution(0, 0, None, -3, 8)
    assert (found.runs, found.zero, found.unknown, found.below_zero) == (5, 2, 1, 1)
    assert found.bins[RUNS].tolist() == [1]


def test_without_runs_there_is_no_data() -> None:
    for found in (distribution(), distribution(None, None)):
        assert (found.mean, found.p50, found.p95, found.p99, found.few) == (None, None, None, None, False)
        assert found.bins.empty
        assert list(found.bins.columns) == [LOW, HIGH, RUNS]


def test_few_runs_are_marked_and_have_no_p99() -> None:
    assert (distribution(*range(19)).few, distribution(*range(20)).few) == (True, False)
    assert (distribution(*range(99)).p99, distribution(*range(101)).p99) == (None, 99.0)


@settings(max_examples=30, deadline=None)  # each example opens an engine
@given(st.lists(st.none() | st.integers(-2, 10**7) | st.integers(0, INT64_MAX), max_size=40))
def test_it_agrees_with_numpy(tokens: list[int | None]) -> None:
    found = distribution(*tokens)
    known = [value for value in tokens if value is not None]
    counts = np.array([sum(low <= v < high for v in known) for low, high in pairwise((*EDGES, INT64_MAX + 1))])
    assert found.bins[RUNS].tolist() == list(np.trim_zeros(counts))
    assert found.runs == found.bins[RUNS].sum() + found.zero + found.unknown + found.below_zero
    if known:
        assert [found.p50, found.p95] == pytest.approx(
            list(np.quantile(np.array(known, float), [0.5, 0.95])), rel=1e-9, abs=1e-9
        )
        assert found.mean == pytest.approx(sum(known) / len(known), rel=1e-9, abs=1e-9)
