"""The Wilson interval: known values, sane bounds, nothing to divide by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.wilson import Z_95, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (3, 100, 0.0103, 0.0845)],
)
def test_it_gives_the_published_bounds(hits: int, of: int, low: float, high: float) -> None:
    assert [float(bound) for bound in wilson(hits, of)] == pytest.approx([low, high], abs=5e-5)


def test_nothing_to_divide_by_has_no_bounds() -> None:
    low, high = wilson([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()


@settings(deadline=None)  # a slow machine is not a fault
@given(of=st.integers(1, 10**7), data=st.data())
def test_the_bounds_lie_within_0_and_1_and_hold_the_share(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = (float(bound) for bound in wilson(hits, of))
    assert 0 <= low <= hits / of <= high <= 1
    assert low < high


@settings(deadline=None)  # a slow machine is not a fault
@given(of=st.integers(1, 10**4), data=st.data())
def test_each_bound_is_the_share_at_which_the_score_test_just_rejects(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(1, max(1, of - 1)))
    for bound in map(float, wilson(hits, of)):
        if 0 < bound < 1:
            assert abs(hits / of - bound) / np.sqrt(bound * (1 - bound) / of) == pytest.approx(Z_95, rel=1e-6)
