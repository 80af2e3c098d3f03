"""What the charts in time share: the corners of bars, whatever lengths the buckets have."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analytics_dash.figures.time_axis import MILLISECOND, time_axis
from analytics_dash.metrics.columns import END, START

LENGTHS = st.lists(st.integers(min_value=1, max_value=10**10), min_size=1, max_size=40)  # milliseconds


@given(LENGTHS)
def test_the_corners_of_bars_rise_and_enclose_each_bar_s_centre_in_its_bucket(lengths: list[int]) -> None:
    edges = [datetime(2026, 1, 1, tzinfo=UTC) + n * MILLISECOND for n in np.cumsum([0, *lengths]).tolist()]
    axis = time_axis(pd.DataFrame({START: edges[:-1], END: edges[1:]}), "UTC")
    assert axis.corners.dtype.kind == "M"  # Plotly takes numbers for the browser's local time
    corners = [corner.replace(tzinfo=UTC) for corner in axis.corners.tolist()]
    assert len(corners) == 4 * len(lengths)
    assert all(before < after for before, after in pairwise(corners))
    for place, (start, end) in enumerate(zip(axis.starts, axis.ends, strict=True)):
        first, last = corners[4 * place], corners[4 * place + 3]
        assert start <= first < last <= end
        assert abs(first + (last - first) / 2 - start - (end - start) / 2) < MILLISECOND
