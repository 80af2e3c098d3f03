"""Latency against tokens: every run that has both in one cell, medians over runs, Spearman's correlation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any

import pandas as pd
import pytest

from analytics_dash.metrics.columns import FEW, HIGH_S, HIGH_TOKENS, LOW_S, LOW_TOKENS, P50, RUNS
from analytics_dash.metrics.latency_tokens import LatencyTokens, latency_against_tokens
from tests.metrics.reference import fate, random_runs
from tests.metrics.table import relation
from tests.metrics.test_heatmap import NOON

Pairs = Sequence[tuple[float | None, int | None]]


def of(pairs: Pairs) -> LatencyTokens:
    runs: list[dict[str, Any]] = [
        {"date": NOON, "state": "COMPLETED", "latency": latency, "total_tokens": tokens} for latency, tokens in pairs
    ]
    return latency_against_tokens(relation(runs))


def test_cells_medians_and_correlation_agree_with_pandas_over_the_runs() -> None:
    runs = random_runs(NOON, NOON + timedelta(days=1), count=900, seed=2)
    found = latency_against_tokens(relation(runs))
    given = pd.DataFrame(runs).assign(fate=[fate(run) for run in runs])
    both = given[given["fate"].ne("unfinished")].dropna(subset=["latency", "total_tokens"])
    assert (found.paired, found.left_out) == (len(both), len(runs) - len(both))
    assert found.correlation == pytest.approx(both["latency"].rank().corr(both["total_tokens"].rank()))
    for row in found.cells.to_dict("records"):
        tokens = both["total_tokens"].between(row[LOW_TOKENS], row[HIGH_TOKENS], inclusive="left")
        assert row[RUNS] == (tokens & both["latency"].between(row[LOW_S], row[HIGH_S], inclusive="left")).sum()
    assert found.cells[RUNS].sum() == found.medians[RUNS].sum() == len(both)
    for row in found.medians.to_dict("records"):
        held = both[both["total_tokens"].between(row[LOW_TOKENS], row[HIGH_TOKENS], inclusive="left")]
        assert (row[RUNS], row[P50]) == (len(held), pytest.approx(median(held["latency"])))
        assert row[FEW] == (len(held) < 20)


def test_a_stray_count_is_in_the_median_of_the_open_bin() -> None:
    chance = random.Random(1)  # noqa: S311  test data
    found = of([*((1.0, chance.randrange(1000, 9000)) for _ in range(2000)), (7.0, 10**12), (5.0, 0)])
    assert list(found.medians[P50])[-1] == 7.0
    assert found.medians[RUNS].sum() == found.cells[RUNS].sum() == 2002


@pytest.mark.parametrize(
    ("pairs", "rho"),
    [
        ([(1.0, 1), (2.0, 5), (30.0, 6)], 1.0),
        ([(3.0, 1), (2.0, 5), (1.0, 6)], -1.0),
        ([(1.0, 1), (2.0, 5)], None),
        ([(1.0, 1), (1.0, 5), (1.0, 6)], None),
        ([(None, 1), (1.0, None)], None),
        ([], None),
    ],
)
def test_the_correlation_is_that_of_ranks_or_none(pairs: Pairs, rho: float | None) -> None:
    assert of(pairs).correlation == (rho if rho is None else pytest.approx(rho))


def test_without_pairs_there_are_no_rows_but_the_same_types() -> None:
    none, some = of([(1.0, None)]), of([(1.0, 1)])
    assert (len(none.cells), len(none.medians), none.left_out) == (0, 0, 1)
    assert list(none.cells.dtypes) == list(some.cells.dtypes)
    assert list(none.medians.dtypes) == list(some.medians.dtypes)
