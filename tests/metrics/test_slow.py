"""The slow runs: slowest first, ties by date, only those that a latency counts for."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from analytics_dash.metrics.slow import ERROR_LENGTH, SLOW_COLUMNS, at_least, slow_from_s, slowest, timed_runs
from tests.metrics.reference import latencies, random_runs
from tests.metrics.table import relation
from tests.metrics.test_heatmap import NOON


def run(name: str, latency: float | None, **more: object) -> dict[str, object]:
    return {"run_id": name, "date": NOON, "state": "COMPLETED", "latency": latency, **more}


def test_the_slowest_come_first_then_the_newest() -> None:
    later = NOON + timedelta(hours=1)
    runs = [run("a", 1.0), run("b", 9.0), run("c", 9.0, date=later), run("d", None), run("e", 99.0, state="PAUSED")]
    frame = slowest(relation(runs), limit=3)
    assert list(frame["run_id"]) == ["c", "b", "a"]
    assert list(frame["date"]) == [later, NOON, NOON]


def test_failed_runs_can_be_left_out() -> None:
    runs = [run("a", 1.0), run("b", 9.0, state="FAILED")]
    assert list(slowest(relation(runs), failed_in_latency=False)["run_id"]) == ["a"]
    assert len(timed_runs(relation(runs))) == 2


def test_what_a_table_shows_is_text_and_short() -> None:
    usage = [{"model_id": "b"}, {"model_id": "a"}]
    row = slowest(relation([run("a", 1.0, usage=usage, error="x" * 1000, total_tokens=7)])).iloc[0]
    assert (row["models"], len(row["error"]), row["total_tokens"]) == ("a, b", ERROR_LENGTH, 7)


def test_no_runs_give_no_rows_and_the_same_types() -> None:
    none, some = slowest(relation([])), slowest(relation([run("a", 1.0)]))
    assert tuple(none.columns) == SLOW_COLUMNS
    assert none["date"].dtype == some["date"].dtype
    assert slow_from_s(relation([])) is None


def test_the_slowest_share_begins_at_a_percentile() -> None:
    runs = random_runs(NOON, NOON + timedelta(days=1), count=400, seed=4)
    values = np.array(latencies(runs))
    begins = slow_from_s(relation(runs), share=0.1)
    assert begins == pytest.approx(np.percentile(values, 90))
    assert begins is not None
    assert len(timed_runs(relation(runs)).filter(at_least(begins))) == (values >= begins).sum()


@pytest.mark.parametrize("share", [0, 1, 5])
def test_a_share_is_less_than_all_and_more_than_nothing(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        slow_from_s(relation([]), share=share)
