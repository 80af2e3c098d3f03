"""How one run's latency stands among comparable runs, against numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.standing import Standing, standing
from tests.metrics.table import relation
from tests.moments import NOW

STATES = st.sampled_from(["COMPLETED", "FAILED", "CANCELLED", "PENDING", None])


@settings(max_examples=25, deadline=None)  # each opens an engine
@given(st.lists(st.tuples(st.none() | st.sampled_from([0.0, 0.5, 1.5, 60.0]), STATES), max_size=30))
def test_it_counts_the_other_finished_runs_that_were_faster(runs: list[tuple[float | None, str | None]]) -> None:
    held = [
        {"run_id": str(n), "date": NOW, "latency": latency, "state": state} for n, (latency, state) in enumerate(runs)
    ]
    own = {"run_id": "own", "date": NOW, "latency": 1.5, "state": "COMPLETED"}
    others = np.array([s for s, state in runs if s is not None and state != "PENDING"], dtype=float)
    found = standing(relation([*held, own]), run_id="own", latency_s=1.5)
    assert found == Standing(len(others), int((others < 1.5).sum()), int((others == 1.5).sum()))
    assert found.slower_than == (None if not len(others) else float(np.mean(others < 1.5)))


def test_alone_there_is_no_share_and_a_handful_is_few() -> None:
    assert Standing(0, 0, 0).slower_than is None
    assert Standing(3, 1, 0).is_few
    assert not Standing(5000, 1, 0).is_few
