"""Owns who calls whom: an edge for each pair of a calling workflow and a called one, with how the called runs went."""

from __future__ import annotations

from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import FAILED, FEW, HIGH, LATENCY_RUNS, LOW, P95, RATE, RUNS, SUCCEEDED, TITLE
from analytics_dash.metrics.percentiles import FEW_RUNS, timed
from analytics_dash.metrics.wilson import wilson

CALLER: Final = "caller"
CALLED: Final = "called"
CALLER_RUNS: Final = "caller_runs"
CALL_COLUMNS: Final = (
    CALLER, CALLED, TITLE, RUNS, CALLER_RUNS, FAILED, SUCCEEDED, RATE, LOW, HIGH, LATENCY_RUNS, P95, FEW,
)  # fmt: skip
LIMIT: Final = 60  # edges that a picture can hold; the most travelled ones

EDGES: Final = """
SELECT parent_project_id AS caller, flow AS called,
    arg_max(nullif(parent_project_name, ''), date) FILTER (WHERE nullif(parent_project_name, '') IS NOT NULL) AS title,
    count(*) AS runs, count(DISTINCT nullif(parent_run_id, '')) AS caller_runs,
    count(*) FILTER (WHERE outcome = 'failed') AS failed, count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE {timed}) AS latency_runs, quantile_cont(latency, 0.95) FILTER (WHERE {timed}) AS p95_s
FROM runs WHERE nullif(parent_project_id, '') IS NOT NULL
GROUP BY caller, called ORDER BY runs DESC, caller, called"""


def calls(runs: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True) -> pd.DataFrame:
    """CALL_COLUMNS, the pairs with most runs first, of runs of several flows whose column `flow` says of which.

    TITLE is the caller's newest name as the called runs tell it; CALLER_RUNS its distinct runs; P95 in seconds.
    """
    found = runs.query("runs", EDGES.format(timed=timed(failed_in_latency=failed_in_latency))).df()
    decided = found[FAILED] + found[SUCCEEDED]
    low, high = wilson(found[FAILED], decided)
    derived = {
        RATE: found[FAILED] / decided.where(decided > 0),
        LOW: pd.Series(low, index=found.index),
        HIGH: pd.Series(high, index=found.index),
        FEW: found[LATENCY_RUNS].between(1, FEW_RUNS - 1),
    }
    return found.assign(**derived)[list(CALL_COLUMNS)]
